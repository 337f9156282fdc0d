import { timeStepAt } from '@app/otp';

import type { Token, TokenTime } from '../../token.js';
import {
  FIRST_VALUE,
  type Followed,
  NOT_FOLLOWED,
  followedWindow,
  memoryOf,
  rememberedFirst,
  remembering,
} from '../auto-resync.js';
import { search, seedPlan, valueAt } from '../hotp/hotp-token.js';
import { FORGOTTEN_FIRST } from '../after-restore.js';
import { ASKS_FOR_OTP, type Spending, type TokenType } from '../token-type.js';

/** The second value may be so many steps behind the first: who types it takes a while. */
const MOST_STEPS_BETWEEN = 3;

/** Time-based one-time passwords (RFC 6238; spec/token-types §5). */
export const totpToken: TokenType = {
  id: 'totp',
  label: 'TOTP',
  serialPrefix: 'TOTP',
  hasOtp: true,
  seedForm: 'bytes',
  challenge: ASKS_FOR_OTP,

  plan(request, defaults) {
    const hash = request.hash ?? 'sha1';
    return {
      secret: seedPlan(request, hash),
      digits: request.digits,
      hash,
      time: { ...defaults.time, ...request.time },
    };
  },

  verify(token, otp, now) {
    const spends = match(token, otp, now);
    return spends ? { kind: 'matched', spends } : { kind: 'mismatched' };
  },

  // The window is that of a login (spec/token-types §5, "exists").
  find: (token, otp, _count, now) => match(token, otp, now),

  upcoming(token, count, now) {
    const { stepSeconds, shiftSeconds } = timeOf(token);
    const first = currentStep(token, now);
    return Array.from({ length: count }, (_, place) => {
      const counter = first + place;
      const from = new Date((counter * stepSeconds - shiftSeconds) * 1000);
      return { counter, otp: valueAt(token, counter), from };
    });
  },

  resync(token, otp1, otp2, now) {
    const time = timeOf(token);
    const step = stepAt(time, now);
    const from = Math.max(token.counter, step - 1 - token.syncWindow, 0);
    const first = search(token, otp1, from, step - 1 + token.syncWindow - from);
    if (first === null || search(token, otp2, first + 1, 1) === null) return null;
    const shiftSeconds = (first + 1.5) * time.stepSeconds - now.getTime() / 1000;
    return { nextCounter: first + 2, once: true, shiftSeconds };
  },

  autoResync: { memory: FIRST_VALUE, follow },
  // The last step that a login could have been accepted at, by now, is spent, and all before it.
  afterRestore(token, { now }) {
    const spent = stepAt(timeOf(token), now) + token.lookAhead;
    return { counter: Math.max(token.counter, spent), info: FORGOTTEN_FIRST };
  },
};

/**
 * Two values within a few steps of each other, in time; an earlier or the same one changes nothing (spec/token-types §5). Behind
 * a memory that is over, or says nothing of its end, a value is a first one again.
 */
function follow(token: Token, otp: string, now: Date, withinSeconds: number): Followed {
  const time = timeOf(token);
  const step = stepAt(time, now);
  const window = followedWindow(token);
  const from = Math.max(token.counter, step + token.lookAhead - window, 0);
  const found = search(token, otp, from, step + token.lookAhead + window - from);
  if (found === null) return NOT_FOLLOWED;
  const memory = memoryOf(token, totpToken.autoResync);
  const first = rememberedFirst(token, now);
  const unspent = { isFound: true, spends: null };
  if (first !== null && found <= first) return { ...unspent, remembers: null };
  if (!memory || first === null || found - first > MOST_STEPS_BETWEEN) {
    return { ...unspent, remembers: remembering(found, now, withinSeconds) };
  }
  const spends = { nextCounter: found + 1, once: true, shiftSeconds: shiftOf(found, time, now) };
  return { isFound: true, spends, remembers: memory.forgetting };
}

/** The time step of now, as far as the device's clock is known. */
export function currentStep(token: Token, now: Date): number {
  return stepAt(timeOf(token), now);
}

/** The lowest step in `[from, from + count)` whose value it is, spent or not. */
export function findStep(token: Token, otp: string, from: number, count: number): number | null {
  return search(token, otp, from, count);
}

/** RFC 6238 §5.2: a step is used up by its first success; nothing below the next expected step is accepted again. */
function match(token: Token, otp: string, now: Date): Spending | null {
  const time = timeOf(token);
  const step = stepAt(time, now);
  const from = Math.max(token.counter, step - token.lookAhead, 0);
  const matched = search(token, otp, from, step + token.lookAhead - from);
  return matched === null
    ? null
    : { nextCounter: matched + 1, once: true, shiftSeconds: shiftOf(matched, time, now) };
}

function timeOf({ time }: Pick<Token, 'time'>): TokenTime {
  return time ?? { stepSeconds: 30, windowSeconds: 180, shiftSeconds: 0 };
}

function stepAt(time: TokenTime, now: Date): number {
  return timeStepAt(now.getTime() / 1000, time.stepSeconds, time.shiftSeconds);
}

/** The drift that the matched step shows, in whole steps. */
function shiftOf(matched: number, time: TokenTime, now: Date): number {
  return (matched - timeStepAt(now.getTime() / 1000, time.stepSeconds)) * time.stepSeconds;
}
