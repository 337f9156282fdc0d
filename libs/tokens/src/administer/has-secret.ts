import type { Secret } from '@app/kernel';

import type { Token } from '../token.js';

/** A secret whose seal does not open is another one: enrolling anew is how such a token is mended. */
export function hasSecret(token: Pick<Token, 'secret'>, secret: Secret): boolean {
  try {
    return token.secret.equals(secret);
  } catch {
    return false;
  }
}
