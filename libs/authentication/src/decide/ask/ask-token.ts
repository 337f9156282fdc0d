import {
  type DeviceChallenge,
  type KeyChallenge,
  type OtpQuestions,
  type SentOtps,
  type ServerOtps,
  type Token,
  matchesPin,
  tokenType,
} from '@app/tokens';

import {
  type Challenge,
  type ChallengeData,
  challengesLeft,
  hasPinImplied,
  isAnswerable,
  quietingChallenge,
} from '../../challenges/challenge.js';
import type { PinMode } from '../../policies/login-policies.js';
import { type LoginAttempt, type LoginQuestion, isPinImplied } from '../../login.js';
import type { Answer, Asking, Unanswered } from './answer.js';
import { answerableQuestions, missedQuestion, neededPin } from './answerable-questions.js';
import { answeredByDevice, deviceQuestion } from './ask-device.js';
import { answeredByKey, keyQuestion, wrongKey } from './ask-key.js';
import { checksPinThere, matchByServer } from './ask-server.js';
import { splitPassword } from './split-password.js';

type Asked = Answer | { readonly question: LoginQuestion } | Unanswered;

/** A token that cannot be checked (its seal does not open) takes no part; the user's other tokens go on. */
export function askOrPassOver(token: Token, asking: Asking): Asked | 'broken' {
  try {
    return askToken(token, asking);
  } catch {
    return 'broken';
  }
}

/** What a text turned out to be as an OTP: what that spends, and the challenge that it answers. */
export type Match =
  | Pick<Answer, 'spends' | 'answered'>
  | null
  | { readonly question: LoginQuestion }
  | Unanswered
  /** A server asks for more: what it is to be told with the answer. */
  | { readonly asks: ChallengeData };

/** @param challenge that is answered; `null`: none */
type Matching = (otp: string, challenge: Challenge | null) => Match;

function askToken(token: Token, asking: Asking): Asked {
  const { challenge, server } = tokenType(token.type);
  if (challenge?.device) return askDevice(token, challenge.device, asking);
  // No other type takes signatures: one is as wrong as any wrong OTP.
  if (asking.attempt.confirms !== null) return askForAnswer(token, '', asking, () => null);
  if (challenge?.key) return askKey(token, challenge.key, asking);
  if (challenge?.sends) return askForSent(token, challenge.sends, asking);
  if (challenge?.asks) return askForQuestion(token, challenge.asks, asking);
  const password = asking.password ?? '';
  const mayBeAsked = asking.isChallenged && challenge !== null;
  if (server) return askServer(token, server, asking);
  const byItself = (otp: string) => verifyOtp(token, otp, asking);
  if (!mayBeAsked) return askForAll(token, password, asking, byItself);
  if (asking.attempt.transaction !== null) return askForAnswer(token, password, asking, byItself);
  const asked = askForAll(token, password, asking, byItself);
  if (!('result' in asked) || asked.result === 'valid') return asked;
  return askOrTrigger(token, asking, asked);
}

/** A token whose device answers challenges, and nothing else. */
function askDevice(token: Token, device: DeviceChallenge, asking: Asking): Asked {
  const { confirms, transaction } = asking.attempt;
  if (confirms !== null || transaction !== null) {
    return answeredByDevice(token, device, addressed(token, asking).meant, asking);
  }
  const asked = askOrTrigger(token, asking, pinAlone(token, asking));
  return 'result' in asked ? deviceQuestion(device, asked, asking) : asked;
}

/** A token whose key signs challenges, and nothing else: what no challenge waits for may be the PIN that asks for one. */
function askKey(token: Token, key: KeyChallenge, asking: Asking): Asked {
  const text = asking.password ?? '';
  const meant = asking.attempt.transaction === null ? [] : addressed(token, asking).meant;
  if (meant.length > 0) return answeredByKey(token, key, meant, asking);
  // No directory is to be asked whether that is somebody's password.
  if (key.isAnswer(text)) return wrongKey(token, key, text, 'no open challenge');
  const asked = askOrTrigger(token, asking, pinAlone(token, asking));
  return 'result' in asked ? keyQuestion(key, asked, asking) : asked;
}

