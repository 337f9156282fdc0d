import { hash } from 'node:crypto';

import { inRounds } from './in-rounds.js';

/** What goes into one round: everything but the digest of the round before is there already. */
interface RoundInput {
  readonly bytes: Buffer;
  readonly digestAt: number;
}

/**
 * The rounds that MD5 crypt and SHA crypt share: digest and password take turns at the two ends; the salt is between
 * them but for each third round, the password again but for each seventh.
 */
export async function mixedRounds(
  algorithm: 'md5' | 'sha256' | 'sha512',
  start: Buffer,
  password: Buffer,
  salt: Buffer,
  rounds: number,
): Promise<Buffer> {
  // Made once: joining them in every round would cost as much as hashing.
  const inputs = [0, 1, 2, 3, 4, 5, 6, 7].map((which) => inputOf(which, start.length, password, salt));
  let digest = start;
  await inRounds(rounds, (round) => {
    const which = (round & 1) | (round % 3 === 0 ? 0 : 2) | (round % 7 === 0 ? 0 : 4);
    const input = inputs[which];
    if (!input) return;
    input.bytes.set(digest, input.digestAt);
    digest = hash(algorithm, input.bytes, 'buffer');
  });
  return digest;
}

function inputOf(which: number, digestBytes: number, password: Buffer, salt: Buffer): RoundInput {
  const [isOdd, hasSalt, hasPassword] = [1, 2, 4].map((bit) => (which & bit) !== 0);
  const place = Buffer.alloc(digestBytes);
  const middle = [...(hasSalt ? [salt] : []), ...(hasPassword ? [password] : [])];
  const bytes = Buffer.concat(isOdd ? [password, ...middle, place] : [place, ...middle, password]);
  return { bytes, digestAt: isOdd ? bytes.length - digestBytes : 0 };
}
