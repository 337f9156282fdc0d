import { createHmac, createSecretKey } from 'node:crypto';

import { cryptText } from '../crypt-text.js';
import { MOST_ROUNDS, inRounds } from '../in-rounds.js';
import { isSame } from '../is-same.js';
import type { PasswordScheme } from '../scheme.js';

const FORM = /^\$sha1\$(?<rounds>[1-9]\d{0,9})\$(?<salt>[^$]{0,64})\$(?<digest>[./0-9A-Za-z]{28})$/;
const GROUPS = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [9, 10, 11],
  [12, 13, 14],
  [15, 16, 17],
  [18, 19, 0],
];

/** `$sha1$rounds$salt$…` of NetBSD: HMAC-SHA-1 under the password, over salt and rounds first, then over itself. */
export const SHA1_CRYPT: PasswordScheme = {
  identifies: (text) => text.startsWith('$sha1$'),
  async verify(text, password) {
    const parts = FORM.exec(text)?.groups;
    const rounds = Number(parts?.['rounds']);
    if (!parts || rounds > MOST_ROUNDS) return false;
    const key = createSecretKey(Buffer.from(password));
    let digest = Buffer.from(`${parts['salt'] ?? ''}$sha1$${rounds}`);
    await inRounds(rounds, () => {
      digest = createHmac('sha1', key).update(digest).digest();
    });
    return isSame(parts['digest'] ?? '', cryptText(digest, GROUPS));
  },
};
