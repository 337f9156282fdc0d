import type { Token } from '@app/tokens';

import type { LoginDecision, LoginEffect } from '../login.js';

/** Stands for all logins of a token whose users' networks nobody vouches for. */
export const ANYWHERE = '*';

/** A login may be decided by the time at which it was read, behind others that came later. */
const LATE_SECONDS = 60;

/** How far guessing goes, whatever a token's own limit says, and how it is slowed down (NIST SP 800-63B, rate limiting). */
export class GuessLimits {
  /** So many failures in a row lock any token. */
  readonly mostFailures: number;
  /** With this failure in a row the delays begin; `null`: there are none. */
  readonly firstDelayed: number | null;
  /** Doubled with each further failure. */
  readonly firstSeconds: number;
  readonly longestSeconds: number;

  constructor({
    mostFailures = 100,
    firstDelayed = 10,
    firstSeconds = 1,
    longestSeconds = 300,
  }: Partial<GuessLimits> = {}) {
    this.mostFailures = mostFailures;
    this.firstDelayed = firstDelayed;
    this.firstSeconds = firstSeconds;
    this.longestSeconds = longestSeconds;
  }
}

/** By what the guesses of one login are bounded. */
export interface Guessing {
  readonly limits: GuessLimits;
  /** The network of the end user, where a gateway that is trusted passes their address; else `ANYWHERE`. */
  readonly origin: string;
}

/** How long logins from where one failed are refused. */
export interface GuessDelay {
  readonly origin: string;
  readonly seconds: number;
  /** As far as the decision knows; the database has its own clock. */
  readonly since: Date;
  /** The first since failures were forgotten: delays from before are over. */
  readonly isFirst: boolean;
}

/** Locked is a token that has as many failures in a row as it may have. */
export function isLocked(token: Token, limits: GuessLimits): boolean {
  return token.failures >= failureLimit(token, limits);
}

/**
 * Whether a login from there has to wait. A delay counts only as long as the failures do that led to it: whatever forgets
 * them lifts it.
 */
export function isBlocked(token: Token, { limits, origin }: Guessing, now: Date): boolean {
  const { firstDelayed, longestSeconds } = limits;
  if (firstDelayed === null || token.failures < firstDelayed) return false;
  const left = (token.blockedUntil[origin] ?? 0) - now.getTime() / 1000;
  // No delay is longer than that: where more is left, the database's clock was put back since.
  return left > 0 && left <= longestSeconds + LATE_SECONDS;
}

/** Seconds that the next login waits after so many failures in a row. */
export function delayAfter(
  failures: number,
  { firstDelayed, firstSeconds, longestSeconds }: GuessLimits,
): number {
  if (firstDelayed === null || failures < firstDelayed) return 0;
  return Math.min(firstSeconds * 2 ** (failures - firstDelayed), longestSeconds);
}

/**
 * The decision with what its effects rely on and lead to: no login goes on with more failures than were seen, where those
 * others would have locked the token or made it wait.
 */
export function boundGuesses(decision: LoginDecision, guessing: Guessing, now: Date): LoginDecision {
  const effects = decision.effects.map((effect) => boundEffect(effect, guessing, now));
  return { ...decision, effects };
}

function boundEffect(effect: LoginEffect, guessing: Guessing, now: Date): LoginEffect {
  const { token } = effect;
  const { limits } = guessing;
  switch (effect.kind) {
    case 'count-failure':
      return { ...effect, ...boundFailure(token, guessing, now) };
    case 'accept':
    case 'spend':
    case 'challenge':
    case 'rely': {
      const unlocked = failureLimit(token, limits) - 1;
      const { firstDelayed } = limits;
      const unblocked = firstDelayed === null ? unlocked : Math.max(token.failures, firstDelayed - 1);
      return { ...effect, mostFailures: Math.min(unlocked, unblocked) };
    }
    default:
      return effect;
  }
}

/** A failure may be counted on top of others as long as that makes no difference; from the first delay on it does. */
function boundFailure(
  token: Token,
  { limits, origin }: Guessing,
  now: Date,
): { readonly mostFailures?: number; readonly delay?: GuessDelay } {
  const { firstDelayed } = limits;
  const limit = failureLimit(token, limits);
  if (firstDelayed === null || firstDelayed >= limit || token.failures >= limit) return {};
  const mostFailures = Math.max(token.failures, firstDelayed - 2);
  const failures = token.failures + 1;
  const seconds = failures < limit ? delayAfter(failures, limits) : 0;
  if (seconds === 0) return { mostFailures };
  const isFirst = token.failures < firstDelayed;
  return { mostFailures, delay: { origin, seconds, since: now, isFirst } };
}

/** The token with one more failure. */
export function withFailure(token: Token, delay?: GuessDelay): Token {
  const failed = { ...token, failures: token.failures + 1 };
  if (!delay) return failed;
  const until = delay.since.getTime() / 1000 + delay.seconds;
  return {
    ...failed,
    blockedUntil: { ...(!delay.isFirst && token.blockedUntil), [delay.origin]: until },
  };
}

function failureLimit({ maxFailures }: Token, { mostFailures }: GuessLimits): number {
  return Math.min(maxFailures, mostFailures);
}
