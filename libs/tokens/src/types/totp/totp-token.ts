import { timeStepAt } from '@app/otp';

import type { Token, TokenTime } from '../../token.js';
import { search, seedPlan } from '../hotp/hotp-token.js';
import type { TokenType } from '../token-type.js';

/** Time-based one-time passwords (RFC 6238; spec/token-types §5). */
export const totpToken: TokenType = {
  id: 'totp',
  label: 'TOTP',
  serialPrefix: 'TOTP',
  hasOtp: true,
  seedForm: 'bytes',

  plan(request, defaults) {
    const hash = request.hash ?? 'sha1';
    return {
      secret: seedPlan(request, hash),
      digits: request.digits,
      hash,
      time: { ...defaults.time, ...request.time },
    };
  },

  // RFC 6238 §5.2: a step is used up by its first success; nothing below the next expected step is accepted again.
  verify(token, otp, now) {
    const time = timeOf(token);
    const step = stepAt(token, time, now);
    const from = Math.max(token.counter, step - token.lookAhead, 0);
    const matched = search(token, otp, from, step + token.lookAhead - from);
    if (matched === null) return { kind: 'mismatched' };
    const spends = { nextCounter: matched + 1, once: true, shiftSeconds: shiftOf(matched, time, now) };
    return { kind: 'matched', spends };
  },

  resync(token, otp1, otp2, now) {
    const time = timeOf(token);
    const step = stepAt(token, time, now);
    const from = Math.max(token.counter, step - 1 - token.syncWindow, 0);
    const first = search(token, otp1, from, step - 1 + token.syncWindow - from);
    if (first === null || search(token, otp2, first + 1, 1) === null) return null;
    const shiftSeconds = (first + 1.5) * time.stepSeconds - now.getTime() / 1000;
    return { nextCounter: first + 2, once: true, shiftSeconds };
  },
};

function timeOf(token: Token): TokenTime {
  return token.time ?? { stepSeconds: 30, windowSeconds: 180, shiftSeconds: 0 };
}

function stepAt(token: Token, time: TokenTime, now: Date): number {
  return timeStepAt(now.getTime() / 1000, time.stepSeconds, time.shiftSeconds);
}

/** The drift that the matched step shows, in whole steps. */
function shiftOf(matched: number, time: TokenTime, now: Date): number {
  return (matched - timeStepAt(now.getTime() / 1000, time.stepSeconds)) * time.stepSeconds;
}
