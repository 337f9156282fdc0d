import { FORWARDS_TO_OWN, type Token, isLimit, takesPart } from '@app/tokens';

import { isBlocked, isLocked } from '../guessing/guess-limits.js';
import type { LoginAttempt } from '../login.js';

/** Why a token takes no part in a login. */
export interface Obstacle {
  /** For the record; `null`: it is passed over without a word. */
  readonly text: string | null;
  /** Whether the attempt counts against it all the same. */
  readonly counts: boolean;
  /** It has no login left, now or ever: policies may have it disabled or removed. */
  readonly isExhausted: boolean;
  /** Too many failures: it takes part again after a while. */
  readonly isForNow: boolean;
}

/** What stands in the way of a token that is meant (spec/validate-api §2.5), in the order in which it is asked for. */
export function obstacleOf(token: Token, attempt: LoginAttempt, now: Date): Obstacle | null {
  const { subject, path, guessing } = attempt;
  const { realms, validity, uses } = token;
  if (subject.kind === 'user' && realms.length > 0 && !realms.includes(subject.realm)) {
    return uncounted('Realm mismatch for token and user');
  }
  if (!takesPart(token)) return uncounted('Token inactive');
  if (isLocked(token, guessing.limits)) return counted('Failcounter exceeded');
  if (isBlocked(token, guessing, now)) return blocked('Blocked for a while after too many failures');
  if (token.paths && !token.paths.includes(path)) return uncounted(null);
  if (validity.from && now < validity.from) return counted('Authentication validity period mismatch!');
  if (isUsedUp(uses.attempts, uses.maxAttempts)) return exhausted('Authentication counter exceeded');
  // The spelling is LinOTP's.
  if (isUsedUp(uses.successes, uses.maxSuccesses)) return exhausted('Authentication sucess counter exceeded');
  if (validity.until && now > validity.until) return exhausted('Authentication validity period exceeded');
  return null;
}

/**
 * The same of the token whose OTPs a forward token takes: it must be there, and its own limits hold for whoever comes by it
 * (spec/token-types §15, "Do better"). In which realms it is says nothing about the forward token's owner; who enrolled that for
 * themselves takes OTPs of their own tokens alone.
 */
export function targetObstacle(
  token: Token,
  target: Token | null,
  attempt: LoginAttempt,
  now: Date,
): Obstacle | null {
  if (token.type !== 'forward') return null;
  if (!target) return uncounted('the target of the forward token is not there');
  if (token.info[FORWARDS_TO_OWN] === true && !isOfOneOwner(token, target)) {
    return uncounted('the target of the forward token has another owner');
  }
  return obstacleOf(target, { ...attempt, subject: { kind: 'token', serial: target.serial } }, now);
}

function isOfOneOwner({ owner }: Token, { owner: other }: Token): boolean {
  return owner !== null && owner.resolver === other?.resolver && owner.userId === other.userId;
}

function isUsedUp(count: number, limit: number | null): boolean {
  return isLimit(limit) && count >= limit;
}

function uncounted(text: string | null): Obstacle {
  return { text, counts: false, isExhausted: false, isForNow: false };
}

function counted(text: string): Obstacle {
  return { text, counts: true, isExhausted: false, isForNow: false };
}

function blocked(text: string): Obstacle {
  return { text, counts: false, isExhausted: false, isForNow: true };
}

function exhausted(text: string): Obstacle {
  return { text, counts: true, isExhausted: true, isForNow: false };
}
