import { type Token, isAskedAlone, takesPart, tokenType } from '@app/tokens';

import { afterEffect } from './outcome/after-effect.js';
import type { Answer } from './ask/answer.js';
import { askOrPassOver, unasked } from './ask/ask-token.js';
import { sendingOf } from './outcome/challenge-tokens.js';
import { followStray } from './outcome/follow-stray.js';
import type { Challenge } from '../challenges/challenge.js';
import { decideAssignment } from '../assignment/decide-assignment.js';
import { type SkippedToken, combine } from './outcome/combine-answers.js';
import { boundGuesses } from '../guessing/guess-limits.js';
import { decideEnrolment } from '../enrolment/decide-enrolment.js';
import { decideElsewhere } from '../elsewhere/decide-elsewhere.js';
import { type Forwarding, usableServer } from '../elsewhere/forwarding.js';
import type { PinMode, Ruling } from '../policies/login-policies.js';
import {
  type LoginAnswers,
  type LoginAttempt,
  type LoginDecision,
  type LoginEffect,
  type LoginQuestion,
  type LoginSubject,
  type LoginUser,
  type OwnTokenUse,
  isPinImplied,
} from '../login.js';
import { forwardedTo, labelOf, targetOf } from './forwarded-token.js';
import { landOnTargets } from './outcome/land-on-targets.js';
import { telling } from './tell-record.js';
import { obstacleOf, targetObstacle } from './token-obstacle.js';
import { notEnrolled, rejected, withoutToken } from './verdicts.js';

/**
 * Decides one login: a pure function of the tokens as loaded, the attempt, the time and the answers from outside
 * (spec/validate-api §2.3 to §2.7, spec/policies §8.6 and §8.7). What is unclear is rejected.
 *
 * @param targets of forward tokens, as far as there are any
 */
export function decideLogin(
  tokens: readonly Token[],
  attempt: LoginAttempt,
  now: Date,
  answers: LoginAnswers,
  challenges: readonly Challenge[] = [],
  targets: readonly Token[] = [],
): LoginDecision | { readonly question: LoginQuestion } {
  const consulted = new Set(attempt.policies.ledBy);
  const ask = <T>(ruling: Ruling<T>): T => {
    for (const name of ruling.by) consulted.add(name);
    return ruling.value;
  };
  const decision = decide(tokens, attempt, now, answers, { challenges, targets, ask });
  if ('question' in decision) return decision;
  const authorized = authorizedOnly(decision, attempt, ask);
  const complete = followedUp(authorized, attempt, ask);
  return telling(boundGuesses(complete, attempt.guessing, now), consulted);
}

/** The PIN of a second factor is the password that is known by now (spec/validate-api §2.4, modes 1 and 3). */
const PIN_MODE_OF_OWN: Readonly<Partial<Record<OwnTokenUse, Ruling<PinMode>>>> = {
  'second-factor': { value: 'only-otp', by: [] },
  trial: { value: 'ignore-pin', by: [] },
};
const NOT_FORWARDED: Ruling<null> = { value: null, by: [] };

/** Takes note of the policies that a ruling is by. */
type Ask = <T>(ruling: Ruling<T>) => T;

interface Known {
  readonly challenges: readonly Challenge[];
  readonly targets: readonly Token[];
  readonly ask: Ask;
}

