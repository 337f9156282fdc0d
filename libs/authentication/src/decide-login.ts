import { type Spending, type Token, matchesPin, tokenType } from '@app/tokens';

import type {
  LoginAnswers,
  LoginAttempt,
  LoginDecision,
  LoginEffect,
  LoginQuestion,
  LoginSubject,
  RejectReason,
} from './login.js';
import { splitPassword } from './split-password.js';

/** How one token answered (spec/validate-api §2.6); tokens that took no part are not among them. */
interface Answer {
  readonly token: Token;
  readonly result: 'valid' | 'pin-matching' | 'invalid';
  readonly spends: Spending | null;
  readonly pinLength: number;
  readonly otpLength: number | null;
}

/**
 * Decides one login: a pure function of the tokens as loaded, the attempt, the time and the answers from outside
 * (spec/validate-api §2.3 to §2.7). What is unclear is rejected.
 */
export function decideLogin(
  tokens: readonly Token[],
  attempt: LoginAttempt,
  now: Date,
  answers: LoginAnswers,
): LoginDecision | { readonly question: LoginQuestion } {
  const { subject } = attempt;
  if (subject.kind === 'nobody') return rejected('unknown-user', 'User not found');
  const theirs = tokens.filter((token) => belongsTo(token, subject));
  const named = subject.kind === 'user' && subject.onlyToken ? theirs.length : null;
  if (named !== null && named !== 1) {
    return rejected('not-one-token', named === 0 ? 'No token found!' : 'More than one token found!');
  }
  const candidates = theirs.filter((token) => isMeant(token, attempt));
  if (candidates.length === 0) {
    return rejected('no-token', subject.kind === 'user' ? 'User has no tokens assigned' : 'no token found!');
  }
  const { password } = attempt;
  if (password === null) {
    return rejected('no-password', '', [], [], 'ERR905: Missing parameter:pass');
  }

  const effects: LoginEffect[] = [];
  const given: Answer[] = [];
  let skipped: { token: Token; text: string } | null = null;
  for (const token of candidates) {
    const obstacle = obstacleOf(token, attempt);
    if (obstacle) {
      if (obstacle.counts) effects.push({ kind: 'count-failure', token });
      skipped = { token, text: obstacle.text };
      continue;
    }
    const answer = askOrPassOver(token, password, attempt.prependPin, now, answers);
    if (answer === 'broken') {
      skipped = { token, text: `checking token ${token.serial} failed` };
      continue;
    }
    if ('question' in answer) return answer;
    given.push(answer);
  }
  return combine(given, effects, attempt, skipped);
}

/** Asked at every decision: a token that is read again under its lock may have been given to somebody else meanwhile. */
function belongsTo({ owner }: Token, subject: LoginSubject): boolean {
  if (subject.kind !== 'user') return true;
  return subject.owner.references.some(
    ({ resolver, userId }) => owner?.resolver === resolver && owner.userId === userId,
  );
}

function isMeant(token: Token, attempt: LoginAttempt): boolean {
  const { subject, typeLabel } = attempt;
  if (typeLabel !== null && tokenType(token.type).label.toLowerCase() !== typeLabel.toLowerCase())
    return false;
  return subject.kind !== 'user' || subject.serial === null || token.serial === subject.serial;
}

/** Why a token takes no part (spec/validate-api §2.5), and whether the attempt counts against it all the same. */
function obstacleOf(token: Token, attempt: LoginAttempt): { text: string; counts: boolean } | null {
  const { subject } = attempt;
  if (subject.kind === 'user' && token.realms.length > 0 && !token.realms.includes(subject.realm)) {
    return { text: 'Realm mismatch for token and user', counts: false };
  }
  if (!token.active) return { text: 'Token inactive', counts: false };
  if (token.failures >= token.maxFailures) return { text: 'Failcounter exceeded', counts: true };
  return null;
}

/** A token that cannot be checked (its seal does not open) takes no part; the user's other tokens go on. */
function askOrPassOver(...parts: Parameters<typeof askToken>): ReturnType<typeof askToken> | 'broken' {
  try {
    return askToken(...parts);
  } catch {
    return 'broken';
  }
}

