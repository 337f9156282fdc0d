import { hash } from 'node:crypto';

import { cryptText } from '../crypt-text.js';
import { isSame } from '../is-same.js';
import { mixedRounds } from '../mixed-rounds.js';
import type { PasswordScheme } from '../scheme.js';

const FORM = /^\$1\$(?<salt>[^$]{0,8})\$(?<digest>[./0-9A-Za-z]{22})$/;
const ROUNDS = 1000;
/** The order of the digest's bytes in the text, of Sun's scheme, too. */
export const MD5_GROUPS = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]];

/** `$1$salt$…`, the MD5 crypt of FreeBSD 2.0. */
export const MD5_CRYPT: PasswordScheme = {
  identifies: (text) => text.startsWith('$1$'),
  async verify(text, password) {
    const parts = FORM.exec(text)?.groups;
    if (!parts) return false;
    const { salt = '', digest = '' } = parts;
    return isSame(digest, cryptText(await md5Crypt(Buffer.from(password), Buffer.from(salt)), MD5_GROUPS));
  },
};

async function md5Crypt(password: Buffer, salt: Buffer): Promise<Buffer> {
  const inner = md5(password, salt, password);
  const start = [password, Buffer.from('$1$'), salt];
  for (let left = password.length; left > 0; left -= 16) start.push(inner.subarray(0, Math.min(left, 16)));
  // Meant to add a byte of the inner digest; since the first release it has added a zero.
  for (let bits = password.length; bits > 0; bits >>= 1) {
    start.push((bits & 1) === 1 ? Buffer.alloc(1) : password.subarray(0, 1));
  }
  return mixedRounds('md5', md5(...start), password, salt, ROUNDS);
}

function md5(...parts: readonly Buffer[]): Buffer {
  return hash('md5', Buffer.concat(parts), 'buffer');
}
