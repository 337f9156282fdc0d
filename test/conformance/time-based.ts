import { createHash } from 'node:crypto';

import { totpAt } from '../support/clients/otp.js';

/** Seed and PIN of the mOTP token of the recordings. */
const MOTP = { seed: '1234567890123456', pin: '1234' };

/**
 * The time-based OTP that a recorded value ends with, and what it is now; `null` where it ends with none. The seed of all
 * TOTP tokens in the recordings is the test key of RFC 4226, in steps of 30 s.
 */
export function timeBasedOtp(value: string, recordedAt: Date): { recorded: string; now: string } | null {
  const last = value.slice(-6);
  const now = new Date();
  if (last === totpAt(recordedAt)) return { recorded: last, now: totpAt(now) };
  if (last === motpAt(recordedAt)) return { recorded: last, now: motpAt(now) };
  return null;
}

/** First digits of MD5(tens of seconds since 1970, seed, PIN). */
function motpAt(date: Date): string {
  const tens = Math.floor(date.getTime() / 10_000);
  return createHash('md5').update(`${tens}${MOTP.seed}${MOTP.pin}`).digest('hex').slice(0, 6);
}
