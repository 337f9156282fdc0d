import { dayPasswordAt, hotpAt, motpAt, yubikeyOtp } from '../../support/clients/otp.js';

/**
 * What a walk believes about the server: plain data and the rules of spec/token-types §4 to §11, written down a second time
 * and as simply as they can be. Nothing here is the product's.
 */

export const TYPES = ['hmac', 'totp', 'motp', 'pw', 'dpw', 'spass', 'yubikey'] as const;
export type TypeName = (typeof TYPES)[number];

export interface WalkToken {
  readonly serial: string;
  readonly type: TypeName;
  /** Login of the owner. */
  owner: string | null;
  realms: readonly string[];
  pin: string;
  /** As `otpkey` says it. */
  seed: string;
  /** Of a mOTP device. */
  devicePin: string;
  /** Of the OTP. */
  digits: number;
  /** The lowest that is not spent. */
  counter: number;
  /** How far the clock of a TOTP device is known to be off. */
  shiftSeconds: number;
  window: number;
  failures: number;
  maxFailures: number;
  isEnabled: boolean;
  validity: 'now' | 'over' | 'to come';
  attempts: number;
  maxAttempts: number;
  successes: number;
  maxSuccesses: number;
  /** Which Yubikey it is, once it has logged in. */
  privateId: string | null;
  /** How often it was asked. */
  asked: number;
  /** The first of two OTPs beyond the window, where one was sent last. */
  first: number | null;
}

export interface WalkChallenge {
  readonly root: string;
  /** From 1 among several; 0: it is alone. */
  readonly place: number;
  readonly token: WalkToken;
  readonly owner: string | null;
  readonly realm: string;
  /** The same for those that were made at once, in nobody knows what order. */
  readonly moment: object;
  isOpen: boolean;
}

/** A policy of the walk's realm; there is one for each action at most. */
export interface WalkPolicy {
  readonly value: string;
  /** Only for this login, if given. */
  readonly user: string | null;
}

export interface Model {
  /** The realm that the policies speak of, and another one with the same users. */
  readonly realm: string;
  readonly otherRealm: string;
  /** `''`: none. */
  readonly defaultRealm: string;
  /** What the serials of its tokens begin with. */
  readonly prefix: string;
  /** Logins, with their passwords in the directory. */
  readonly users: ReadonlyMap<string, string>;
  readonly tokens: WalkToken[];
  /** In the order in which they were made. */
  readonly challenges: WalkChallenge[];
  /** By action. */
  readonly policies: Map<string, WalkPolicy>;
  readonly settings: Map<string, string>;
  /** Wrong passwords that no token counted, by login: after some, even the right one has to wait. */
  readonly wrongPasswords: Map<string, number>;
}

/** What a right OTP spends. */
export interface Match {
  readonly counter: number;
  readonly shiftSeconds?: number;
  readonly privateId?: string;
}

const STEP_SECONDS = 30;
const SLOT_MS = 10_000;
export const YUBIKEY_DIGITS = 44;

export const hasOtp = ({ type }: WalkToken): boolean => type !== 'spass';
export const canBeAsked = ({ type }: WalkToken): boolean => type !== 'spass';

/** Of TOTP, as far as the device's clock is known. */
export function stepOf({ shiftSeconds }: WalkToken): number {
  return Math.floor((Date.now() / 1000 + shiftSeconds) / STEP_SECONDS);
}

export function slotNow(): number {
  return Math.floor(Date.now() / SLOT_MS);
}

/** The OTP of a counter, step, slot or press. */
export function otpOf(token: WalkToken, counter: number): string {
  const { type, seed, digits, devicePin } = token;
  switch (type) {
    case 'hmac':
    case 'totp':
      return hotpAt(counter, { keyHex: seed, digits });
    case 'motp':
      return motpAt(new Date(counter * SLOT_MS), { seed, pin: devicePin, length: digits });
    case 'yubikey':
      return yubikeyOtp({ keyHex: seed, usage: Math.floor(counter / 256), session: counter % 256 });
    case 'dpw':
      return dayPasswordAt(new Date(), { seed, digits });
    case 'pw':
      return seed;
    case 'spass':
      return '';
  }
}