function decide(
  tokens: readonly Token[],
  attempt: LoginAttempt,
  now: Date,
  answers: LoginAnswers,
  { challenges, targets, ask }: Known,
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
  const forwarding = attempt.mayBeForwarded ? policies.forwarding() : NOT_FORWARDED;
  const forwarded = ask(forwarding);
  if (forwarded === 'unclear') {
    return rejected('not-authorized', `policy ${forwarding.by.join(', ')} cannot be read`);
  }
  const server = forwarded && usableServer(forwarded.servers);
  if (server !== null && subject.kind === 'user' && !forwarded?.onlyWithoutToken) {
    return decideElsewhere(server, attempt, subject, answers);
  }
  const theirs = tokens.filter((token) => belongsTo(token, subject));
  const named = subject.kind === 'user' && subject.onlyToken ? theirs.length : null;
  if (named !== null && named !== 1) {
    return rejected('not-one-token', named === 0 ? 'No token found!' : 'More than one token found!');
  }
  const candidates = theirs.filter(
    (token) => isMeant(token, attempt) && isOffered(token, attempt, challenges, targets),
  );
  if (candidates.length === 0) {
    // Nothing lets them in without one: their password is known, and this is the rest.
    if (attempt.own && (attempt.own !== 'login' || !hasNone(tokens, attempt))) {
      return rejected('no-token', 'no token of the user is meant');
    }
    if (subject.kind === 'token') return rejected('no-token', notFoundText(attempt, subject));
    // Of all their tokens: a request that names another serial or type does not make them a user without one.
    return hasNone(tokens, attempt)
      ? decideWithoutToken(attempt, subject, now, { answers, ask, forwarded })
      : rejected('no-token', 'User has no tokens assigned');
  }
  const { password } = attempt;
  const mayOmitPin = attempt.challenging.mayOmitPin && ask(policies.sendsSmsWithoutPin());
  const mayBeAsked = mayOmitPin || (attempt.challenging.asksUnproven && candidates.some(asksQuestions));
  if (password === null && !(mayBeAsked && candidates.length === 1)) {
    const missing = attempt.needsAuthorization ? 'Missing parameter:pass' : 'Missing parameter: pass';
    return rejected('no-password', '', [], [], `ERR905: ${missing}`);
  }
  const ruling = (attempt.own && PIN_MODE_OF_OWN[attempt.own]) ?? policies.pinMode();
  const pinMode = ask(ruling);

  const effects: LoginEffect[] = [];
  const given: Answer[] = [];
  let skipped: SkippedToken | null = null;
  for (const stored of candidates.toSorted(serversLast(targets))) {
    const target = targetOf(stored, targets);
    const token = target ? forwardedTo(stored, target) : stored;
    const obstacle = obstacleOf(token, attempt, now);
    if (obstacle) {
      const end = obstacle.isExhausted ? ask(policies.endOfExhausted()) : null;
      if (obstacle.counts && end !== 'remove') effects.push({ kind: 'count-failure', token });
      if (end) effects.push({ kind: end, token });
      if (obstacle.text !== null) skipped = { token, text: obstacle.text, isForNow: obstacle.isForNow };
      continue;
    }
    if (pinMode === null) {
      const unreadable = `policy ${ruling.by.join(', ')} cannot be read`;
      skipped = {
        token,
        text: ruling.by.length > 0 ? unreadable : 'Multiple realms for token found.',
        isForNow: false,
      };
      continue;
    }
    const hindrance = targetObstacle(stored, target, attempt, now);
    if (hindrance) {
      if (target && hindrance.counts && !ask(policies.leavesFailuresOfTarget())) {
        effects.push({ kind: 'count-failure', token: target });
      }
      if (hindrance.text !== null) skipped = { token, text: hindrance.text, isForNow: hindrance.isForNow };
      continue;
    }
    const { challenge, server: asksServer } = tokenType(token.type);
    // Whoever is let in already is let in whatever somebody else's server says: it is not kept waiting for, nor told.
    if (asksServer && given.some(({ result }) => result === 'valid')) {
      given.push(unasked(token));
      continue;
    }
    const mayAsk = challenge !== null && !isAskedAlone(challenge);
    const isChallenged = mayAsk && (asksAlways(attempt) || ask(policies.isChallenged(labelOf(token))));
    const wanted = challenge?.asks ? attempt.challenging.question.callback : null;
    const callback = wanted ? ask(policies.callback(wanted.id)) : '';
    const asking = {
      attempt,
      password,
      mode: pinMode,
      isChallenged,
      callback,
      mayOmitPin,
      challenges,
      now,
      answers,
    };
    const answer = askOrPassOver(token, asking);
    if (answer === 'broken') {
      skipped = { token, text: `checking token ${token.serial} failed`, isForNow: false };
      continue;
    }
    if ('question' in answer) return answer;
    if ('unanswered' in answer) {
      const text = `checking token ${token.serial} failed`;
      skipped = { token, text, isForNow: false, info: answer.unanswered };
      continue;
    }
    given.push(answer);
  }
  const followed = followStray(given, attempt, now, answers);
  if ('question' in followed) return followed;
  const decision = combine(followed, effects, attempt, now, pinMode, skipped);
  const leavesFailures = targets.length > 0 && ask(policies.leavesFailuresOfTarget());
  return landOnTargets(decision, leavesFailures);
}

/** Those last that somebody else's server decides about; the others as they come. */
function serversLast(targets: readonly Token[]): (one: Token, other: Token) => number {
  const rank = (token: Token) => (tokenType((targetOf(token, targets) ?? token).type).server ? 1 : 0);
  return (one, other) => rank(one) - rank(other);
}

