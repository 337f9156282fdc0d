import { createHash, randomBytes } from 'node:crypto';

import type { Parameters } from '../../envelope/parameters/parameters.js';
import { isSameText } from '../same-text.js';

const VALUE_BYTES = 32;
const PARAMETER = 'session';

/** A new session value of an old client: 64 hexadecimal digits. */
export function newLegacyValue(): string {
  return randomBytes(VALUE_BYTES).toString('hex');
}

/** How the server keeps it. No salt: nobody can guess 32 random bytes. */
export function legacyValueHash(value: string): Buffer {
  return createHash('sha256').update(value, 'utf8').digest();
}

/** Whether the parameter `session` repeats the cookie. @param value the cookie's; `null`: none that counts */
export function repeatsLegacyValue(parameters: Parameters, value: string | null): boolean {
  const given = parameters.text(PARAMETER);
  return value !== null && given !== null && given !== '' && isSameText(given, value);
}
