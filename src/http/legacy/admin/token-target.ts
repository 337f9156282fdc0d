import type { UserLookup } from '@app/realms';
import { type TokenTarget, tokensOf } from '@app/tokens';

import type { Parameters } from '../../envelope/parameters.js';

/** The tokens that `serial` and `user` of a request mean; a user that is not found has none (spec/admin-api §3.0). */
export function tokenTarget(parameters: Parameters, user: UserLookup | null): TokenTarget {
  return {
    // An empty serial is none.
    serial: parameters.text('serial') || null,
    owner: user?.kind === 'found' ? tokensOf(user.user) : null,
  };
}

/** What clients are told besides a count of zero (spec/admin-api §3.7). */
export function emptySelectionMessage(
  parameters: Parameters,
  user: UserLookup | null,
): { message: string } | undefined {
  const serial = parameters.text('serial');
  if (serial) return { message: `No token with serial ${serial}` };
  return user ? { message: 'No tokens for this user' } : undefined;
}
