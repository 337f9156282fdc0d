import { hash } from 'node:crypto';

import { fromBase64 } from '../base64.js';
import { isSame } from '../is-same.js';
import type { PasswordScheme } from '../scheme.js';

/** `{SHA}` and `{MD5}` (RFC 2307 §5.3), `{SSHA}` and `{SMD5}`: base64 of the digest of password and salt, then the salt. */
function ldapDigest(
  prefix: string,
  algorithm: 'sha1' | 'md5',
  digestBytes: number,
  isSalted: boolean,
): PasswordScheme {
  return {
    identifies: (text) => text.slice(0, prefix.length).toUpperCase() === prefix,
    verify(text, password) {
      const bytes = fromBase64(text.slice(prefix.length));
      if (!bytes || (isSalted ? bytes.length <= digestBytes : bytes.length !== digestBytes)) return false;
      const [digest, salt] = [bytes.subarray(0, digestBytes), bytes.subarray(digestBytes)];
      return isSame(digest, hash(algorithm, Buffer.concat([Buffer.from(password), salt]), 'buffer'));
    },
  };
}

export const LDAP_DIGESTS: readonly PasswordScheme[] = [
  ldapDigest('{SHA}', 'sha1', 20, false),
  ldapDigest('{SSHA}', 'sha1', 20, true),
  ldapDigest('{MD5}', 'md5', 16, false),
  ldapDigest('{SMD5}', 'md5', 16, true),
];