/** Counters, steps or slots that are good now: `[from, to)`. */
export function windowOf(token: WalkToken): { readonly from: number; readonly to: number } {
  const { type, counter, window } = token;
  switch (type) {
    case 'hmac':
      return { from: counter, to: counter + window };
    case 'totp': {
      const step = stepOf(token);
      return { from: Math.max(counter, step - window), to: step + window };
    }
    case 'motp': {
      const slot = slotNow();
      return { from: Math.max(counter, slot - 2 * window), to: slot + 2 * window };
    }
    default:
      return { from: 0, to: 1 };
  }
}

/** @returns `null` unless it is a right OTP that is not spent */
export function matchOf(token: WalkToken, otp: string): Match | null {
  switch (token.type) {
    case 'hmac':
    case 'motp': {
      const counter = search(token, otp, windowOf(token));
      return counter === null ? null : { counter };
    }
    case 'totp': {
      const step = search(token, otp, windowOf(token));
      if (step === null) return null;
      const here = Math.floor(Date.now() / 1000 / STEP_SECONDS);
      return { counter: step, shiftSeconds: (step - here) * STEP_SECONDS };
    }
    case 'yubikey':
      return pressOf(token, otp);
    case 'pw':
    case 'dpw':
      return otp === otpOf(token, 0) ? { counter: 0 } : null;
    case 'spass':
      return { counter: 0 };
  }
}

/** The lowest that has this OTP. */
export function search(
  token: WalkToken,
  otp: string,
  { from, to }: { readonly from: number; readonly to: number },
): number | null {
  for (let counter = from; counter < to; counter++) if (otpOf(token, counter) === otp) return counter;
  return null;
}

/** Values that are searched beyond the window, to each side. */
export const SYNC_WINDOW = 1_000;
const MOST_STEPS_BETWEEN = 3;

/** What an OTP is that is in no window (§2.8); `first`: what is remembered from now on. */
export interface Followed {
  readonly isFound: boolean;
  readonly match: Match | null;
  readonly first: number | null;
}

export function followed(token: WalkToken, otp: string): Followed {
  const { type, first, counter, window } = token;
  if (type === 'hmac') {
    const found = search(token, otp, { from: counter + window, to: counter + SYNC_WINDOW });
    const isFound = found !== null;
    if (first === null) return { isFound, match: null, first: found };
    return { isFound, match: found === first + 1 ? { counter: found } : null, first: null };
  }
  if (type !== 'totp') return { isFound: false, match: null, first };
  const step = stepOf(token);
  const from = Math.max(counter, step + window - SYNC_WINDOW, 0);
  const found = search(token, otp, { from, to: step + window + SYNC_WINDOW });
  if (found === null) return { isFound: false, match: null, first };
  if (first !== null && found <= first) return { isFound: true, match: null, first };
  if (first === null || found - first > MOST_STEPS_BETWEEN)
    return { isFound: true, match: null, first: found };
  const here = Math.floor(Date.now() / 1000 / STEP_SECONDS);
  return {
    isFound: true,
    match: { counter: found, shiftSeconds: (found - here) * STEP_SECONDS },
    first: null,
  };
}

/** Presses that the walks make: each is of this device. */
export const DEVICE = '8792ebfe26cc';
const MOST_PRESSES = 400;
const BLOCK_LETTERS = 32;

function pressOf(token: WalkToken, otp: string): Match | null {
  // What stands before the last 32 letters is the public id, which these tokens are not told.
  const publicId = otpOf(token, 0).slice(0, -BLOCK_LETTERS);
  const block = otp.toLowerCase().slice(-BLOCK_LETTERS);
  if (block.length < BLOCK_LETTERS) return null;
  const counter = search(token, publicId + block, { from: token.counter, to: MOST_PRESSES });
  return counter === null ? null : { counter, privateId: DEVICE };
}

export function spend(token: WalkToken, { counter, shiftSeconds, privateId }: Match): void {
  token.counter = hasCounter(token) ? counter + 1 : 0;
  if (shiftSeconds !== undefined) token.shiftSeconds = shiftSeconds;
  if (privateId !== undefined) token.privateId ??= privateId;
}

export function hasCounter({ type }: WalkToken): boolean {
  return ['hmac', 'totp', 'motp', 'yubikey'].includes(type);
}
