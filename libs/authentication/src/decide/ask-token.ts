import {
  type InfoChanges,
  type Spending,
  type Token,
  type TokenInfo,
  matchesPin,
  tokenType,
} from '@app/tokens';

import { type Challenge, challengesLeft, isAnswerable } from '../challenges/challenge.js';
import type { PinMode } from '../policies/login-policies.js';
import type { LoginAnswers, LoginAttempt, LoginQuestion } from '../login.js';
import { splitPassword } from './split-password.js';

/** How one token answered (spec/validate-api §2.6); tokens that took no part are not among them. */
export interface Answer {
  readonly token: Token;
  readonly result:
    | 'valid'
    /** The PIN is right: it is to be asked for the OTP. */
    | 'trigger'
    /** So it is, but it was asked too often of late. */
    | 'trigger-refused'
    | 'pin-matching'
    | 'invalid';
  readonly spends: Spending | null;
  readonly pinLength: number;
  readonly otpLength: number | null;
  /** The challenge that a valid one answers; `null`: none. */
  readonly answered: Challenge | null;
  /** A value that is in no window of a login, where nothing else is known to be wrong; `null`: there is none. */
  readonly stray: Stray | null;
  /** What is remembered of the token with it; `null`: nothing. */
  readonly remembers: Remembered | null;
  /** Challenges that a wrong answer missed: these, or all open ones of the token; `null`: it has none. */
  readonly missed: readonly number[] | 'open' | null;
}

export interface Stray {
  readonly otp: string;
  /** The challenge that it answers, if it is right after all. */
  readonly challenge: Challenge | null;
  /** What the directory is yet to say of; `null`: the PIN is right, or not asked for. */
  readonly password: string | null;
}

export interface Remembered {
  readonly info: InfoChanges;
  readonly recalled?: TokenInfo;
}

/** By what a token is asked. */
export interface Asking {
  readonly attempt: LoginAttempt;
  readonly password: string;
  readonly mode: PinMode;
  /** Whether policies have its type ask by challenges. */
  readonly isChallenged: boolean;
  readonly challenges: readonly Challenge[];
  readonly now: Date;
  readonly answers: LoginAnswers;
}

type Asked = Answer | { readonly question: LoginQuestion };

/** A token that cannot be checked (its seal does not open) takes no part; the user's other tokens go on. */
export function askOrPassOver(token: Token, asking: Asking): Asked | 'broken' {
  try {
    return askToken(token, asking);
  } catch {
    return 'broken';
  }
}

function askToken(token: Token, asking: Asking): Asked {
  const mayBeAsked = asking.isChallenged && tokenType(token.type).challenge !== null;
  if (!mayBeAsked) return askForAll(token, asking);
  if (asking.attempt.transaction !== null) return askForAnswer(token, asking);
  const asked = askForAll(token, asking);
  if ('question' in asked || asked.result === 'valid') return asked;
  const trigger = triggers(token, asking);
  if (typeof trigger === 'object') return trigger;
  if (!trigger) return { ...asked, missed: 'open' };
  const mayAsk = challengesLeft(token, asking.attempt.challenging.settings, asking.now) > 0;
  return { ...asked, result: mayAsk ? 'trigger' : 'trigger-refused' };
}

/** PIN and OTP at once. */
function askForAll(token: Token, { attempt, password, mode, now, answers }: Asking): Asked {
  const type = tokenType(token.type);
  const { pin, otp } =
    mode === 'only-otp' && type.hasOtp
      ? { pin: '', otp: password }
      : splitPassword(token, password, attempt.prependPin);
  const parts = {
    token,
    pinLength: [...pin].length,
    otpLength: type.hasOtp ? [...otp].length : null,
    spends: null,
    answered: null,
    stray: null,
    remembers: null,
    missed: null,
  };
  if (!hasRightPin(token, pin, mode)) return { ...parts, result: 'invalid' };
  const verified = verifyOtp(token, otp, now, answers);
  if (verified && 'question' in verified) return verified;
  // The directory is asked last, and not at all for a wrong OTP: then nothing is known about the password.
  if (!verified) {
    const isPinKnown = mode !== 'user-password';
    const stray = { otp, challenge: null, password: isPinKnown ? null : pin };
    return { ...parts, result: isPinKnown ? 'pin-matching' : 'invalid', stray };
  }
  if (mode === 'user-password') {
    const question = { kind: 'user-password', candidate: pin } as const;
    const matches = pin !== '' && answers(question);
    if (matches === undefined) return { question };
    if (!matches) return { ...parts, result: 'invalid' };
  }
  return { ...parts, result: 'valid', spends: verified };
}

/** The OTP alone, for a challenge: without one that it may answer, nothing it says is right. */
function askForAnswer(token: Token, asking: Asking): Asked {
  const { attempt, password, challenges, now, answers } = asking;
  const { transaction, challenging } = attempt;
  const open = challenges.filter((challenge) => isAnswerable(challenge, token, challenging.realm, now));
  const place = transaction === 'unknown' ? null : (transaction?.place ?? null);
  const addressed = open.filter((challenge) => place === null || challenge.place === place);
  const parts = {
    token,
    pinLength: 0,
    otpLength: [...password].length,
    spends: null,
    answered: null,
    stray: null,
    remembers: null,
    missed: addressed.map(({ id }) => id),
  };
  const [challenge] = open;
  if (!challenge) return { ...parts, result: 'invalid' };
  const verified = verifyOtp(token, password, now, answers);
  if (verified && 'question' in verified) return verified;
  if (!verified) return { ...parts, result: 'invalid', stray: { otp: password, challenge, password: null } };
  return { ...parts, result: 'valid', spends: verified, answered: challenge, missed: null };
}

/**
 * Whether all of the password is a right PIN (spec/validate-api §2.6, "Trigger"). Where no PIN is asked for, nothing at all
 * is: anything else would be a guess at the OTP, which LinOTP's `ignore_pin` takes for a trigger and does not count.
 */
function triggers(
  token: Token,
  { attempt, password, mode, answers }: Asking,
): boolean | { question: LoginQuestion } {
  const kind = tokenType(token.type).challenge;
  if (!kind || (kind.needsText && !attempt.challenging.hasText)) return false;
  switch (mode) {
    case 'token-pin':
      return matchesPin(token.pin, password);
    case 'only-otp':
    case 'ignore-pin':
      return password === '';
    case 'user-password': {
      if (password === '') return false;
      const question = { kind: 'user-password', candidate: password } as const;
      return answers(question) ?? { question };
    }
  }
}

/** A token that has nothing but its PIN is asked for it, unless the directory has another one (spec/token-types §7). */
function hasRightPin(token: Token, pin: string, mode: PinMode): boolean {
  if (mode === 'user-password') return true;
  if (mode === 'token-pin' || !tokenType(token.type).hasOtp) return matchesPin(token.pin, pin);
  return mode === 'ignore-pin' || pin === '';
}

/** @returns what the match spends; `null`: no match */
function verifyOtp(
  token: Token,
  otp: string,
  now: Date,
  answers: LoginAnswers,
): Spending | null | { readonly question: LoginQuestion } {
  const verification = tokenType(token.type).verify(token, otp, now);
  switch (verification.kind) {
    case 'matched':
      return verification.spends;
    case 'mismatched':
      return null;
    case 'hash-needed': {
      const { hash, candidate } = verification;
      const question = { kind: 'password-hash', hash, candidate } as const;
      const matches = answers(question);
      if (matches === undefined) return { question };
      return matches ? { nextCounter: 1, once: false } : null;
    }
  }
}