function pinAlone(token: Token, { password }: Asking): Answer {
  return { ...NOTHING, token, result: 'invalid', pinLength: [...(password ?? '')].length, otpLength: null };
}

/** A token whose OTPs a server elsewhere knows, and its PIN maybe, too (spec/token-types §12 to §14). */
function askServer(token: Token, server: ServerOtps, asking: Asking): Asked {
  const { attempt, isChallenged } = asking;
  const password = asking.password ?? '';
  const byServer: Matching = (otp, challenge) =>
    asking.password === null ? null : matchByServer(token, server, asking, otp, challenge);
  if (isChallenged && attempt.transaction !== null) return askForAnswer(token, password, asking, byServer);
  if (!checksPinThere(token, server)) {
    const asked = askForAll(token, password, asking, byServer);
    if (!('result' in asked) || asked.result === 'valid' || !isChallenged) return asked;
    return askOrTrigger(token, asking, asked);
  }
  const asked = askForAll(token, password, { ...asking, mode: 'only-otp' }, byServer);
  // Nobody here knows whether the PIN was right.
  if (!('result' in asked) || asked.result !== 'pin-matching') return asked;
  return { ...asked, result: 'invalid', missed: isChallenged ? 'open' : null };
}

/** Whatever its server would say: it is known without it that this login is not by this token. */
export function unasked(token: Token): Answer {
  return { ...NOTHING, token, result: 'invalid', pinLength: 0, otpLength: null };
}

const NOTHING = { spends: null, answered: null, stray: null, remembers: null, missed: null } as const;

/** A token whose OTPs are sent: it has none without a challenge, but for what is left of the last message. */
function askForSent(token: Token, sends: SentOtps, asking: Asking): Asked {
  const { now } = asking;
  const open = openFor(token, asking).toSorted((one, other) => other.id - one.id);
  const bySent = (otp: string): Match => {
    for (const challenge of open) {
      const verified = sends.verify(token, otp, challenge.counter, now);
      if (verified.kind === 'matched') return { spends: verified.spends, answered: challenge };
    }
    if (open.length > 0) return null;
    const verified = sends.verify(token, otp, null, now);
    return verified.kind === 'matched' ? { spends: verified.spends, answered: null } : null;
  };
  const isAwaited = open.length > 0 || (sends.isAwaited?.(token, now) ?? false);
  return askByChallenge(token, asking, bySent, isAwaited);
}

/** A type that is asked by challenges alone: the OTP, or PIN and OTP, for one of them. */
function askByChallenge(
  token: Token,
  asking: Asking,
  match: (otp: string) => Match,
  isAwaited: boolean,
): Asked {
  const password = asking.password ?? '';
  if (asking.attempt.transaction !== null) {
    return isBareOtp(token, password)
      ? askForAnswer(token, password, asking, match)
      : askForPinAndAnswer(token, password, asking, match);
  }
  const asked = askForAll(token, password, asking, match);
  if (!('result' in asked) || asked.result === 'valid') return asked;
  // A right PIN with a wrong OTP is a wrong answer, like any other.
  const isGuess = asked.result === 'pin-matching' && isAwaited;
  return askOrTrigger(token, asking, { ...asked, result: 'invalid', isGuess });
}

/** An OTP over a question: that of a challenge, or one that the client names. */
function askForQuestion(token: Token, asks: OtpQuestions, asking: Asking): Asked {
  const { attempt, password } = asking;
  const { challenging, transaction } = attempt;
  const isBare = transaction !== null && isBareOtp(token, password ?? '');
  const answerable = answerableQuestions(asks, openFor(token, asking), {
    isBare,
    named: transaction === null ? challenging.question : null,
  });
  const byQuestion = (otp: string): Match => {
    for (const { question, challenge } of answerable) {
      const verified = asks.verify(token, otp, question, asking.now);
      if (verified.kind === 'matched') return { spends: verified.spends, answered: challenge };
    }
    return null;
  };
  const asked = askByChallenge(token, asking, byQuestion, answerable.length > 0);
  return !('result' in asked) ? asked : missedQuestion(asked, answerable, challenging.ocra);
}

