import type { Secret } from '@app/kernel';
import type { OtpHash } from '@app/otp';
import type { OtpMessageKind, OcraSettings } from '@app/realms';

import type { InfoChanges, Token, TokenDevice, TokenInfo, TokenTime } from '../token.js';
import type { AfterRestore } from './after-restore.js';
import type { AutoResync } from './auto-resync.js';
import type { CallbackWish, OtpQuestions } from './otp-questions.js';
import type { DeviceChallenge } from './paired/device-challenge.js';
import type { Pairing } from './paired/pairing.js';
import type { KeyChallenge } from './security-key/key-challenge.js';
import type { ServerOtps } from './server-check.js';

export type TokenTypeId =
  | 'hotp'
  | 'totp'
  | 'motp'
  | 'password'
  | 'day-password'
  | 'simple-pass'
  | 'yubikey'
  | 'sms'
  | 'email'
  | 'voice'
  | 'remote'
  | 'radius'
  | 'forward'
  | 'yubico'
  | 'ocra2'
  | 'qr'
  | 'push'
  | 'fido2'
  | 'u2f';

/** What the OTP part of a password turned out to be. */
export type Verification =
  | { readonly kind: 'matched'; readonly spends: Spending }
  | { readonly kind: 'mismatched' }
  /** Only a slow hash can tell: ask, then decide with the answer. */
  | { readonly kind: 'hash-needed'; readonly hash: string; readonly candidate: string };

/** What a match uses up. */
export interface Spending {
  /** Next expected counter after the match. */
  readonly nextCounter: number;
  /**
   * Whether the match is good once only: then the commit demands that the counter is still below `nextCounter`. A static
   * password has no such counter.
   */
  readonly once: boolean;
  readonly shiftSeconds?: number;
  /** The private id of the device, where the match is the first that tells it: no other device matches any more. */
  readonly privateId?: string;
  /** It is the first answer of a token that is rolled out in phases: what was shared for that is forgotten. */
  readonly endsRollOut?: true;
}

/** A value that a token will show. */
export interface UpcomingOtp {
  readonly otp: string;
  /** Counter or time step. */
  readonly counter: number;
  /** From when it is shown; `null`: whenever somebody asks for it. */
  readonly from: Date | null;
}

/** What a type makes of a request to enrol. */
export interface EnrolmentPlan {
  readonly secret: SeedPlan;
  /** `null`: the installation's default; of a token that is enrolled anew, as it was. */
  readonly digits: number | null;
  readonly hash: OtpHash | null;
  readonly time: TokenTime | null;
  /** Absent: the type has none. */
  readonly userPin?: Secret;
  readonly device?: TokenDevice;
  /** Entries of the token's info that it sets, or removes; absent: none. */
  readonly info?: InfoChanges;
  /** The serial of another token that has to be there: its OTPs are taken. Absent: none. */
  readonly target?: string;
  /** The secret is what the device gets first: the token is of no use before its user activates it. */
  readonly startsRollOut?: boolean;
}

export type SeedPlan =
  | { readonly kind: 'given'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'generate';
      /** In bytes. */
      readonly length: number;
      /** What is stored is the text in hexadecimal, which the algorithm takes as it stands; absent: the bytes. */
      readonly text?: 'lower case' | 'upper case';
    }
  | { readonly kind: 'password'; readonly text: string };

/** What may be said about a new token, whatever its type; absent: the installation's default, or as it was. */
export interface EnrolmentRequest {
  /** Bytes of the key; of a type whose seed is a text, its UTF-8. */
  readonly seed: Uint8Array | null;
  readonly password: string | null;
  readonly digits: number | null;
  readonly hash: OtpHash | null;
  readonly time: Partial<TokenTime>;
  /** Good for one login. */
  readonly isOneTime?: boolean;
  /** The PIN that a device asks for (mOTP, OCRA). */
  readonly userPin?: string | null;
  /** What all values of a Yubikey begin with, in modhex. */
  readonly publicId?: string | null;
  /** Where its OTPs are sent. */
  readonly phone?: string | null;
  readonly emailAddress?: string | null;
  /** What is known of its server, device or target, by clients' names. */
  readonly info?: TokenInfo;
  /** How OCRA values are computed (RFC 6287 §6). */
  readonly ocraSuite?: string | null;
  /** It is enrolled through the app, in two phases. */
  readonly startsRollOut?: boolean;
  /** Where the app is to answer then; absent: nowhere. */
  readonly callback?: CallbackWish | null;
}

export interface EnrolmentDefaults {
  readonly time: TokenTime;
  readonly ocra: OcraSettings;
}

/** How a type asks its user for an OTP, where a policy says so (spec/validate-api §3.3). */
export interface ChallengeKind {
  /** What the user is asked, unless a setting says otherwise. */
  readonly prompt: string;
  /** A right PIN alone triggers nothing: the client must give a text. */
  readonly needsText: boolean;
  /** Absent: the user has the OTP at hand, and may give it without being asked. */
  readonly sends?: SentOtps;
  /** Absent: the OTP has nothing to do with what the challenge says. */
  readonly asks?: OtpQuestions;
  /** It is no OTP but the answer of an app on a paired device: such a type, too, is asked by challenges alone. */
  readonly device?: DeviceChallenge;
  /** It is no OTP but the signature of a security key: such a type, too, is asked by challenges alone. */
  readonly key?: KeyChallenge;
}

