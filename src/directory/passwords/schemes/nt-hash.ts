import { isSame } from '../is-same.js';
import { md4 } from '../md4.js';
import type { PasswordScheme } from '../scheme.js';

const FORM = /^\$3\$\$(?<digest>[\da-f]{32})$/i;

/** FreeBSD's `$3$$`: the NT hash, MD4 of the password in UTF-16. */
export const NT_HASH: PasswordScheme = {
  identifies: (text) => text.startsWith('$3$'),
  verify(text, password) {
    const digest = FORM.exec(text)?.groups?.['digest'];
    if (digest === undefined) return false;
    return isSame(Buffer.from(digest, 'hex'), md4(Buffer.from(password, 'utf16le')));
  },
};
