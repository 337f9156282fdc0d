import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';

import type { Settings } from './settings.js';
import { SettingsError } from './settings-error.js';

type TlsFiles = Pick<Settings, 'tlsCertificateFile' | 'tlsKeyFile'>;

/**
 * Reads certificate chain and key, and checks that they belong together. Called at start for `https.createServer`, and again
 * on SIGHUP for `server.setSecureContext`: when it throws then, the server keeps what it has.
 *
 * @returns `null` without TLS
 * @throws SettingsError naming the variable whose file is wrong
 */
export function readTls({ tlsCertificateFile, tlsKeyFile }: TlsFiles): ServerOptions | null {
  if (tlsCertificateFile === null || tlsKeyFile === null) return null;
  const cert = read('TWINLOCK_TLS_CERT', tlsCertificateFile);
  const key = read('TWINLOCK_TLS_KEY', tlsKeyFile);

  const certificate = attempt(
    'TWINLOCK_TLS_CERT',
    'holds no certificate in PEM',
    () => new X509Certificate(cert),
  );
  const privateKey = attempt('TWINLOCK_TLS_KEY', 'holds no private key in PEM without a passphrase', () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new SettingsError('TWINLOCK_TLS_KEY', 'is not the key of the certificate in TWINLOCK_TLS_CERT');
  }

  const options = { cert, key, minVersion: 'TLSv1.2' } as const satisfies ServerOptions;
  // What is left to be wrong (a key too weak, a broken chain) OpenSSL finds when it loads both.
  attempt('TWINLOCK_TLS_CERT', 'is refused by OpenSSL', () => createSecureContext(options));
  return options;
}

function read(variable: string, file: string): Buffer {
  return attempt(variable, `cannot be read: ${file}`, () => readFileSync(file));
}

function attempt<T>(variable: string, problem: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new SettingsError(variable, problem, { cause: error });
  }
}
