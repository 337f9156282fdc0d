import { type DeviceAnswer, type DeviceChallenge, partitionOf, stageIn, tokenType } from '@app/tokens';
import type { InfoChanges, Token, TokenInfo } from '@app/tokens';

import { type Challenge, sealedIn } from '../../challenges/challenge.js';
import type { LoginEffect } from '../../login.js';
import type { Answer, Asking } from './answer.js';
import { isForwarded } from '../forwarded-token.js';

/** What LinOTP counts for an answer: it is good once, by its challenge. */
const SPENDS = { nextCounter: 2, once: false } as const;

/**
 * Whether a device's answer is right (spec/token-types §18.3, §19.3): by the challenge that it is for, which is among those that
 * the login names.
 *
 * @param meant open challenges of the token
 */
export function answeredByDevice(
  token: Token,
  device: DeviceChallenge,
  meant: readonly Challenge[],
  { attempt, password }: Asking,
): Answer {
  const { confirms, challenging } = attempt;
  const given = password ?? '';
  const answer: DeviceAnswer =
    confirms === null ? { kind: 'text', text: given } : { kind: confirms, signature: given };
  const parts = {
    token,
    pinLength: 0,
    otpLength: [...given].length,
    spends: null,
    stray: null,
    remembers: null,
  };
  const misfit = device.misfit(answer);
  const type = tokenType(token.type).pairing?.type;
  const most = type ? challenging.settings.mostMisses[type] : 0;
  const answered = misfit
    ? undefined
    : meant.find((challenge) => {
        const asked = challenge.receivedCount <= most ? sealedIn(challenge) : null;
        return asked !== null && device.isAnswered(token, asked, answer);
      });
  if (!answered) {
    const missed = meant.map(({ id }) => id);
    return { ...parts, result: 'invalid', answered: null, missed, ...(misfit && { refusal: misfit }) };
  }
  return { ...parts, result: 'valid', spends: SPENDS, answered, missed: null };
}

/** What a trigger comes to: a question for the device, or the reason why there can be none. */
export function deviceQuestion(device: DeviceChallenge, asked: Answer, { attempt }: Asking): Answer {
  const { token, result } = asked;
  // A wrong PIN is no answer of the device: whoever guesses must not use up its challenges.
  if (result !== 'trigger') return { ...asked, missed: null };
  const terms = attempt.device;
  const type = tokenType(token.type).pairing?.type;
  if (!terms || !type) return { ...asked, result: 'not-asked', refusal: 'nothing can be asked' };
  if (isForwarded(token) && !token.target.active) {
    return { ...asked, result: 'not-asked', refusal: 'the target is yet to be activated' };
  }
  const places = terms.policies.places(type, terms.asked.callbackId);
  const question = 'refusal' in places ? places : device.question(token, terms.asked, places);
  if ('refusal' in question) return { ...asked, result: 'not-asked', refusal: question.refusal };
  const partition = partitionOf(token);
  if (partition === null || !terms.keys.has(partition)) {
    return { ...asked, result: 'not-asked', refusal: `partition ${partition} has no key` };
  }
  return { ...asked, toShow: question };
}

/** That the device of a token is asked for the first time, and what that relies on. */
export function askedFirst(token: Token): LoginEffect[] {
  const { pairing } = tokenType(token.type);
  if (!pairing || stageIn(pairing, token) !== 'paired') return [];
  return [stateChange(token, pairing.states.paired, pairing.states.asked)];
}

/** That the token can be used from now on, since its device has answered for the first time: not by saying no. */
export function completedBy({ token }: Pick<Answer, 'token'>, isDeclined: boolean): LoginEffect[] {
  const { pairing } = tokenType(token.type);
  if (!pairing || isDeclined || stageIn(pairing, token) !== 'asked') return [];
  return [
    stateChange(token, pairing.states.asked, pairing.states.complete),
    ...(token.active ? [] : [{ kind: 'enable', token } as const]),
  ];
}

function stateChange(token: Token, from: string, to: string): LoginEffect {
  const info: InfoChanges = { state: to };
  const recalled: TokenInfo = { state: from };
  return { kind: 'remember', token, info, recalled };
}
