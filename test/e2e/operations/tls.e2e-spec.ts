import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { type PeerCertificate, type SecureVersion, type TLSSocket, connect } from 'node:tls';

import {
  ADMINISTRATOR,
  type Installation,
  givenInstallation,
} from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { pem, selfSigned } from '../../support/servers/self-signed.js';

const START_WITHIN_MS = 60_000;

describe('a server with a certificate', () => {
  let installation: Installation;
  let server: RunningProcess;
  let port: number;

  beforeAll(async () => {
    installation = await givenInstallation({ TWINLOCK_LOG_LEVEL: 'info' });
    await putPair('one');
    server = await startProcess(
      installation,
      {
        TWINLOCK_TLS_CERT: join(installation.folder, 'cert.pem'),
        TWINLOCK_TLS_KEY: join(installation.folder, 'key.pem'),
      },
      { untilLogged: 'ready' },
    );
    port = Number(new URL(server.url).port);
  }, START_WITHIN_MS);
  afterAll(async () => {
    await server.stop();
    await installation.remove();
  });

  async function putPair(commonName: string): Promise<void> {
    const { certificate, key } = selfSigned(commonName);
    await writeFile(join(installation.folder, 'cert.pem'), certificate);
    await writeFile(join(installation.folder, 'key.pem'), pem(key), { mode: 0o600 });
  }

  it('speaks TLS 1.2 and newer', async () => {
    await expect(protocolOf({ maxVersion: 'TLSv1.2' })).resolves.toBe('TLSv1.2');
    await expect(protocolOf({})).resolves.toBe('TLSv1.3');
    await expect(protocolOf({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })).rejects.toThrow();
  });

  it('marks its cookies as secure', async () => {
    const body = new URLSearchParams({ username: ADMINISTRATOR, password: installation.password }).toString();
    const cookies = await post('/admin/login', body);
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies) expect(cookie).toMatch(/; Secure/);
  });

  it('takes a new certificate on SIGHUP, and keeps the old one where the new one is not sound', async () => {
    expect((await shownCertificate()).subject.CN).toBe('one');

    await putPair('two');
    process.kill(server.pid, 'SIGHUP');
    await server.logged('certificate read again');
    expect((await shownCertificate()).subject.CN).toBe('two');

    await writeFile(join(installation.folder, 'key.pem'), 'no key');
    process.kill(server.pid, 'SIGHUP');
    await server.logged('the new certificate is not sound');
    expect((await shownCertificate()).subject.CN).toBe('two');
  });

  async function handshake(versions: {
    minVersion?: SecureVersion;
    maxVersion?: SecureVersion;
  }): Promise<TLSSocket> {
    const socket = connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ciphers: 'DEFAULT@SECLEVEL=0',
      ...versions,
    });
    await once(socket, 'secureConnect');
    return socket;
  }

  async function protocolOf(versions: Parameters<typeof handshake>[0]): Promise<string | null> {
    const socket = await handshake(versions);
    const protocol = socket.getProtocol();
    socket.destroy();
    return protocol;
  }

  async function shownCertificate(): Promise<PeerCertificate> {
    const socket = await handshake({});
    const shown = socket.getPeerCertificate();
    socket.destroy();
    return shown;
  }

  async function post(path: string, body: string): Promise<string[]> {
    const sent = request({
      port,
      host: '127.0.0.1',
      path,
      method: 'POST',
      rejectUnauthorized: false,
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length },
    });
    sent.end(body);
    const [response] = await once(sent, 'response');
    response.resume();
    return response.headers['set-cookie'] ?? [];
  }
});
