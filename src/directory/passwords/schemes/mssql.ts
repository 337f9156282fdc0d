import { hash } from 'node:crypto';

import { isSame } from '../is-same.js';
import type { PasswordScheme } from '../scheme.js';

const FORM = /^0x0100(?<salt>[\da-f]{8})(?<digest>[\da-f]{40})(?:[\da-f]{40})?$/i;

/**
 * SQL Server 2000 and 2005: SHA-1 of the password in UTF-16 and four bytes of salt. The older one has a digest of the password
 * in capitals behind it, for logins in which case does not matter; it is not looked at: here case matters.
 */
export const MSSQL: PasswordScheme = {
  identifies: (text) => /^0x0100/i.test(text),
  verify(text, password) {
    const parts = FORM.exec(text)?.groups;
    if (!parts) return false;
    const salt = Buffer.from(parts['salt'] ?? '', 'hex');
    const digest = hash('sha1', Buffer.concat([Buffer.from(password, 'utf16le'), salt]), 'buffer');
    return isSame(Buffer.from(parts['digest'] ?? '', 'hex'), digest);
  },
};