function askToken(
  token: Token,
  password: string,
  prependPin: boolean,
  now: Date,
  answers: LoginAnswers,
): Answer | { readonly question: LoginQuestion } {
  const type = tokenType(token.type);
  const { pin, otp } = splitPassword(token, password, prependPin);
  const answer = {
    token,
    pinLength: [...pin].length,
    otpLength: type.hasOtp ? [...otp].length : null,
    spends: null,
  };
  if (!matchesPin(token.pin, pin)) return { ...answer, result: 'invalid' };
  const verification = type.verify(token, otp, now);
  switch (verification.kind) {
    case 'matched':
      return { ...answer, result: 'valid', spends: verification.spends };
    case 'mismatched':
      return { ...answer, result: 'pin-matching' };
    case 'hash-needed': {
      const { hash, candidate } = verification;
      const question = { kind: 'password-hash', hash, candidate } as const;
      const matches = answers(question);
      if (matches === undefined) return { question };
      if (!matches) return { ...answer, result: 'pin-matching' };
      return { ...answer, result: 'valid', spends: { nextCounter: 1, once: false } };
    }
  }
}

/** One verdict out of the tokens' answers (spec/validate-api §2.7). */
function combine(
  given: readonly Answer[],
  effects: LoginEffect[],
  attempt: LoginAttempt,
  skipped: { token: Token; text: string } | null,
): LoginDecision {
  const valid = given.filter((answer) => answer.result === 'valid');
  const [winner] = valid;
  if (winner && valid.length === 1) return accepted(winner, given, effects, attempt);
  if (valid.length > 1) {
    // Every matching value is spent: none of them may be replayed against the token that did not win.
    for (const { token, spends } of valid) {
      if (spends) effects.push({ kind: 'spend', token, spends });
    }
    const info = "UserError(description='multiple token match error', id=-33)";
    return rejected('several-tokens-match', 'Multiple valid tokens found!', effects, [], info);
  }
  const pinMatching = given.filter((answer) => answer.result === 'pin-matching');
  const blamed = pinMatching.length > 0 ? pinMatching : given;
  for (const { token } of blamed) effects.push({ kind: 'count-failure', token });
  const tokens = blamed.map((answer) => answer.token);
  if (pinMatching.length > 0) return rejected('wrong-otp', 'wrong otp value', effects, tokens);
  if (given.length > 0) return rejected('wrong-pin', 'wrong otp pin -1', effects, tokens);
  return rejected(
    'no-usable-token',
    skipped?.text ?? 'no token found!',
    effects,
    skipped ? [skipped.token] : [],
  );
}

function accepted(
  winner: Answer,
  given: readonly Answer[],
  effects: LoginEffect[],
  { subject, resetsFailures }: LoginAttempt,
): LoginDecision {
  const { token, pinLength, otpLength } = winner;
  const spends = winner.spends ?? { nextCounter: 1, once: false };
  effects.push({ kind: 'accept', token, spends, ...(!resetsFailures && { keepsFailures: true as const }) });
  for (const other of given) {
    if (resetsFailures && other !== winner && other.token.failures > 0) {
      effects.push({ kind: 'reset-failures', token: other.token });
    }
  }
  const who =
    subject.kind === 'user' ? `user '${subject.login}'@'${subject.realm}'` : `serial '${token.serial}'`;
  return {
    verdict: { kind: 'accepted', token, pinLength, otpLength },
    effects,
    facts: {
      succeeded: true,
      serial: token.serial,
      tokenType: tokenType(token.type).label,
      detail: `${who} successfully authenticated.`,
      ...(subject.kind === 'user' && { user: subject.login, realm: subject.realm }),
    },
  };
}

function rejected(
  reason: RejectReason,
  detail: string,
  effects: readonly LoginEffect[] = [],
  tokens: readonly Token[] = [],
  info = '',
): LoginDecision {
  return {
    verdict: { kind: 'rejected', reason },
    effects,
    facts: {
      succeeded: false,
      detail,
      info,
      serial: tokens.map((token) => token.serial).join(' '),
      tokenType: [...new Set(tokens.map((token) => tokenType(token.type).label))].join(' '),
    },
  };
}
