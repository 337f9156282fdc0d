import { type Spending, type Token, matchesPin, tokenType } from '@app/tokens';

import { countUses } from './count-uses.js';
import { keptTime } from './kept-time.js';
import type { PinMode, Ruling } from './login-policies.js';
import type {
  LoginAnswers,
  LoginAttempt,
  LoginDecision,
  LoginEffect,
  LoginQuestion,
  LoginSubject,
  LoginUser,
  RejectReason,
} from './login.js';
import { splitPassword } from './split-password.js';
import { telling } from './tell-record.js';
import { obstacleOf } from './token-obstacle.js';

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
 * (spec/validate-api §2.3 to §2.7, spec/policies §8.6 and §8.7). What is unclear is rejected.
 */
export function decideLogin(
  tokens: readonly Token[],
  attempt: LoginAttempt,
  now: Date,
  answers: LoginAnswers,
): LoginDecision | { readonly question: LoginQuestion } {
  const consulted = new Set(attempt.policies.ledBy);
  const ask = <T>(ruling: Ruling<T>): T => {
    for (const name of ruling.by) consulted.add(name);
    return ruling.value;
  };
  const decision = decide(tokens, attempt, now, answers, ask);
  if ('question' in decision) return decision;
  const authorized = authorizedOnly(decision, attempt, ask);
  return telling(authorized, consulted);
}

/** Takes note of the policies that a ruling is by. */
type Ask = <T>(ruling: Ruling<T>) => T;

function decide(
  tokens: readonly Token[],
  attempt: LoginAttempt,
  now: Date,
  answers: LoginAnswers,
  ask: Ask,
): LoginDecision | { readonly question: LoginQuestion } {
  const { subject, policies } = attempt;
  if (attempt.needsAuthorization && !ask(policies.mayAuthenticate())) {
    const who = subject.kind === 'token' ? '@' : `${subject.login}@${subject.realm}`;
    const info = `ERR510: Authorization on client ${policies.client} failed for ${who}.`;
    return rejected('not-authorized', '', [], [], info);
  }
  if (subject.kind === 'nobody') {
    return subject.isUnknown && attempt.acceptsUnknownUsers
      ? withoutToken('authenticated by PassOnUserNotFound', subject)
      : rejected('unknown-user', 'User not found');
  }
  const theirs = tokens.filter((token) => belongsTo(token, subject));
  const named = subject.kind === 'user' && subject.onlyToken ? theirs.length : null;
  if (named !== null && named !== 1) {
    return rejected('not-one-token', named === 0 ? 'No token found!' : 'More than one token found!');
  }
  const candidates = theirs.filter((token) => isMeant(token, attempt));
  if (candidates.length === 0) {
    if (subject.kind === 'token') return rejected('no-token', subject.notFound ?? 'no token found!');
    // Of all their tokens: a request that names another serial or type does not make them a user without one.
    const hasNone = tokens.length === 0 && !attempt.hasOtherTokens;
    return hasNone
      ? decideWithoutToken(attempt, subject, answers, ask)
      : rejected('no-token', 'User has no tokens assigned');
  }
  const { password } = attempt;
  if (password === null) {
    return rejected('no-password', '', [], [], 'ERR905: Missing parameter:pass');
  }
  const ruling = policies.pinMode();
  const pinMode = ask(ruling);

  const effects: LoginEffect[] = [];
  const given: Answer[] = [];
  let skipped: { token: Token; text: string } | null = null;
  for (const token of candidates) {
    const obstacle = obstacleOf(token, attempt, now);
    if (obstacle) {
      const end = obstacle.isExhausted ? ask(policies.endOfExhausted()) : null;
      if (obstacle.counts && end !== 'remove') effects.push({ kind: 'count-failure', token });
      if (end) effects.push({ kind: end, token });
      if (obstacle.text !== null) skipped = { token, text: obstacle.text };
      continue;
    }
    if (pinMode === null) {
      const unreadable = `policy ${ruling.by.join(', ')} cannot be read`;
      skipped = { token, text: ruling.by.length > 0 ? unreadable : 'Multiple realms for token found.' };
      continue;
    }
    const answer = askOrPassOver(token, password, pinMode, attempt.prependPin, now, answers);
    if (answer === 'broken') {
      skipped = { token, text: `checking token ${token.serial} failed` };
      continue;
    }
    if ('question' in answer) return answer;
    given.push(answer);
  }
  return combine(given, effects, attempt, now, pinMode, skipped);
}

/** A user who has no token at all, anywhere (spec/validate-api §2.3, rows 4c to 4e). */
function decideWithoutToken(
  { password, policies, acceptsUsersWithoutToken }: LoginAttempt,
  subject: LoginUser,
  answers: LoginAnswers,
  ask: Ask,
): LoginDecision | { readonly question: LoginQuestion } {
  if (acceptsUsersWithoutToken) return withoutToken('authenticated by PassOnUserNoToken', subject);
  if (ask(policies.checksDirectory())) {
    const detail = 'Authenticated against Resolver';
    if (!password) return rejected('wrong-password', detail);
    const attempt = { kind: 'password-attempt' } as const;
    const mayTry = answers(attempt);
    if (mayTry === undefined) return { question: attempt };
    if (!mayTry) return rejected('wrong-password', detail, [], [], 'not asked: too many wrong passwords');
    const question = { kind: 'user-password', candidate: password } as const;
    const matches = answers(question);
    if (matches === undefined) return { question };
    return matches ? withoutToken(detail, subject) : rejected('wrong-password', detail);
  }
  if (ask(policies.passesWithoutToken())) {
    return withoutToken('Authenticated by passOnNoToken policy', subject);
  }
  return rejected('no-token', 'User has no tokens assigned');
}

