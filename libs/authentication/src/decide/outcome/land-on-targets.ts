import { type Token, isLimit } from '@app/tokens';

import type { AskedToken, LoginDecision, LoginEffect, Verdict } from '../../login.js';
import { isForwarded, ownSelf } from '../forwarded-token.js';

/**
 * A decision about forward tokens, as what it does to them and to their targets, in one commit: what is spent is spent of the
 * target, and both count, each by limits of its own.
 *
 * @param leavesFailures a policy says that failures of the target are none of the forward token's business
 */
export function landOnTargets(decision: LoginDecision, leavesFailures: boolean): LoginDecision {
  const { verdict, effects } = decision;
  if (!effects.some(({ token }) => isForwarded(token)) && !concernsForwarded(verdict)) return decision;
  return {
    ...decision,
    verdict: landedVerdict(verdict),
    effects: countedOnce(effects.flatMap((effect) => landed(effect, leavesFailures))),
  };
}

/** One wrong password is one failure, by however many ways it came to a token. */
function countedOnce(effects: readonly LoginEffect[]): readonly LoginEffect[] {
  const failed = new Set<number>();
  return effects.filter(({ kind, token }) => {
    if (kind !== 'count-failure') return true;
    const isFirst = !failed.has(token.id);
    failed.add(token.id);
    return isFirst;
  });
}

function concernsForwarded(verdict: Verdict): boolean {
  if (verdict.kind === 'challenged') return verdict.challenges.some(({ token }) => isForwarded(token));
  const hasToken = verdict.kind === 'accepted' || verdict.kind === 'declined';
  return hasToken && verdict.token !== null && isForwarded(verdict.token);
}

function landedVerdict(verdict: Verdict): Verdict {
  if (verdict.kind === 'challenged') return { ...verdict, challenges: verdict.challenges.map(landedAsked) };
  if (verdict.kind === 'declined') return { ...verdict, token: ownSelf(verdict.token) };
  if (verdict.kind !== 'accepted' || verdict.token === null) return verdict;
  return { ...verdict, token: ownSelf(verdict.token) };
}

function landedAsked(asked: AskedToken): AskedToken {
  const { token } = asked;
  return isForwarded(token) ? { ...asked, token: token.forward, target: token.target } : asked;
}

function landed(effect: LoginEffect, leavesFailures: boolean): readonly LoginEffect[] {
  const { token } = effect;
  if (!isForwarded(token)) return [effect];
  const { forward, target } = token;
  switch (effect.kind) {
    case 'accept': {
      const { spends, keepsFailures } = effect;
      const keeps = keepsFailures === true || leavesFailures;
      return [
        // The counter that it shows is the target's; the other one is what guards.
        { ...effect, token: forward, spends: { nextCounter: spends.nextCounter, once: false } },
        { kind: 'accept', token: target, spends, ...(keeps && { keepsFailures: true as const }) },
        ...usesOf(target, 'accepted'),
      ];
    }
    case 'spend':
      return [
        { kind: 'rely', token: forward },
        { ...effect, token: target },
      ];
    case 'count-failure':
      return [
        { ...effect, token: forward },
        ...(leavesFailures ? [] : [{ kind: 'count-failure', token: target } as const]),
        ...usesOf(target, 'refused'),
      ];
    case 'reset-failures':
      return [{ ...effect, token: forward }];
    case 'enable':
    case 'remember':
      // What is known of its OTPs is the target's.
      return [{ ...effect, token: target }];
    case 'challenge':
      return [
        { ...effect, token: forward, target },
        { kind: 'rely', token: target },
      ];
    case 'rely':
      return [
        { ...effect, token: forward },
        { ...effect, token: target },
      ];
    default:
      return [{ ...effect, token: forward }];
  }
}

/** As a login of its own counts them; the forward token's are counted already. */
function usesOf(target: Token, part: 'accepted' | 'refused'): LoginEffect[] {
  const { maxAttempts, maxSuccesses } = target.uses;
  const attempts = isLimit(maxAttempts) ? 1 : 0;
  const successes = part === 'accepted' && isLimit(maxSuccesses) ? 1 : 0;
  return attempts + successes === 0 ? [] : [{ kind: 'count-use', token: target, attempts, successes }];
}
