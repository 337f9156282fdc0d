import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';

import { SettingsError } from './settings.js';
import { readTls } from './tls.js';

describe('readTls', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinlock-tls-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const put = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const putPair = (pair: Pair) => ({
    tlsCertificateFile: put('cert.pem', pair.certificate),
    tlsKeyFile: put('key.pem', pem(pair.key)),
  });
  const refusalOf = (files: Parameters<typeof readTls>[0]) => {
    try {
      readTls(files);
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('is nothing without the settings', () => {
    expect(readTls({ tlsCertificateFile: null, tlsKeyFile: null })).toBeNull();
  });

  it('serves HTTPS, and the new certificate once it was read again', async () => {
    const server = createServer(readTls(putPair(selfSigned('first'))) ?? {}, (_, response) =>
      response.end('hello'),
    );
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const { port } = server.address() as AddressInfo;
    try {
      expect(await servedName(port)).toBe('first');
      server.setSecureContext(readTls(putPair(selfSigned('second'))) ?? {});
      expect(await servedName(port)).toBe('second');
      await expect(handshake(port, 'TLSv1.1')).rejects.toThrow();
      await expect(handshake(port, 'TLSv1.2')).resolves.toBe('TLSv1.2');
    } finally {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  });

  it('names the variable whose file is missing', () => {
    const files = putPair(selfSigned('x'));
    expect(refusalOf({ ...files, tlsCertificateFile: join(folder, 'none') })).toMatchObject({
      variable: 'TWINLOCK_TLS_CERT',
    });
    expect(refusalOf({ ...files, tlsKeyFile: join(folder, 'none') })).toMatchObject({
      variable: 'TWINLOCK_TLS_KEY',
    });
  });

  it('names the variable whose file is no PEM', () => {
    const files = putPair(selfSigned('x'));
    expect(refusalOf({ ...files, tlsCertificateFile: put('no', 'nonsense') })).toMatchObject({
      variable: 'TWINLOCK_TLS_CERT',
    });
    expect(refusalOf({ ...files, tlsKeyFile: put('no', 'nonsense') })).toMatchObject({
      variable: 'TWINLOCK_TLS_KEY',
    });
  });

  it('refuses a key of another certificate', () => {
    const files = putPair(selfSigned('x'));
    const refusal = refusalOf({ ...files, tlsKeyFile: put('other.pem', pem(selfSigned('y').key)) });
    expect(refusal).toBeInstanceOf(SettingsError);
    expect(String(refusal)).toContain('TWINLOCK_TLS_KEY is not the key');
  });
});

function servedName(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      resolve(String((response.socket as TLSSocket).getPeerCertificate().subject.CN));
    });
    request.on('error', reject);
  });
}

function handshake(port: number, version: 'TLSv1.1' | 'TLSv1.2'): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const ciphers = 'DEFAULT@SECLEVEL=0';
    const options = { port, host: '127.0.0.1', minVersion: version, maxVersion: version, ciphers } as const;
    const socket = connect({ ...options, rejectUnauthorized: false }, () => {
      resolve(socket.getProtocol());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

interface Pair {
  readonly certificate: string;
  readonly key: KeyObject;
}

const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

// A self-signed certificate (RFC 5280 §4.1) made by hand: Node cannot make one, and a key in the repository would be found by
// every scanner for secrets.
function selfSigned(commonName: string): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = der(0x30, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
  const name = der(
    0x30,
    der(0x31, der(0x30, der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from(commonName)))),
  );
  const validity = der(
    0x30,
    der(0x17, Buffer.from('200101000000Z')),
    der(0x17, Buffer.from('491231235959Z')),
  );
  const content = der(
    0x30,
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, privateKey));
  const encoded = der(0x30, content, ecdsaWithSha256, signature).toString('base64');
  const lines = encoded.match(/.{1,64}/g) ?? [];
  return {
    certificate: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: privateKey,
  };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