/** A user who has no token at all, anywhere (spec/validate-api §2.3, rows 3 and 4a to 4g). */
function decideWithoutToken(
  attempt: LoginAttempt,
  subject: LoginUser,
  now: Date,
  { answers, ask, forwarded }: { answers: LoginAnswers; ask: Ask; forwarded: Forwarding | null },
): LoginDecision | { readonly question: LoginQuestion } {
  const { password, policies, acceptsUsersWithoutToken } = attempt;
  const assigned = decideAssignment(attempt, subject, now, { answers, ask });
  if (assigned) return assigned;
  const enrolment = decideEnrolment(attempt, subject, { answers, ask });
  if (enrolment && !('error' in enrolment)) return enrolment;
  if (attempt.own) {
    return enrolment
      ? notEnrolled(enrolment.error, enrolment.info)
      : rejected('no-token', 'User has no tokens assigned');
  }
  if (acceptsUsersWithoutToken) return withoutToken('authenticated by PassOnUserNoToken', subject);
  if (ask(policies.checksDirectory())) {
    const detail = 'Authenticated against Resolver';
    if (!password) return rejected('wrong-password', detail);
    const guess = { kind: 'password-attempt' } as const;
    const mayTry = answers(guess);
    if (mayTry === undefined) return { question: guess };
    if (!mayTry) return rejected('wrong-password', detail, [], [], 'not asked: too many wrong passwords');
    const question = { kind: 'user-password', candidate: password } as const;
    const matches = answers(question);
    if (matches === undefined) return { question };
    return matches ? withoutToken(detail, subject) : rejected('wrong-password', detail);
  }
  if (ask(policies.passesWithoutToken())) {
    return withoutToken('Authenticated by passOnNoToken policy', subject);
  }
  if (forwarded?.onlyWithoutToken) {
    const server = usableServer(forwarded.servers);
    return server === null
      ? rejected('no-token', 'Not forwarded (no servers)')
      : decideElsewhere(server, attempt, subject, answers);
  }
  if (enrolment) return notEnrolled(enrolment.error, enrolment.info);
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

/** Who logged in by SMS gets the next one at once, where a policy says so (spec/token-types §8, `autosms`). */
function followedUp(decision: LoginDecision, { policies }: LoginAttempt, ask: Ask): LoginDecision {
  const { verdict, effects } = decision;
  if (verdict.kind !== 'accepted' || !verdict.token) return decision;
  const { token } = verdict;
  const sends = tokenType(token.type).challenge?.sends;
  const acceptance = effects.find(({ kind }) => kind === 'accept');
  if (sends?.by !== 'sms' || !acceptance || !ask(policies.sendsNextSms())) return decision;
  const left = afterEffect(acceptance) ?? token;
  return {
    ...decision,
    verdict: { ...verdict, nextCounter: sends.next(left, 0n) },
    effects: [...effects, ...sendingOf(left)],
  };
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
    case 'answer':
      return [{ ...effect, isAccepted: false }];
    default:
      return [effect];
  }
}

function notFoundText(
  { password, needsAuthorization }: LoginAttempt,
  { serial, notFound }: Extract<LoginSubject, { readonly kind: 'token' }>,
): string {
  const isTrigger = password === null && !needsAuthorization;
  return isTrigger
    ? `No token found: unable to create challenge for ${serial}`
    : (notFound ?? 'no token found!');
}

/** Asked at every decision: a token that is read again under its lock may have been given to somebody else meanwhile. */
function belongsTo({ owner }: Token, subject: LoginSubject): boolean {
  if (subject.kind !== 'user') return true;
  return subject.owner.references.some(
    ({ resolver, userId }) => owner?.resolver === resolver && owner.userId === userId,
  );
}

function asksQuestions({ type }: Token): boolean {
  return tokenType(type).challenge?.asks !== undefined;
}

function isMeant(token: Token, attempt: LoginAttempt): boolean {
  const { subject, typeLabel } = attempt;
  if (typeLabel !== null && tokenType(token.type).label.toLowerCase() !== typeLabel.toLowerCase())
    return false;
  return subject.kind !== 'user' || subject.serial === null || token.serial === subject.serial;
}

function hasNone(tokens: readonly Token[], { hasOtherTokens }: LoginAttempt): boolean {
  return tokens.length === 0 && !hasOtherTokens;
}

/** Whether a right PIN asks for the OTP whatever policies say. */
function asksAlways({ own }: LoginAttempt): boolean {
  return isPinImplied(own);
}

/** Of a user's own tokens: what is no factor of its own is no second one, and who answers a challenge does so by what was asked. */
function isOffered(
  token: Token,
  attempt: LoginAttempt,
  challenges: readonly Challenge[],
  targets: readonly Token[],
): boolean {
  const { own, transaction } = attempt;
  if (own === undefined) return true;
  const { hasOtp, challenge } = tokenType((targetOf(token, targets) ?? token).type);
  if (own !== 'trial' && !hasOtp && !challenge?.device && !challenge?.key) return false;
  // Nor is one whose device is yet to answer for the first time.
  if (own !== 'trial' && !token.active && takesPart(token)) return false;
  return (
    transaction === null ||
    (transaction !== 'unknown' &&
      challenges.some(({ tokenId, root }) => tokenId === token.id && root === transaction.root))
  );
}
