import type { ChangeTerms } from './administer/change-terms.js';
import type { Token } from './token.js';
import type { TokenOwnerFilter, TokenTransaction } from './token-administration.js';
import { UnknownToken } from './token.errors.js';

/** The pair `serial` and `user` of administrative calls. */
export interface TokenTarget {
  readonly serial: string | null;
  readonly owner: TokenOwnerFilter | null;
}

/**
 * The tokens that a call means: those of the serial (or pattern), and those of the user, narrowed by the serial if there
 * is one. All of them, or none: a pattern that hits one token out of reach is refused. A token that is both is listed twice: the count that clients see counts it twice (spec/admin-api §3.0).
 *
 * @throws TokenDenied; UnknownToken where terms are restricted and no token has the serial
 */
export async function selectTokens(
  tokens: TokenTransaction,
  target: TokenTarget,
  terms: ChangeTerms,
): Promise<Token[]> {
  const { serial, owner } = target;
  terms.demandAnywhere(serial);
  if (serial === null && owner !== null) terms.demandForUser(owner.realm);
  const bySerial = serial === null ? [] : await tokens.find({ serial });
  for (const token of bySerial) terms.demand(token);
  // Clients that may not see all tokens know by it that theirs is not there (spec/admin-api §3.0).
  if (serial !== null && bySerial.length === 0 && terms.areRestricted) throw new UnknownToken(serial);
  const byOwner = owner === null ? [] : await tokens.find(serial === null ? { owner } : { serial, owner });
  return [...bySerial, ...byOwner];
}

export function uniqueTokens(selected: readonly Token[]): Token[] {
  return [...new Map(selected.map((token) => [token.id, token])).values()];
}
