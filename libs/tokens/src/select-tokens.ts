import type { Token } from './token.js';
import type { TokenOwnerFilter, TokenTransaction } from './token-administration.js';

/** The pair `serial` and `user` of administrative calls. */
export interface TokenTarget {
  readonly serial: string | null;
  readonly owner: TokenOwnerFilter | null;
}

/**
 * The tokens that a call means: those of the serial (or pattern), and those of the user, narrowed by the serial if there
 * is one. A token that is both is listed twice: the count that clients see counts it twice (spec/admin-api §3.0).
 */
export async function selectTokens(tokens: TokenTransaction, target: TokenTarget): Promise<Token[]> {
  const { serial, owner } = target;
  const bySerial = serial === null ? [] : await tokens.find({ serial });
  const byOwner = owner === null ? [] : await tokens.find(serial === null ? { owner } : { serial, owner });
  return [...bySerial, ...byOwner];
}

export function uniqueTokens(selected: readonly Token[]): Token[] {
  return [...new Map(selected.map((token) => [token.id, token])).values()];
}
