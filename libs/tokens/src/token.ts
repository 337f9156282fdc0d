import type { Brand, Secret } from '@app/kernel';
import type { OtpHash } from '@app/otp';
import type { UserReference } from '@app/realms';

import { MalformedSerial } from './token.errors.js';
import type { TokenTypeId } from './types/token-type.js';

export type Serial = Brand<string, 'Serial'>;

/** In characters. */
export const SERIAL_LIMIT = 40;
// U+FFFD stands for what could not be stored as it was sent.
const REFUSED_CHARACTER = /[\p{Cc}\uFFFD]/u;

/** @throws MalformedSerial unless 1 … 40 characters, none of them a control character or U+FFFD */
export function parseSerial(raw: string): Serial {
  if (raw.length === 0 || raw.length > SERIAL_LIMIT || REFUSED_CHARACTER.test(raw) || !raw.isWellFormed()) {
    throw new MalformedSerial();
  }
  return raw as Serial;
}

/** One token as it is stored. Counters are "next expected": everything below is spent. */
export interface Token {
  readonly id: number;
  readonly serial: Serial;
  readonly type: TokenTypeId;
  readonly description: string;
  readonly active: boolean;
  readonly owner: TokenOwner | null;
  /** Lower case, no order. */
  readonly realms: readonly string[];
  /** Seed bytes, or the UTF-8 text of a seed that is used as text, or of a password hash. */
  readonly secret: Secret;
  /** `null`: never set, only the empty PIN matches. */
  readonly pin: Secret | null;
  /** The UTF-8 text of the PIN that the device asks its user for, where the OTP is made of it (mOTP, OCRA). */
  readonly userPin: Secret | null;
  /** What the device got first, as long as the token is rolled out in phases: its key is made of it. */
  readonly sharedSecret: Secret | null;
  readonly digits: number;
  readonly hash: OtpHash | null;
  readonly counter: number;
  readonly failures: number;
  readonly maxFailures: number;
  /** How many counters (or time steps to each side) a login looks at. */
  readonly lookAhead: number;
  readonly syncWindow: number;
  readonly time: TokenTime | null;
  readonly validity: ValidityPeriod;
  readonly uses: TokenUses;
  /** First segments of the paths that it may be used at; `null`: anywhere. */
  readonly paths: readonly string[] | null;
  readonly info: TokenInfo;
  /** `null`: nothing is known of the device, or the type does not ask. */
  readonly device: TokenDevice | null;
  /** When challenges were made for it of late; older ones may be left out. */
  readonly challengedAt: readonly Date[];
  readonly blockedUntil: BlockedUntil;
  /** Raised by every administrative change. */
  readonly revision: number;
  readonly createdAt: Date;
}

export interface TokenOwner extends UserReference {
  readonly resolverType: string;
}

/** The time settings of a time-based token. */
export interface TokenTime {
  readonly stepSeconds: number;
  /** Kept for clients; verification uses `lookAhead` steps (spec/token-types §5). */
  readonly windowSeconds: number;
  /** How far the device's clock runs ahead of ours, as last seen. */
  readonly shiftSeconds: number;
}

/** What a device says of itself in its OTPs (Yubikey). */
export interface TokenDevice {
  /** Its OTPs begin with it; `null`: with anything. */
  readonly publicId: string | null;
  /** Within the encrypted part, in hexadecimal; `null`: not known before the first OTP is accepted. */
  readonly privateId: string | null;
}

/** When a token may be used: from the first moment of `from` to that of `until`; `null`: without that end. */
export interface ValidityPeriod {
  readonly from: Date | null;
  readonly until: Date | null;
}

/** How often a token was used, as far as it is counted (spec/token-types §3.5). */
export interface TokenUses {
  readonly attempts: number;
  /** `null`: never set; 0: not limited. */
  readonly maxAttempts: number | null;
  readonly successes: number;
  readonly maxSuccesses: number | null;
}

/** Of a limit of uses: 0 is none. */
export function isLimit(limit: number | null): limit is number {
  return limit !== null && limit > 0;
}

/** What else is known about a token, by names that are clients' own, such as `phone`. Never a secret. */
export type TokenInfo = Readonly<Record<string, string | number | boolean>>;

/** Entries that are set; `null`: removed. */
export type InfoChanges = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Until when logins wait after too many failures, in seconds since 1970, by the network that they come from; `*` stands for
 * those of which none is known.
 */
export type BlockedUntil = Readonly<Record<string, number>>;

export const ALWAYS_VALID: ValidityPeriod = { from: null, until: null };
export const NEVER_USED: TokenUses = { attempts: 0, maxAttempts: null, successes: 0, maxSuccesses: null };

/** What a new token has unless it is said otherwise. */
export const PLAIN_ATTRIBUTES: TokenAttributes = {
  validity: ALWAYS_VALID,
  uses: NEVER_USED,
  paths: null,
  info: {},
  userPin: null,
  sharedSecret: null,
  device: null,
  challengedAt: [],
  blockedUntil: {},
};

type TokenAttributes = Pick<
  Token,
  | 'validity'
  | 'uses'
  | 'paths'
  | 'info'
  | 'userPin'
  | 'sharedSecret'
  | 'device'
  | 'challengedAt'
  | 'blockedUntil'
>;

export type NewToken = Omit<Token, 'id' | 'revision' | 'createdAt' | 'failures' | keyof TokenAttributes> &
  Partial<TokenAttributes>;
export type TokenChanges = Partial<Omit<Token, 'id' | 'serial' | 'type' | 'revision' | 'createdAt'>>;

/** What is known about a token, now that some of it has changed. */
export function changedInfo(info: TokenInfo, changes: InfoChanges): TokenInfo {
  const entries = Object.entries({ ...info, ...changes });
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

/** The token's device, now that it has told its private id. */
export function knownDevice({ device }: Pick<Token, 'device'>, privateId: string): TokenDevice {
  return { publicId: device?.publicId ?? null, privateId };
}
