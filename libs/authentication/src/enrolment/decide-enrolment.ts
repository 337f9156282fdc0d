import { type LoginEnrolment, type SentTokenType, tokenType } from '@app/tokens';

import type { LoginAnswers, LoginAttempt, LoginDecision, LoginQuestion, LoginUser } from '../login.js';
import type { Ruling } from '../policies/login-policies.js';

/** Why the policy gave no token, for the client; more of it for the record. */
export interface NotEnrolled {
  readonly error: string;
  readonly info: string;
}

const MISSING: Readonly<Record<string, string>> = {
  sms: 'missing mobile number!',
  email: 'missing email!',
};

/**
 * A user without any token who shows the password of the directory gets one whose OTPs are sent (spec/validate-api §2.3, row 4b,
 * and §2.8), with that password as its PIN. Nobody is let in by that: the login starts over, and the token asks for its OTP.
 *
 * @returns `null` where no policy gives one to this login: what else holds for users without a token goes on, as it does
 *          where one could not be given
 */
export function decideEnrolment(
  { password, policies, transaction, typeLabel, recipients }: LoginAttempt,
  subject: LoginUser,
  { answers, ask }: { readonly answers: LoginAnswers; readonly ask: <T>(ruling: Ruling<T>) => T },
):
  | (LoginDecision & { readonly enrols: LoginEnrolment })
  | { readonly question: LoginQuestion }
  | NotEnrolled
  | null {
  // Who answers a challenge, or names a token that is not theirs, wants no new one.
  if (!password || transaction !== null || subject.serial !== null) return null;
  const isMeant = (type: SentTokenType) =>
    typeLabel === null || tokenType(type).label.toLowerCase() === typeLabel.toLowerCase();
  const types = ask(policies.enrolsAtLogin()).filter(isMeant);
  // Such a token could not be asked.
  if (types.length === 0 || ask(policies.pinMode()) === null) return null;
  const { login, realm } = subject;
  const error = `User '${login}'@'${realm}' failed to authenticate against userstore`;
  const guess = { kind: 'password-attempt' } as const;
  const mayTry = answers(guess);
  if (mayTry === undefined) return { question: guess };
  if (!mayTry) return { error, info: 'not asked: too many wrong passwords' };
  const proof = { kind: 'user-password', candidate: password } as const;
  const matches = answers(proof);
  if (matches === undefined) return { question: proof };
  if (!matches) return { error, info: '' };
  const type = types.find((one) => recipients[one] !== '');
  if (type === undefined) {
    const missing = types.length > 1 ? 'missing sms or email!' : MISSING[types[0] ?? ''];
    return { error: `auto_enrollment for user ${login} failed: ${missing}`, info: '' };
  }
  return {
    verdict: { kind: 'rejected', reason: 'no-token' },
    effects: [],
    enrols: { type, recipient: recipients[type], pin: password },
    facts: { succeeded: false, user: login, realm },
  };
}
