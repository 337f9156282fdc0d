import { hash } from 'node:crypto';

import { cryptText } from '../crypt-text.js';
import { MOST_ROUNDS } from '../in-rounds.js';
import { isSame } from '../is-same.js';
import { mixedRounds } from '../mixed-rounds.js';
import type { PasswordScheme } from '../scheme.js';

const FORM = /^\$[56]\$(?:rounds=(?<rounds>[1-9]\d{3,8})\$)?(?<salt>[^$]{0,16})\$(?<digest>[./0-9A-Za-z]+)$/;
const DEFAULT_ROUNDS = '5000';

/** `$5$` and `$6$`: Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", 0.6. Fewer than 1000 rounds are never written. */
function shaCrypt(
  prefix: string,
  algorithm: 'sha256' | 'sha512',
  digestLength: number,
  groups: readonly (readonly number[])[],
): PasswordScheme {
  return {
    identifies: (text) => text.startsWith(prefix),
    async verify(text, password) {
      const parts = FORM.exec(text)?.groups;
      const rounds = Number(parts?.['rounds'] ?? DEFAULT_ROUNDS);
      if (!parts || rounds > MOST_ROUNDS) return false;
      const { salt = '', digest = '' } = parts;
      if (digest.length !== digestLength) return false;
      const bytes = await shaCryptDigest(algorithm, Buffer.from(password), Buffer.from(salt), rounds);
      return isSame(digest, cryptText(bytes, groups));
    },
  };
}

async function shaCryptDigest(
  algorithm: 'sha256' | 'sha512',
  password: Buffer,
  salt: Buffer,
  rounds: number,
): Promise<Buffer> {
  const digestOf = (...parts: readonly Buffer[]) => hash(algorithm, Buffer.concat(parts), 'buffer');
  const inner = digestOf(password, salt, password);
  const start = [password, salt, repeated(inner, password.length)];
  for (let bits = password.length; bits > 0; bits >>= 1) start.push((bits & 1) === 1 ? inner : password);
  const digest = digestOf(...start);

  const passwordDigest = digestOf(repeated(password, password.length ** 2));
  const stretchedPassword = repeated(passwordDigest, password.length);
  const saltDigest = digestOf(repeated(salt, salt.length * (16 + (digest[0] ?? 0))));
  const stretchedSalt = repeated(saltDigest, salt.length);
  return mixedRounds(algorithm, digest, stretchedPassword, stretchedSalt, rounds);
}

/** So many bytes of what the text repeated gives. */
function repeated(bytes: Buffer, length: number): Buffer {
  return Buffer.alloc(length, bytes);
}

/** Bytes of the three thirds of the digest, the order turning by one each time. */
function turningGroups(count: number, step: 1 | 2): number[][] {
  return Array.from({ length: count }, (_, row) =>
    [0, 1, 2].map((column) => row + count * ((column + row * step) % 3)),
  );
}

export const SHA256_CRYPT = shaCrypt('$5$', 'sha256', 43, [...turningGroups(10, 2), [31, 30]]);
export const SHA512_CRYPT = shaCrypt('$6$', 'sha512', 86, [...turningGroups(21, 1), [63]]);
