import { type Token, type TokenChanges, type TokenInfo, changedInfo } from '../token.js';
import type { TokenTransaction } from '../token-administration.js';
import { tokenType } from '../types/registry.js';

/**
 * A token whose OTPs are sent goes to somebody else, or sends to another number: what was sent before counts for nobody any more
 * (spec/token-types §8).
 * @param info as it is otherwise to be
 */
export function messagesForgotten(token: Token, info: TokenInfo = token.info): Pick<TokenChanges, 'info'> {
  const forgetting = tokenType(token.type).challenge?.sends?.keeps?.(null);
  return forgetting ? { info: changedInfo(info, forgetting) } : {};
}

/** The same of their challenges: nobody answers those any more, nor is told that a message was sent just now. */
export async function closeSentChallenges(
  tokens: TokenTransaction,
  changed: readonly Token[],
): Promise<void> {
  const asked = changed.filter(({ type }) => {
    const { sends, asks } = tokenType(type).challenge ?? {};
    return sends || asks;
  });
  if (asked.length > 0) await tokens.closeChallenges(asked.map(({ id }) => id));
}
