import { CRYPT_SCHEMES, SCHEMES } from './registry.js';
import type { PasswordScheme } from './scheme.js';

/** libxcrypt's CRYPT_MAX_PASSPHRASE_SIZE. Most schemes hash the password in every round: length is cost. */
const LONGEST_PASSWORD_BYTES = 512;
const LONGEST_HASH_CHARACTERS = 1024;

/**
 * Checks a password against a hash of any scheme that LinOTP's SQL resolver knows (spec/system-api §4.5): the first one
 * that the hash looks like decides. `false` for everything else, so plain text, `*` and an empty hash match nothing.
 */
export function verifyPasswordHash(hash: string, password: string): Promise<boolean> {
  return verifyWith(SCHEMES, hash, password);
}

/** The same for passwd files, which hold fewer schemes (spec/system-api §4.2). */
export function verifyCryptHash(hash: string, password: string): Promise<boolean> {
  return verifyWith(CRYPT_SCHEMES, hash, password);
}

async function verifyWith(
  schemes: readonly PasswordScheme[],
  hash: string,
  password: string,
): Promise<boolean> {
  if (hash.length > LONGEST_HASH_CHARACTERS) return false;
  // No crypt(3) ever sees what stands behind a NUL.
  if (Buffer.byteLength(password) > LONGEST_PASSWORD_BYTES || password.includes('\0')) return false;
  return (await schemes.find((scheme) => scheme.identifies(hash))?.verify(hash, password)) ?? false;
}
