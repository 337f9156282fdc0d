import { type Token, type UnassignedSearch, tokenType } from '@app/tokens';

import { splitPassword } from '../decide/ask/split-password.js';
import { obstacleOf } from '../decide/token-obstacle.js';
import { MOST_HOPS } from '../elsewhere/forwarding.js';
import type { LoginAnswers, LoginAttempt, LoginDecision, LoginQuestion, LoginUser } from '../login.js';
import type { Ruling } from '../policies/login-policies.js';

type Ask = <T>(ruling: Ruling<T>) => T;
type Decided = LoginDecision | { readonly question: LoginQuestion };

/**
 * A user without any token gets the unassigned one whose OTP they show (spec/validate-api §2.3, rows 3 and 4a, and §2.8): by
 * the OTP alone, or with their password of the directory, which becomes its PIN.
 *
 * @returns `null` where none becomes theirs: what else holds for users without a token goes on
 */
export function decideAssignment(
  attempt: LoginAttempt,
  subject: LoginUser,
  now: Date,
  { answers, ask }: { readonly answers: LoginAnswers; readonly ask: Ask },
): Decided | null {
  const { password, policies } = attempt;
  // Who answers a challenge shows no new token.
  if (!password || attempt.transaction !== null) return null;
  const byOtp = ask(policies.assignsByOtp());
  const byPassword = ask(policies.assignsByPassword());
  if (!byOtp && !byPassword) return null;
  const guess = { kind: 'password-attempt', ofAnybody: byOtp } as const;
  const mayTry = answers(guess);
  if (mayTry === undefined) return { question: guess };
  if (!mayTry) return null;
  const meant = { typeLabel: attempt.typeLabel, serial: subject.serial, password } as const;
  const from = byOtp ? ask(policies.realmOfUnassigned()) : null;
  if (from !== null) {
    const realm = from || subject.realm;
    const question = { kind: 'unassigned-token', ...meant, hasPin: false, realm } as const;
    const found = answers(question);
    if (found === undefined) return { question };
    if (found.kind === 'found' && isUsable(found.token, attempt, now)) {
      return assigned({ ...found, pin: '' }, '', subject, 'Token with otp auto assigned');
    }
  }
  if (!byPassword) return null;
  const question = { kind: 'unassigned-token', ...meant, hasPin: true, realm: subject.realm } as const;
  const found = answers(question);
  if (found === undefined) return { question };
  if (found.kind === 'none' && attempt.hops < MOST_HOPS && ask(policies.assignsByServer())) {
    const { login, realm } = subject;
    const further = { kind: 'unassigned-remote', ...meant, login, realm, hops: attempt.hops } as const;
    const there = answers(further);
    if (there === undefined) return { question: further };
    return assignedByPassword(there, attempt, subject, now, { answers, ask });
  }
  return assignedByPassword(found, attempt, subject, now, { answers, ask });
}

/** What stands beside the OTP is the password of the directory, and becomes the token's PIN. */
function assignedByPassword(
  found: UnassignedSearch,
  attempt: LoginAttempt,
  subject: LoginUser,
  now: Date,
  { answers, ask }: { readonly answers: LoginAnswers; readonly ask: Ask },
): Decided | null {
  const { password, policies, prependPin } = attempt;
  if (!password || found.kind !== 'found' || !isUsable(found.token, attempt, now)) return null;
  const { pin } = splitPassword(found.token, password, prependPin);
  if (pin === '') return null;
  const proof = { kind: 'user-password', candidate: pin } as const;
  const matches = answers(proof);
  if (matches === undefined) return { question: proof };
  if (!matches) return null;
  const keepsPin = ask(policies.keepsPinOfAssigned());
  return assigned({ ...found, pin: keepsPin ? null : pin }, pin, subject, 'Token auto assigned');
}

/** It may come from another realm, which it leaves. */
function isUsable(token: Token, attempt: LoginAttempt, now: Date): boolean {
  return obstacleOf({ ...token, realms: [] }, attempt, now) === null;
}

function assigned(
  { token, spends, pin }: NonNullable<LoginDecision['assigns']>,
  typedPin: string,
  { login, realm }: LoginUser,
  info: string,
): LoginDecision {
  const { label } = tokenType(token.type);
  return {
    verdict: { kind: 'accepted', token, pinLength: [...typedPin].length, otpLength: token.digits },
    effects: [],
    assigns: { token, spends, pin },
    facts: { succeeded: true, serial: token.serial, tokenType: label, user: login, realm, info },
  };
}