/** Told from PIN and OTP by its length, where it has one. */
function isBareOtp({ digits }: Token, password: string): boolean {
  return digits === 0 || [...password].length === digits;
}

/** PIN and OTP together, for a challenge: some clients send them so. */
function askForPinAndAnswer(token: Token, password: string, asking: Asking, match: Matching): Asked {
  const { challenge, missed } = addressed(token, asking);
  const asked = askForAll(token, password, asking, match);
  if (!('result' in asked)) return asked;
  const isAnswer = asked.result === 'valid' && asked.answered !== null;
  const isGuess = asked.result === 'pin-matching' && challenge !== null;
  return isAnswer ? asked : { ...asked, result: 'invalid', spends: null, missed, isGuess };
}

/** No right OTP: a challenge is made where the PIN asks for one. */
function askOrTrigger(token: Token, asking: Asking, asked: Answer): Asked {
  const trigger = triggers(token, asking);
  if (typeof trigger === 'object') return trigger;
  if (!trigger) return { ...asked, missed: 'open' };
  const { attempt, challenges, now } = asking;
  const { challenging } = attempt;
  const shared = challenges.filter((challenge) => isForAll(challenge, attempt));
  const quieting = quietingChallenge(shared, token, challenging, now);
  if (quieting) return { ...asked, result: 'trigger', asked: quieting };
  const mayAsk = challengesLeft(token, challenging.settings, now) > 0;
  const poses = questionFor(token, asking);
  return { ...asked, result: mayAsk ? 'trigger' : 'trigger-refused', ...(poses && { poses }) };
}

/**
 * What a new challenge asks; `null`: its type asks no questions. It is tried at once: a token that cannot ask takes no part.
 */
function questionFor(token: Token, { attempt, password, mode, callback }: Asking): Answer['poses'] | null {
  const asks = tokenType(token.type).challenge?.asks;
  if (!asks) return null;
  const { question: wish, drawnForQuestion: drawn, id } = attempt.challenging;
  // Who has shown no PIN yet shows it with the answer.
  const isUnproven = password === null && (mode === 'user-password' || !hasRightPin(token, '', mode));
  const question = (transaction: string) =>
    neededPin(asks.ask(token, { transaction, wish, callback, drawn }), isUnproven);
  question(id);
  return question;
}

