import type { PasswordScheme } from './scheme.js';

/** In the order of spec/system-api §4.5. A new scheme is a file and a line. */
export const SCHEMES: readonly PasswordScheme[] = [];

/** What may stand in a passwd file, in the order of spec/system-api §4.2. */
export const CRYPT_SCHEMES: readonly PasswordScheme[] = [];
