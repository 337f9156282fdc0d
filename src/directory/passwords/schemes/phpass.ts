import { hash } from 'node:crypto';

import { cryptNumber, cryptText } from '../crypt-text.js';
import { MOST_ROUNDS, inRounds } from '../in-rounds.js';
import { isSame } from '../is-same.js';
import type { PasswordScheme } from '../scheme.js';

const FORM = /^\$[PH]\$(?<cost>[./0-9A-Za-z])(?<salt>[^$]{8})(?<digest>[./0-9A-Za-z]{22})$/;
const GROUPS = [[2, 1, 0], [5, 4, 3], [8, 7, 6], [11, 10, 9], [14, 13, 12], [15]];

/** `$P$` and phpBB's `$H$`: the portable hashes of phpass, 2^cost rounds of MD5. */
export const PHPASS: PasswordScheme = {
  identifies: (text) => /^\$[PH]\$/.test(text),
  async verify(text, password) {
    const parts = FORM.exec(text)?.groups;
    const rounds = 2 ** cryptNumber(parts?.['cost'] ?? '');
    if (!parts || rounds > MOST_ROUNDS) return false;
    const secret = Buffer.from(password);
    let digest = hash('md5', Buffer.concat([Buffer.from(parts['salt'] ?? ''), secret]), 'buffer');
    await inRounds(rounds, () => {
      digest = hash('md5', Buffer.concat([digest, secret]), 'buffer');
    });
    return isSame(parts['digest'] ?? '', cryptText(digest, GROUPS));
  },
};
