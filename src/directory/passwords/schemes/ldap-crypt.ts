import type { PasswordScheme } from '../scheme.js';

const PREFIX = '{CRYPT}';

/** `{CRYPT}` (RFC 2307 §5.3) and then a hash of one of these schemes. */
export function ldapCrypt(schemes: readonly PasswordScheme[]): PasswordScheme {
  return {
    identifies: (text) => text.slice(0, PREFIX.length).toUpperCase() === PREFIX,
    verify(text, password) {
      const hash = text.slice(PREFIX.length);
      return schemes.find((scheme) => scheme.identifies(hash))?.verify(hash, password) ?? false;
    },
  };
}
