import { type Token, takesPart, tokenType } from '@app/tokens';

import { CREATED, asksBySms, failedFor, listed } from '../decide/outcome/challenge-tokens.js';
import { storedOf } from '../decide/forwarded-token.js';
import { named, rejected } from '../decide/verdicts.js';
import type { AskedToken, LoginDecision, LoginEffect, Verdict } from '../login.js';
import type { NewChallenge } from '../challenges/challenge.js';

/** A message that has to be sent. */
export interface Sending {
  readonly token: Token;
  /** Of its OTP. */
  readonly counter: bigint;
  /** `null`: the next login is to be by it, whenever that is. */
  readonly challenge: NewChallenge | null;
}

/** By what it is decided what becomes of a message. */
export interface DeliveryTerms {
  /** How long the OTP of an SMS is good. */
  readonly smsSeconds: number;
  /** An SMS is what the login was for. */
  readonly wantsSms: boolean;
  /** The token that was enrolled for this login, if one was: it goes again where nothing could be sent. */
  readonly enrolled: Token | null;
}

/** What became of its message. */
export interface Delivered extends Sending {
  readonly isSent: boolean;
  /** Where it was not sent: it cannot have arrived all the same. */
  readonly isLost: boolean;
  /** For the user, where it was not. */
  readonly text: string;
  /** For the record. */
  readonly reason: string;
}

/**
 * What a login that asked by messages comes to, now that it is known which of them were sent: a pure function of the tokens
 * as they are now. Failing ones are left out (spec/validate-api §3.6); where none is left, the login is refused.
 *
 * @param asked everything that was to be asked, without a message, too
 */
export function decideDelivery(
  tokens: readonly Token[],
  asked: Extract<Verdict, { readonly kind: 'challenged' }>,
  deliveries: readonly Delivered[],
  { smsSeconds, wantsSms, enrolled }: DeliveryTerms,
  now: Date,
): LoginDecision {
  const isThere = ({ token }: Sending) => isAllStillMeant(token, tokens);
  const effects = deliveries.flatMap((delivery) => effectsOf(delivery, tokens, smsSeconds, now));
  const failed = deliveries.filter((delivery) => !delivery.isSent || !isThere(delivery));
  const left = asked.challenges.filter((one) => !failed.some((delivery) => isOf(delivery, one)));
  const reasons = failed.map(({ token, text, reason }) => `${token.serial}: ${reason || text || 'gone'}`);
  if (left.length === 0) {
    const gone = failed.map(({ token }) => token);
    const [only, ...others] = failed;
    const detail =
      only && others.length === 0
        ? only.text
        : `None of the available tokens triggered a challenge: ${listed(gone)}`;
    const removals = removalOf(enrolled, tokens, failed);
    const told = removals.map(({ token }) => `${token.serial} removed`);
    const ends = [...effects, ...removals];
    return rejected('not-delivered', detail, ends, gone, [...reasons, ...told].join('; '));
  }
  const verdict = { ...asked, challenges: left };
  const { info } = failedFor(failed.map(({ token }) => token));
  return {
    verdict,
    effects,
    facts: {
      succeeded: wantsSms && asksBySms(verdict),
      detail: CREATED,
      ...(info !== undefined && { info: [info, ...reasons].join('; ') }),
      ...named(left.map(({ token }) => token)),
    },
  };
}

/** The same of a message behind a login: it was not asked for, and nobody waits for it. */
export function decideFollowUp(
  tokens: readonly Token[],
  delivery: Delivered,
  { smsSeconds }: DeliveryTerms,
  now: Date,
): LoginDecision {
  const { token, isSent, text, reason } = delivery;
  return {
    // Nobody reads it.
    verdict: { kind: 'rejected', reason: 'not-delivered' },
    effects: effectsOf(delivery, tokens, smsSeconds, now),
    facts: {
      succeeded: isSent,
      detail: isSent ? 'sms for the next login submitted' : text,
      info: reason,
      ...named([token]),
    },
  };
}

/** Not where others were asked by it meanwhile, which moves its counter, or somebody changed it. */
function removalOf(enrolled: Token | null, tokens: readonly Token[], failed: readonly Sending[]) {
  const left = failed.find(({ token }) => token.id === enrolled?.id)?.token;
  const token = left && tokens.find(({ id }) => id === left.id);
  if (!token || token.revision !== left.revision || token.counter !== left.counter) return [];
  return [{ kind: 'remove', token, counterBelow: left.counter + 1 } as const];
}

/** So does, of a forward token, its target. @param tokens as they are now */
function isAllStillMeant(asked: Token, tokens: readonly Token[]): boolean {
  return storedOf(asked).every((one) => {
    const found = tokens.find(({ id }) => id === one.id);
    return found !== undefined && isStillMeant(found, one);
  });
}

/** It sends to whom the message went, and may be used. */
function isStillMeant(found: Token, asked: Token): boolean {
  const recipientOf = ({ type, info }: Token) =>
    tokenType(type).challenge?.sends?.recipient(info) ?? info['gda'];
  return (
    takesPart(found) &&
    found.owner?.resolver === asked.owner?.resolver &&
    found.owner?.userId === asked.owner?.userId &&
    recipientOf(found) === recipientOf(asked)
  );
}

function isOf({ token }: Sending, asked: AskedToken): boolean {
  return asked.token.id === token.id;
}

/**
 * The OTP of an SMS counts from now on, and for so long: nobody is let in by one that is not known to have been sent. What has
 * certainly reached nobody does not count against the limit of triggers. Relied on for an SMS is that nobody changed the token
 * since: who has it by now, or the new number, did not get it.
 *
 * @param tokens as they are now
 */
function effectsOf(
  { token: asked, challenge, isSent, isLost }: Delivered,
  tokens: readonly Token[],
  smsSeconds: number,
  now: Date,
): LoginEffect[] {
  const found = tokens.find(({ id }) => id === asked.id);
  const token = found ?? asked;
  const isGood = isSent && isAllStillMeant(asked, tokens);
  const givesBack = !isSent && isLost && found !== undefined;
  const goodUntil = new Date(now.getTime() + smsSeconds * 1000);
  const info = isGood && tokenType(asked.type).challenge?.sends?.keeps?.(goodUntil);
  // What is known of the message is known of the token whose OTP it is: of a forward token, its target.
  const whose = storedOf(asked).at(-1) ?? token;
  const holder = tokens.find(({ id }) => id === whose.id) ?? whose;
  return [
    ...(challenge ? [{ kind: 'deliver', token, challenge, isSent: isGood, givesBack } as const] : []),
    ...(info ? [{ kind: 'remember', token: holder, info, recalled: {} } as const] : []),
  ];
}
