import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';

import { type Pair, pem, selfSigned } from '../../test/support/servers/self-signed.js';
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
