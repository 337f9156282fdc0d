import { hash } from 'node:crypto';

import { isSame } from '../is-same.js';
import type { PasswordScheme } from '../scheme.js';

const FORM = /^S:(?<digest>[\da-f]{40})(?<salt>[\da-f]{20})$/i;

/** Oracle 11: `S:`, SHA-1 of password and salt, then the ten bytes of salt. */
export const ORACLE_11: PasswordScheme = {
  identifies: (text) => text.startsWith('S:'),
  verify(text, password) {
    const parts = FORM.exec(text)?.groups;
    if (!parts) return false;
    const salt = Buffer.from(parts['salt'] ?? '', 'hex');
    const digest = hash('sha1', Buffer.concat([Buffer.from(password), salt]), 'buffer');
    return isSame(Buffer.from(parts['digest'] ?? '', 'hex'), digest);
  },
};