/**
 * The OTP is made for the challenge and sent to the user, who cannot know it before: such a type is asked by challenges alone,
 * whatever policies say (spec/validate-api §2.6).
 */
export interface SentOtps {
  readonly by: OtpMessageKind;
  /** What the user is told where a message was sent just now, and no other one is. */
  readonly already: string;
  /** Where it is sent, unless policies take that from the user store; `''`: nowhere is known. */
  recipient(info: TokenInfo): string;
  /**
   * The next one to be sent, by its counter: unsigned, of 64 bits.
   * @param drawn random bits, as many
   */
  next(token: Token, drawn: bigint): bigint;
  /** What sending it uses up, whether it arrives or not; `null`: nothing. */
  spends(token: Token): Spending | null;
  otp(token: Token, counter: bigint): string;
  /**
   * Whether a text is the OTP of a challenge, or of the last message where no challenge is open.
   * @param counter of the challenge's OTP; `null`: none is open
   */
  verify(token: Token, text: string, counter: bigint | null, now: Date): Verification;
  /** Whether the OTP of the last message counts without any open challenge; absent: it never does. */
  readonly isAwaited?: (token: Token, now: Date) => boolean;
  /**
   * What the token's info says of its last message; absent: nothing.
   * @param goodUntil until when its OTP is good; `null`: it is not known to have been delivered
   */
  readonly keeps?: (goodUntil: Date | null) => InfoChanges;
}

/** Whether a type is asked by challenges alone, whatever policies say (spec/validate-api §2.6). */
export function isAskedAlone({ sends, asks, device, key }: ChallengeKind): boolean {
  return [sends, asks, device, key].some((one) => one !== undefined);
}

export const ASKS_FOR_OTP: ChallengeKind = { prompt: 'Please enter your otp value: ', needsText: false };

export interface TokenType {
  readonly id: TokenTypeId;
  /** The name in records and lists. */
  readonly label: string;
  /** First letters of generated serials (spec/token-types §1). */
  readonly serialPrefix: string;
  /** Whether the password ends (or begins) with an OTP of `digits` characters; else all of it is the PIN. */
  readonly hasOtp: boolean;
  /** What the secret is, and how people write it: bytes in hexadecimal, or a text. */
  readonly seedForm: 'bytes' | 'text';
  /** `null`: it never asks. */
  readonly challenge: ChallengeKind | null;
  /** Absent: there is nothing to be paired with it. */
  readonly pairing?: Pairing;
  /** A security key has to be registered with a new token before it is active; absent: there is none. */
  readonly registersKey?: true;
  /** Whether its user is yet to go on with its enrolment, and may begin anew; absent: one step enrols it. */
  readonly isPending?: (token: Token) => boolean;
  /** Somebody else's server knows its OTPs; absent: they are verified here. */
  readonly server?: ServerOtps;
  /** How its enrolment stands, as clients are told; absent: it is completed. */
  readonly enrolmentState?: (token: Pick<Token, 'info'>) => Readonly<Record<string, string>>;
  /** What the first right answer of a token changes that is rolled out in phases; `null`: it is not. */
  readonly endOfRollOut?: (token: Token) => InfoChanges | null;
  /** What of a token that is enrolled anew stays, whatever is asked for; absent: nothing. */
  readonly stays?: (token: Token) => Partial<EnrolmentRequest>;
  /** Whether its device asks for a PIN of its own, which goes into the OTPs. */
  readonly hasUserPin?: true;
  /** Decides what is stored of a new token. @throws Invalid for a request that this type cannot be enrolled by */
  plan(request: EnrolmentRequest, defaults: EnrolmentDefaults): EnrolmentPlan;
  verify(token: Token, otp: string, now: Date): Verification;
  /**
   * Whether this token made an OTP, without any PIN, and what that spends; absent: it cannot be told without more.
   * @param count how many values a counter may be ahead
   */
  readonly find?: (token: Token, otp: string, count: number, now: Date) => Spending | null;
  /** Its values have so many characters at least, and not always `digits` of them; absent: always. */
  readonly shortestOtp?: number;
  /** The values that come next, the one of now first; absent: there are none, or nobody can know them. */
  readonly upcoming?: (token: Token, count: number, now: Date) => readonly UpcomingOtp[];
  /** How it is found again at logins; absent: it cannot get lost. */
  readonly autoResync?: AutoResync;
  /** Why two values cannot tell a token's place; `null`: they may. Absent: they always may. */
  readonly hindersResync?: (token: Token, questions?: readonly [string, string]) => string | null;
  /**
   * @param questions what the two values answer, of a type that asks
   * @returns what the two consecutive values spend, or `null` when they do not fit or the type has no counter
   */
  resync(
    token: Token,
    otp1: string,
    otp2: string,
    now: Date,
    questions?: readonly [string, string],
  ): Spending | null;
  /** What a restore of a backup does to its tokens (docs/backup.md). */
  readonly afterRestore: AfterRestore;
}
