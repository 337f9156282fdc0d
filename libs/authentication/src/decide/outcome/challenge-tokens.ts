import { type Token, challengeSeconds, partitionOf, tokenType } from '@app/tokens';

import {
  MOST_TOGETHER,
  type NewChallenge,
  challengeLimit,
  challengePrompt,
  dataOf,
  noneSince,
  rootOfSeveral,
  transactionId,
  withPinImplied,
} from '../../challenges/challenge.js';
import {
  type AskedToken,
  type LoginAttempt,
  type LoginDecision,
  type LoginEffect,
  type Verdict,
  isPinImplied,
} from '../../login.js';
import { askedFirst } from '../ask/ask-device.js';
import type { Answer } from '../ask/answer.js';
import { named } from '../verdicts.js';

/** What a record says while messages are on their way: another one says what became of them. */
const BEING_SENT = 'challenge is being sent';
export const CREATED = 'challenge created';
/** No message is sent, since one was just now. */
const SENT_BEFORE = 'challenge already submitted';

/** Each of them is asked (spec/validate-api §3.3, §3.6); no failure is counted or forgotten. */
export function challenged(
  triggering: readonly Answer[],
  refused: readonly Answer[],
  effects: LoginEffect[],
  attempt: LoginAttempt,
  now: Date,
): LoginDecision {
  const { id, wantsSms } = attempt.challenging;
  const asked = triggering.slice(0, MOST_TOGETHER);
  const isAlone = asked.length === 1;
  const root = isAlone ? id : rootOfSeveral(id);
  const challenges = asked.map((answer, index): AskedToken => {
    const { token } = answer;
    if (answer.asked) {
      effects.push({ kind: 'rely', token });
      return askedBefore(token, transactionId(answer.asked));
    }
    const { data, answered, poses, signs } = answer;
    const place = { root, place: isAlone ? 0 : index + 1 };
    const transaction = transactionId(place);
    const question = poses?.(transaction);
    const signed = signs?.(transaction);
    if (signed && 'refusal' in signed) throw new Error(signed.refusal);
    const made = newChallenge(answer, place, question?.kept.message ?? null, attempt, now);
    const asksFor = question?.kept.data ?? signed?.kept ?? data ?? made.data;
    const kept = isPinImplied(attempt.own) ? withPinImplied(asksFor) : asksFor;
    const challenge = { ...made, ...(kept && { data: kept }) };
    if (answered) effects.push({ kind: 'answer', token, challenge: answered, isAccepted: false });
    effects.push({ kind: 'challenge', token, challenge }, ...askedFirst(token), ...sendingOf(token));
    return {
      transaction,
      message: question?.message ?? challenge.message,
      token,
      ...(question && { question: question.data }),
      ...(signed && { signRequest: signed.request }),
    };
  });
  const [first] = challenges;
  const transaction = isAlone && first ? first.transaction : root;
  const leftOut = [...refused, ...triggering.slice(MOST_TOGETHER)].map(({ token }) => token);
  const verdict = { kind: 'challenged', transaction, challenges } as const;
  const made = effects.filter((effect) => effect.kind === 'challenge');
  const isSending = made.some((effect) => effect.challenge.counter !== null);
  return {
    verdict,
    effects,
    facts: {
      succeeded: wantsSms && !isSending && asksBySms(verdict),
      detail: isSending ? BEING_SENT : made.length > 0 ? CREATED : SENT_BEFORE,
      ...failedFor(leftOut),
      ...named(asked.map(({ token }) => token)),
    },
  };
}

/** Whether an SMS is all that the user is asked by: what `/validate/smspin` is for (spec/validate-api §1.10). */
export function asksBySms(verdict: Verdict): boolean {
  const [asked, ...others] = verdict.kind === 'challenged' ? verdict.challenges : [];
  return others.length === 0 && asked !== undefined && sendsOf(asked.target ?? asked.token)?.by === 'sms';
}

/** Of the record: tokens that were not asked although others were. */
export function failedFor(tokens: readonly Pick<Token, 'serial'>[]): { readonly info?: string } {
  return tokens.length === 0 ? {} : { info: `Failed for ${listed(tokens)}` };
}

export function listed(tokens: readonly Pick<Token, 'serial'>[]): string {
  return `[${tokens.map(({ serial }) => `'${serial}'`).join(', ')}]`;
}

function askedBefore(token: Token, transaction: string): AskedToken {
  const message = sendsOf(token)?.already ?? '';
  return { transaction, message, token, wasAsked: true };
}

function newChallenge(
  { token, toShow }: Answer,
  { root, place }: Pick<NewChallenge, 'root' | 'place'>,
  message: string | null,
  { challenging: { realm, settings, drawn }, device: terms }: LoginAttempt,
  now: Date,
): NewChallenge {
  const sends = sendsOf(token);
  const limit = challengeLimit(settings, now);
  const made = {
    root,
    place,
    message: message ?? challengePrompt(token, settings),
    realm,
    seconds: challengeSeconds(token, settings),
    madeAt: now,
    limit: sends ? noneSince(token, limit) : limit,
    counter: sends ? sends.next(token, drawn) : null,
  };
  const { device } = tokenType(token.type).challenge ?? {};
  if (!device || !toShow) return made;
  const key = terms?.keys.get(partitionOf(token) ?? -1);
  if (!key) throw new Error('the partition of the token has no key');
  const sealed = { transaction: transactionId(made), salt: drawn };
  const payload = device.seal(token, toShow, { ...sealed, at: now }, key);
  return {
    ...made,
    // The client shows it, unless the device is told by itself.
    message: device.isPushed ? '' : device.url(settings.appScheme, payload),
    counter: device.isPushed ? drawn : null,
    data: dataOf({ payload, salt: drawn }),
  };
}

/** A message uses up its value before it goes out, whatever becomes of it: no value is sent twice. */
export function sendingOf(token: Token): LoginEffect[] {
  const sends = sendsOf(token);
  const spends = sends?.spends(token) ?? null;
  const info = sends?.keeps?.(null);
  return [
    ...(spends ? [{ kind: 'spend', token, spends } as const] : []),
    ...(info ? [{ kind: 'remember', token, info } as const] : []),
  ];
}

function sendsOf({ type }: Token) {
  return tokenType(type).challenge?.sends;
}
