import { createHash } from 'node:crypto';

import { isSameText } from './same-text.js';

/** Everything but the slot that a Mobile-OTP value is made of (motp.sourceforge.net). */
export interface MotpKey {
  /** Used as text, in the case in which it was given. */
  readonly seed: Uint8Array;
  readonly pin: Uint8Array;
  /** Characters of a value, 1 … 32. */
  readonly length: number;
}

const SLOT_SECONDS = 10;
const LONGEST = 32;

/** The slot of ten seconds that an instant lies in. */
export function motpSlotAt(unixSeconds: number): number {
  return Math.floor(unixSeconds / SLOT_SECONDS);
}

/** The first characters of MD5(slot, seed, PIN), in lower-case hexadecimal. */
export function motp({ seed, pin, length }: MotpKey, slot: number): string {
  const digest = createHash('md5').update(String(slot), 'latin1').update(seed).update(pin).digest('hex');
  return digest.slice(0, length);
}

/**
 * The lowest slot in `[from, to)` whose value is `otp`, or `null`. Compared as `findHotpCounter` does.
 */
export function findMotpSlot(key: MotpKey, otp: string, from: number, to: number): number | null {
  if (key.length < 1 || key.length > LONGEST || otp.length !== key.length) return null;
  for (let slot = Math.max(0, from); slot < to; slot++) {
    if (isSameText(motp(key, slot), otp)) return slot;
  }
  return null;
}
