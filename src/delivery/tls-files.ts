import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';

import { Invalid } from '@app/kernel';

import type { TrustedCertificates } from '../outbound/trusted-certificates.js';
import type { TlsTerms } from '../outbound/connection.js';
import type { ProviderSettings } from './provider-settings.js';

/** The members of a configuration that name files for TLS. */
export interface TlsMembers {
  /** A file or folder of authorities; `false`: nothing is checked. */
  readonly authorities?: string;
  /** The client's certificate, with its key where `key` names no other file. */
  readonly certificate: string;
  readonly key?: string;
}

/**
 * What TLS needs, out of the files that a configuration names; the operator's authorities where it names none.
 *
 * @throws Invalid naming the member whose file cannot be used
 */
export async function tlsTerms(
  settings: ProviderSettings,
  { authorities, certificate, key = certificate }: TlsMembers,
  trusted: TrustedCertificates,
): Promise<TlsTerms> {
  const given = authorities === undefined ? undefined : settings.raw(authorities);
  const isChecked = given !== false && String(given).toLowerCase() !== 'false';
  // `true` means what Python's requests mean by it: the usual authorities.
  const own = isChecked && typeof given === 'string' && given.toLowerCase() !== 'true' ? given : '';
  const hasCertificate = settings.has(certificate);
  if (own === '' && !hasCertificate) return { isChecked, context: await usual(() => trusted.context()) };
  const cert = hasCertificate ? await pem(settings.text(certificate), certificate) : undefined;
  const privateKey = hasCertificate
    ? await pem(settings.text(settings.has(key) ? key : certificate), key)
    : undefined;
  const ca =
    own === '' ? await usual(() => trusted.authorities()) : await authoritiesIn(own, authorities ?? '');
  try {
    return { isChecked, context: createSecureContext({ ca, cert, key: privateKey }) };
  } catch (cause) {
    const member = hasCertificate ? certificate : (authorities ?? certificate);
    throw new Invalid(member, `${member} holds nothing that TLS can use`, { cause });
  }
}

async function usual<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new Invalid('TWINLOCK_TLS_CA_FILE', 'the file of trusted certificates cannot be used', { cause });
  }
}

/** A file, or all files of a folder. */
async function authoritiesIn(path: string, member: string): Promise<string[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const files = isFolder ? (await readdir(path)).map((name) => join(path, name)) : [path];
  return Promise.all(files.map((file) => pem(file, member)));
}

async function pem(path: string, member: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Invalid(member, `${member} cannot be read`, { cause });
  }
}