/** PIN and OTP at once. */
function askForAll(
  token: Token,
  password: string,
  { attempt, mode, answers, isChallenged, now }: Asking,
  match: Matching,
): Asked {
  const type = tokenType(token.type);
  const { pin, otp } =
    mode === 'only-otp' && type.hasOtp
      ? { pin: '', otp: password }
      : splitPassword(token, password, attempt.prependPin);
  const parts = {
    token,
    pinLength: [...pin].length,
    otpLength: type.hasOtp ? [...otp].length : null,
    ...NOTHING,
  };
  if (!hasRightPin(token, pin, mode)) return { ...parts, result: 'invalid' };
  const matched = match(otp, null);
  if (matched && ('question' in matched || 'unanswered' in matched)) return matched;
  if (matched && 'asks' in matched) return triggered(parts, matched.asks, { attempt, isChallenged, now });
  // The directory is asked last, and not at all for a wrong OTP: then nothing is known about the password.
  if (!matched) {
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
  return { result: 'valid', ...parts, ...matched };
}

/** The OTP alone, for a challenge: without one that it may answer, nothing it says is right. */
function askForAnswer(token: Token, password: string, asking: Asking, match: Matching): Asked {
  const { challenge, missed } = addressed(token, asking);
  const parts = {
    ...NOTHING,
    token,
    pinLength: 0,
    otpLength: [...password].length,
    missed,
  };
  if (!challenge) return { ...parts, result: 'invalid' };
  const matched = match(password, challenge);
  if (matched && ('question' in matched || 'unanswered' in matched)) return matched;
  // The next question of several: this one is answered.
  if (matched && 'asks' in matched) {
    return triggered({ ...parts, answered: challenge, missed: null }, matched.asks, asking);
  }
  if (!matched) {
    return {
      ...parts,
      result: 'invalid',
      isGuess: true,
      stray: { otp: password, challenge, password: null },
    };
  }
  const { spends, answered } = matched;
  return { ...parts, result: 'valid', spends, answered: answered ?? challenge, missed: null };
}

/** A server asks for more; where nobody may be asked, that is a refusal. */
function triggered(
  parts: Omit<Answer, 'result'>,
  data: ChallengeData,
  { attempt, isChallenged, now }: Pick<Asking, 'attempt' | 'isChallenged' | 'now'>,
): Answer {
  if (!isChallenged) return { ...parts, result: 'invalid' };
  const mayAsk = challengesLeft(parts.token, attempt.challenging.settings, now) > 0;
  return { ...parts, result: mayAsk ? 'trigger' : 'trigger-refused', data };
}

/** Those that the token may answer: of the transaction, if the login names one. */
function openFor(token: Token, { attempt, challenges, now }: Asking): readonly Challenge[] {
  const { transaction, challenging } = attempt;
  if (transaction === 'unknown') return [];
  const { asks, device } = tokenType(token.type).challenge ?? {};
  const isByDevice = device !== undefined && (attempt.confirms !== null || attempt.isByTransaction === true);
  return challenges.filter(
    (challenge) =>
      (transaction === null || challenge.root === transaction.root) &&
      (isByDevice || isForAll(challenge, attempt)) &&
      !(asks && challenge.receivedCount > challenging.ocra.mostMisses) &&
      isAnswerable(challenge, token, challenging.realm, now),
  );
}

/** One that was made without a PIN, for a user who was known, lets nobody in who is not known. */
function isForAll(challenge: Challenge, { own }: LoginAttempt): boolean {
  return isPinImplied(own) || !hasPinImplied(challenge);
}

/** The challenge of the token that the login answers, and those that it misses if it is wrong. */
function addressed(
  token: Token,
  asking: Asking,
): { challenge: Challenge | null; meant: readonly Challenge[]; missed: readonly number[] } {
  const { transaction } = asking.attempt;
  const open = openFor(token, asking);
  const place = transaction === 'unknown' ? null : (transaction?.place ?? null);
  const meant = open.filter((challenge) => place === null || challenge.place === place);
  return { challenge: open[0] ?? null, meant, missed: meant.map(({ id }) => id) };
}

/**
 * Whether all of the password is a right PIN (spec/validate-api §2.6, "Trigger"). Where no PIN is asked for, nothing at all
 * is: anything else would be a guess at the OTP, which LinOTP's `ignore_pin` takes for a trigger and does not count.
 */
function triggers(
  token: Token,
  { attempt, password, mode, mayOmitPin, answers }: Asking,
): boolean | { question: LoginQuestion } {
  const kind = tokenType(token.type).challenge;
  const { hasText, settings } = attempt.challenging;
  const isOwn = isPinImplied(attempt.own);
  if (!kind || (kind.needsText && !hasText)) return false;
  if (token.id === attempt.enrolled?.id) return true;
  // Only without any password: one that is wrong is a guess, and counts as one.
  if (!password && mayOmitPin && kind.sends?.by === 'sms') return true;
  if (password === null) return kind.asks !== undefined && attempt.challenging.asksUnproven;
  // The setting is about PINs; a user who chose their token wants its message.
  if (kind.sends?.by === 'sms' && !settings.sendsSmsByPin && !isOwn) return false;
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

/** Of a type that knows its OTPs without being asked. */
function verifyOtp(token: Token, otp: string, { now, answers }: Asking): Match {
  const verification = tokenType(token.type).verify(token, otp, now);
  switch (verification.kind) {
    case 'matched':
      return { spends: verification.spends, answered: null };
    case 'mismatched':
      return null;
    case 'hash-needed': {
      const { hash, candidate } = verification;
      const question = { kind: 'password-hash', hash, candidate } as const;
      const matches = answers(question);
      if (matches === undefined) return { question };
      return matches ? { spends: { nextCounter: 1, once: false }, answered: null } : null;
    }
  }
}
