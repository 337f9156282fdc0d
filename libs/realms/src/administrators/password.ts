import { Invalid, type RandomSource } from '@app/kernel';

// NIST SP 800-63B: at least 8 characters, no rules on their kinds, and room for a long passphrase.
const SHORTEST_PASSWORD = 8;
const LONGEST_PASSWORD = 1024;

/** One form for what looks alike (NIST SP 800-63B asks for NFKC): applied before hashing and before every check. */
export function normalizedPassword(text: string): string {
  return text.normalize('NFKC');
}

/**
 * A new password of a local administrator, ready for hashing.
 * @throws Invalid when it is too short, too long, or the user name itself
 */
export function parseNewPassword(text: string, username: string): string {
  const password = normalizedPassword(text);
  // Characters as people count them, not UTF-16 units.
  const length = [...password].length;
  if (length < SHORTEST_PASSWORD || length > LONGEST_PASSWORD) {
    throw new Invalid('password', `a password has ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters`);
  }
  if (password.toLowerCase() === username.toLowerCase()) {
    throw new Invalid('password', 'a password differs from the user name');
  }
  return password;
}

// 32 characters, 5 bits each; without 0, 1, l and o, which are mistaken for one another.
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const RANDOM_LENGTH = 20;

/** A password that can be read from a screen and typed: 20 characters, 100 bits. */
export function randomPassword(random: RandomSource): string {
  return Array.from(random.bytes(RANDOM_LENGTH), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}
