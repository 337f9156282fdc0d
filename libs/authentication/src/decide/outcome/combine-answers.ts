import { type Spending, type Token, memoryOf, tokenType } from '@app/tokens';

import { completedBy } from '../ask/ask-device.js';
import type { Answer } from '../ask/answer.js';
import { challenged } from './challenge-tokens.js';
import { isForwarded, labelOf } from '../forwarded-token.js';
import { countUses } from './count-uses.js';
import { keptTime } from './kept-time.js';
import type { PinMode } from '../../policies/login-policies.js';
import type { LoginAttempt, LoginDecision, LoginEffect } from '../../login.js';
import { rejected } from '../verdicts.js';

/** One that took no part, and why, for the record. */
export interface SkippedToken {
  readonly token: Token;
  readonly text: string;
  readonly isForNow: boolean;
  /** More, for operators: its server could not be asked. */
  readonly info?: string;
}

const USES_NOTHING_UP: Spending = { nextCounter: 1, once: false };

/** One verdict out of the tokens' answers (spec/validate-api §2.7). */
export function combine(
  given: readonly Answer[],
  effects: LoginEffect[],
  attempt: LoginAttempt,
  now: Date,
  pinMode: PinMode | null,
  skipped: SkippedToken | null,
): LoginDecision {
  const valid = given.filter((answer) => answer.result === 'valid');
  const [winner] = valid;
  const isAccepted = valid.length === 1;
  const { accessTimeFormat } = attempt;
  if (accessTimeFormat !== null) {
    const at = keptTime(accessTimeFormat, now);
    for (const answer of given) {
      const isSuccess = isAccepted && answer === winner;
      effects.push({ kind: 'keep-time', token: answer.token, at, isSuccess });
    }
  }
  for (const { token, remembers } of given) {
    if (remembers) effects.push({ kind: 'remember', token, ...remembers });
  }
  for (const { token, signedByCopy: challenge } of given) {
    if (!challenge) continue;
    // Relied on is that nobody has answered it: the same answer once more, which a browser may send, is no copy of the key.
    effects.push({ kind: 'answer', token, challenge, isAccepted: false });
    // It is the key's token that is of no use any more, whichever token led to it.
    effects.push({ kind: 'disable', token: isForwarded(token) ? token.target : token, isCloned: true });
  }
  if (winner && isAccepted) return accepted(winner, given, effects, attempt);
  if (valid.length > 1) {
    // Every matching value is spent: none of them may be replayed against the token that did not win.
    for (const answer of valid) {
      const { token, spends } = answer;
      if (spends) effects.push({ kind: 'spend', token, spends });
      if (answer.answered) {
        effects.push({ kind: 'answer', token, challenge: answer.answered, isAccepted: false });
      }
      effects.push(...countUses(answer, 'spent'));
    }
    const info = "UserError(description='multiple token match error', id=-33)";
    return rejected('several-tokens-match', 'Multiple valid tokens found!', effects, [], info);
  }
  const triggering = given.filter((answer) => answer.result === 'trigger');
  const refused = given.filter(({ result }) => result === 'trigger-refused' || result === 'not-asked');
  if (triggering.length > 0) return challenged(triggering, refused, effects, attempt, now);
  if (refused.length > 0) {
    // Nothing was guessed: who knows the PIN cannot lock the token by asking too often, nor learn more than a wrong OTP tells.
    const tokens = refused.map(({ token }) => token);
    const reasons = refused.flatMap(({ refusal }) => refusal ?? []);
    if (reasons.length > 0) return rejected('not-asked', '', effects, tokens, reasons.join('; '));
    return rejected('too-many-challenges', 'wrong otp value', effects, tokens, 'too many challenges of late');
  }
  const pinMatching = given.filter((answer) => answer.result === 'pin-matching');
  // What waits for an OTP was guessed at as well: another token of the same PIN is no way to guess on.
  const blamed = pinMatching.length > 0 ? given.filter(wasGuessedAt) : given;
  const part = pinMatching.length > 0 ? 'pin-matching' : 'invalid';
  for (const answer of blamed) {
    effects.push({ kind: 'count-failure', token: answer.token }, ...countUses(answer, part));
    effects.push(...missesOf(answer, attempt));
  }
  const tokens = blamed.map((answer) => answer.token);
  if (pinMatching.length > 0) return rejected('wrong-otp', 'wrong otp value', effects, tokens);
  const reasons = given.flatMap(({ refusal }) => refusal ?? []);
  if (given.length > 0) {
    const detail = pinMode === 'user-password' ? 'wrong user password -1' : 'wrong otp pin -1';
    return rejected('wrong-pin', detail, effects, tokens, reasons.join('; '));
  }
  const isElsewhere = skipped?.info !== undefined;
  return rejected(
    skipped?.isForNow ? 'blocked' : isElsewhere ? 'elsewhere' : 'no-usable-token',
    skipped?.text ?? 'no token found!',
    effects,
    skipped ? [skipped.token] : [],
    skipped?.info,
  );
}

function accepted(
  winner: Answer,
  given: readonly Answer[],
  effects: LoginEffect[],
  { subject, resetsFailures, confirms }: LoginAttempt,
): LoginDecision {
  const { token, pinLength, otpLength } = winner;
  const type = tokenType(token.type);
  const ending = type.endOfRollOut?.(token) ?? null;
  const spends = { ...(winner.spends ?? USES_NOTHING_UP), ...(ending && { endsRollOut: true as const }) };
  effects.push({ kind: 'accept', token, spends, ...(!resetsFailures && { keepsFailures: true as const }) });
  effects.push(...countUses(winner, 'accepted'));
  const memory = winner.remembers ? null : memoryOf(token, type.autoResync);
  if (ending) effects.push({ kind: 'remember', token, info: ending });
  if (memory) effects.push({ kind: 'remember', token, info: memory.forgetting });
  const isDeclined = confirms === 'reject';
  const { challenge: asked } = tokenType(token.type);
  if (winner.answered) {
    effects.push({
      kind: 'answer',
      token,
      challenge: winner.answered,
      isAccepted: !isDeclined,
      ...(confirms && { confirms }),
      ...(asked?.device?.keepsOlder && { keepsOlder: true }),
    });
  }
  if (asked?.device) effects.push(...completedBy(winner, isDeclined));
  for (const other of given) {
    if (resetsFailures && other !== winner && other.token.failures > 0) {
      effects.push({ kind: 'reset-failures', token: other.token });
    }
  }
  const who =
    subject.kind === 'user' ? `user '${subject.login}'@'${subject.realm}'` : `serial '${token.serial}'`;
  return {
    verdict: isDeclined ? { kind: 'declined', token } : { kind: 'accepted', token, pinLength, otpLength },
    effects,
    facts: {
      succeeded: true,
      serial: token.serial,
      tokenType: labelOf(token),
      detail: `${who} successfully authenticated.`,
      ...(subject.kind === 'user' && { user: subject.login, realm: subject.realm }),
    },
  };
}

function wasGuessedAt({ result, isGuess }: Answer): boolean {
  return result === 'pin-matching' || isGuess === true;
}

function missesOf({ token, missed }: Answer, { confirms }: LoginAttempt): LoginEffect[] {
  const isNone = missed === null || missed.length === 0;
  return isNone ? [] : [{ kind: 'miss', token, challenges: missed, ...(confirms && { confirms }) }];
}
