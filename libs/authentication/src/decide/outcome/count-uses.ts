import { type Token, isLimit } from '@app/tokens';

import type { LoginEffect } from '../../login.js';

/**
 * What a token's part in a login adds to its uses (spec/validate-api §2.7): only what is limited is counted, but for a
 * right PIN with a wrong OTP, which always is.
 */
export function countUses(
  { token }: { readonly token: Token },
  part: 'accepted' | 'spent' | 'pin-matching' | 'invalid',
): LoginEffect[] {
  const { maxAttempts, maxSuccesses } = token.uses;
  const attempts = part === 'pin-matching' || isLimit(maxAttempts) ? 1 : 0;
  const successes = part === 'accepted' && isLimit(maxSuccesses) ? 1 : 0;
  return attempts + successes === 0 ? [] : [{ kind: 'count-use', token, attempts, successes }];
}
