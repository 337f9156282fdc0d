import type { UserLookup } from '@app/realms';
import { type TokenAction, TokenRights, type TokenTarget, tokensOf } from '@app/tokens';

import type { Parameters } from '../../envelope/parameters/parameters.js';
import { rightsOf } from '../../envelope/access/rights.guard.js';
import type { Exchange } from '../../exchange.js';

/** In which realms the administrator may do this. */
export function tokenRights(exchange: Exchange, action: TokenAction): TokenRights {
  return TokenRights.to(action, rightsOf(exchange).realmsFor(action));
}

/**
 * The tokens that `serial` and `user` of a request mean; a user that is not found has none (spec/admin-api §3.0).
 * Where no serial is given, somebody of another realm is refused, whether or not there is such a user.
 * @throws TokenDenied
 */
export function tokenTarget(
  parameters: Parameters,
  user: UserLookup | null,
  rights: TokenRights,
): TokenTarget {
  // An empty serial is none.
  const serial = parameters.text('serial') || null;
  if (serial === null && user && user.kind !== 'found') rights.demandForUser(user.realm);
  return {
    serial,
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
