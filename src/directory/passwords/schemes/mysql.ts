import { hash } from 'node:crypto';

import { isSame } from '../is-same.js';
import type { PasswordScheme } from '../scheme.js';

/** `PASSWORD()` of MySQL before 4.1: two numbers of 31 bits in 16 hexadecimal digits. Blanks do not count. */
export const MYSQL_323: PasswordScheme = {
  identifies: (text) => /^[\da-f]{16}$/i.test(text),
  verify: (text, password) => isSame(text.toLowerCase(), mysql323(Buffer.from(password))),
};

/** `PASSWORD()` since MySQL 4.1: `*` and SHA-1 of SHA-1. */
export const MYSQL_41: PasswordScheme = {
  identifies: (text) => /^\*[\da-f]{40}$/i.test(text),
  verify: (text, password) =>
    isSame(text.slice(1).toLowerCase(), hash('sha1', hash('sha1', password, 'buffer'), 'hex')),
};

function mysql323(password: Buffer): string {
  let [first, second, sum] = [1345345333, 0x12345671, 7];
  for (const byte of password) {
    if (byte === 0x20 || byte === 0x09) continue;
    first ^= Math.imul((first & 63) + sum, byte) + (first << 8);
    second = (second + ((second << 8) ^ first)) | 0;
    sum += byte;
  }
  return [first, second].map((half) => (half & 0x7fffffff).toString(16).padStart(8, '0')).join('');
}
