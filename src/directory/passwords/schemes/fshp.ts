import { hash } from 'node:crypto';

import { fromBase64 } from '../base64.js';
import { MOST_ROUNDS, inRounds } from '../in-rounds.js';
import { isSame } from '../is-same.js';
import type { PasswordScheme } from '../scheme.js';

const FORM = /^\{FSHP(?<variant>[0-3])\|(?<saltBytes>\d{1,4})\|(?<rounds>\d{1,10})\}(?<data>.*)$/;
const DIGESTS = [
  ['sha1', 20],
  ['sha256', 32],
  ['sha384', 48],
  ['sha512', 64],
] as const;

/** `{FSHP<variant>|<salt length>|<rounds>}`: base64 of the salt and of PBKDF1 (RFC 8018 §5.1) with the salt put first. */
export const FSHP: PasswordScheme = {
  identifies: (text) => text.startsWith('{FSHP'),
  async verify(text, password) {
    const parts = FORM.exec(text)?.groups;
    const variant = DIGESTS[Number(parts?.['variant'])];
    const bytes = fromBase64(parts?.['data'] ?? '');
    if (!parts || !variant || !bytes) return false;
    const [algorithm, digestBytes] = variant;
    const saltBytes = Number(parts['saltBytes']);
    const rounds = Number(parts['rounds']);
    if (bytes.length !== saltBytes + digestBytes || rounds < 1 || rounds > MOST_ROUNDS) return false;
    let digest = hash(
      algorithm,
      Buffer.concat([bytes.subarray(0, saltBytes), Buffer.from(password)]),
      'buffer',
    );
    await inRounds(rounds - 1, () => {
      digest = hash(algorithm, digest, 'buffer');
    });
    return isSame(bytes.subarray(saltBytes), digest);
  },
};