/**
 * What tokens may be used, asked once one was (spec/validate-api §1.3, step 3): its value is spent, as LinOTP commits
 * it, but the token has not been accepted.
 */
function authorizedOnly(decision: LoginDecision, attempt: LoginAttempt, ask: Ask): LoginDecision {
  const { verdict, effects } = decision;
  if (verdict.kind !== 'accepted' || !attempt.needsAuthorization) return decision;
  const { policies } = attempt;
  const { token } = verdict;
  const label = token && tokenType(token.type).label;
  const serial = token?.serial ?? '';
  const typed = ask(policies.allowsType(label));
  if (typed && ask(policies.allowsSerial(serial))) return decision;
  const [action, withType] = typed ? ['serial', ''] : ['tokentype', ` with type ${label ?? ''}`];
  return rejected(
    'not-authorized',
    `failed due to authorization/${action} policy`,
    effects.flatMap(withoutAcceptance),
    token ? [token] : [],
    `ERR510: Authorization for token ${serial}${withType} failed on client ${policies.client}`,
  );
}

function withoutAcceptance(effect: LoginEffect): LoginEffect[] {
  switch (effect.kind) {
    case 'accept':
      return [{ ...effect, kind: 'spend' }];
    case 'reset-failures':
      return [];
    case 'count-use':
      return effect.attempts === 0 ? [] : [{ ...effect, successes: 0 }];
    case 'keep-time':
      return [{ ...effect, isSuccess: false }];
    default:
      return [effect];
  }
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
  mode: PinMode,
  prependPin: boolean,
  now: Date,
  answers: LoginAnswers,
): Answer | { readonly question: LoginQuestion } {
  const type = tokenType(token.type);
  const { pin, otp } =
    mode === 'only-otp' && type.hasOtp
      ? { pin: '', otp: password }
      : splitPassword(token, password, prependPin);
  const parts = {
    token,
    pinLength: [...pin].length,
    otpLength: type.hasOtp ? [...otp].length : null,
    spends: null,
  };
  if (!hasRightPin(token, pin, mode)) return { ...parts, result: 'invalid' };
  const verified = verifyOtp(token, otp, now, answers);
  if (verified && 'question' in verified) return verified;
  // The directory is asked last, and not at all for a wrong OTP: then nothing is known about the password.
  if (!verified) return { ...parts, result: mode === 'user-password' ? 'invalid' : 'pin-matching' };
  if (mode === 'user-password') {
    const question = { kind: 'user-password', candidate: pin } as const;
    const matches = pin !== '' && answers(question);
    if (matches === undefined) return { question };
    if (!matches) return { ...parts, result: 'invalid' };
  }
  return { ...parts, result: 'valid', spends: verified };
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

/** One verdict out of the tokens' answers (spec/validate-api §2.7). */
function combine(
  given: readonly Answer[],
  effects: LoginEffect[],
  attempt: LoginAttempt,
  now: Date,
  pinMode: PinMode | null,
  skipped: { token: Token; text: string } | null,
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
  if (winner && isAccepted) return accepted(winner, given, effects, attempt);
  if (valid.length > 1) {
    // Every matching value is spent: none of them may be replayed against the token that did not win.
    for (const answer of valid) {
      const { token, spends } = answer;
      if (spends) effects.push({ kind: 'spend', token, spends });
      effects.push(...countUses(answer, 'spent'));
    }
    const info = "UserError(description='multiple token match error', id=-33)";
    return rejected('several-tokens-match', 'Multiple valid tokens found!', effects, [], info);
  }
  const pinMatching = given.filter((answer) => answer.result === 'pin-matching');
  const blamed = pinMatching.length > 0 ? pinMatching : given;
  const part = pinMatching.length > 0 ? 'pin-matching' : 'invalid';
  for (const answer of blamed) {
    effects.push({ kind: 'count-failure', token: answer.token }, ...countUses(answer, part));
  }
  const tokens = blamed.map((answer) => answer.token);
  if (pinMatching.length > 0) return rejected('wrong-otp', 'wrong otp value', effects, tokens);
  if (given.length > 0) {
    const detail = pinMode === 'user-password' ? 'wrong user password -1' : 'wrong otp pin -1';
    return rejected('wrong-pin', detail, effects, tokens);
  }
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
  effects.push(...countUses(winner, 'accepted'));
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

function withoutToken(
  detail: string,
  { login, realm }: { readonly login: string; readonly realm: string },
): LoginDecision {
  return {
    verdict: { kind: 'accepted', token: null },
    effects: [],
    facts: { succeeded: true, detail, user: login, realm },
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
