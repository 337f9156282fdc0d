import { type Token, matchesPin, takesPart } from '@app/tokens';

import { type Challenge, isUnexpired, transactionId } from './challenge.js';
import { type Guessing, boundGuesses, isBlocked, isLocked } from '../guessing/guess-limits.js';
import type { PinMode } from '../policies/login-policies.js';
import type { LoginDecision, LoginEffect } from '../login.js';
import { named } from '../decide/verdicts.js';

/** Which challenges are asked about. */
export interface Polled {
  /** `null`: all of the transaction's. */
  readonly place: number | null;
  readonly password: string;
  /** Only the token of this serial, if given. */
  readonly serial: string | null;
  /** Only tokens that are theirs, if a user is given. */
  readonly isTheirs: (token: Token) => boolean;
  readonly guessing: Guessing;
}

export interface PollAttempt extends Polled {
  /** `null`: it cannot be told, and nothing is shown. */
  readonly mode: PinMode | null;
  /** What the directory says of the password; asked for only where the mode is to ask it. */
  readonly isUserPassword: boolean;
}

/**
 * How challenges stand, for whoever knows the PIN of their tokens (spec/validate-api §1.6). A wrong one counts as at a login,
 * and a token that is locked shows nothing: polling is no way to guess a PIN (spec/validate-api §6, 7).
 */
export function decidePoll(
  tokens: readonly Token[],
  challenges: readonly Challenge[],
  now: Date,
  attempt: PollAttempt,
): LoginDecision {
  const effects = new Map<number, LoginEffect>();
  const shown: Challenge[] = [];
  const asked: Token[] = [];
  for (const { challenge, token, mayShow } of meantBy(tokens, challenges, now, attempt)) {
    asked.push(token);
    if (!mayShow || attempt.mode === null) continue;
    const isRight = hasRightPin(token, attempt.mode, attempt);
    if (isRight === 'broken') continue;
    effects.set(token.id, isRight ? { kind: 'rely', token } : { kind: 'count-failure', token });
    if (isRight) shown.push(challenge);
  }
  const decision: LoginDecision = {
    verdict: { kind: 'polled', challenges: shown },
    effects: [...effects.values()],
    facts: {
      succeeded: shown.length > 0,
      info: shown.map((challenge) => `${transactionId(challenge)} ${stateOf(challenge)}`).join('; '),
      ...named(asked),
    },
  };
  return boundGuesses(decision, attempt.guessing, now);
}

/** Whether a password can show anything at all: else nobody has to be asked about it. */
export function mayShowAny(
  tokens: readonly Token[],
  challenges: readonly Challenge[],
  now: Date,
  polled: Polled,
): boolean {
  return meantBy(tokens, challenges, now, polled).some(({ mayShow }) => mayShow);
}

function meantBy(
  tokens: readonly Token[],
  challenges: readonly Challenge[],
  now: Date,
  polled: Polled,
): readonly { readonly challenge: Challenge; readonly token: Token; readonly mayShow: boolean }[] {
  return challenges.flatMap((challenge) => {
    const token = tokens.find(({ id }) => id === challenge.tokenId);
    if (!token || challenge.isUnsent || !isMeant(challenge, token, polled) || !isUnexpired(challenge, now)) {
      return [];
    }
    const { guessing } = polled;
    const isClosed = !takesPart(token) || isLocked(token, guessing.limits) || isBlocked(token, guessing, now);
    return [{ challenge, token, mayShow: !isClosed }];
  });
}

/** The owner is compared as they are now, and as they were when they were asked. */
function isMeant(challenge: Challenge, token: Token, { place, serial, isTheirs }: Polled): boolean {
  const { owner } = challenge;
  const isStillTheirs = owner?.resolver === token.owner?.resolver && owner?.userId === token.owner?.userId;
  const isNamed = place === null || challenge.place === place;
  return isNamed && isStillTheirs && (serial === null || token.serial === serial) && isTheirs(token);
}

/** A token whose seal does not open shows nothing; the others of the transaction do. */
function hasRightPin(
  token: Token,
  mode: PinMode,
  { password, isUserPassword }: PollAttempt,
): boolean | 'broken' {
  switch (mode) {
    case 'token-pin':
      try {
        return matchesPin(token.pin, password);
      } catch {
        return 'broken';
      }
    case 'user-password':
      return isUserPassword;
    case 'only-otp':
      return password === '';
    case 'ignore-pin':
      return true;
  }
}

function stateOf({ isOpen, isValid }: Challenge): string {
  if (isOpen) return 'open';
  return isValid ? 'closed, answered' : 'closed';
}
