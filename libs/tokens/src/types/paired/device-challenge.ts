import { createHmac } from 'node:crypto';

import type { PartitionKey } from '@app/otp';

import type { Token } from '../../token.js';

/** What the client wants a device to show. */
export interface AskedText {
  readonly text: string;
  /** As it was given; `''`: it was not. */
  readonly contentType: string;
  /** Which of the places that policies name its app is to answer at; `''`: the usual one; `null`: what was given names none. */
  readonly callbackId: string | null;
}

/** Where the app answers; `''`: not by HTTP, or not by SMS. */
export interface CallbackPlaces {
  readonly url: string;
  readonly sms: string;
}

/** The action of a policy that names a place: of several, each has an id (spec/policies §3, "Sub keys"). @param id `''`: the usual one */
export function placeAction(action: string, id: string): string {
  return id === '' ? action : `${action}.${id}`;
}

/** What a device is to show, and its user to confirm. */
export interface DeviceQuestion extends CallbackPlaces {
  readonly contentType: number;
  /** In their order. */
  readonly texts: readonly string[];
  readonly isPairing: boolean;
}

/** Nothing can be asked, and why. */
export interface Refusal {
  readonly refusal: string;
}

/** By what a challenge is made again: nothing of it is secret without the token's own. */
export interface DeviceSeal {
  /** The transaction's id. */
  readonly transaction: string;
  /** Drawn for it. */
  readonly salt: bigint;
}

/** A challenge as it went out. */
export interface SealedQuestion extends DeviceSeal {
  readonly payload: string;
}

/** What comes back. */
export type DeviceAnswer =
  /** Typed, or sent in place of an OTP. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'accept' | 'reject'; readonly signature: string };

/** How an app on a paired device is asked, and answers. */
export interface DeviceChallenge {
  /** The question goes to the device by itself; else the client shows it as a QR code. */
  readonly isPushed: boolean;
  /** Whether others that the token was asked before stay open once it has answered. */
  readonly keepsOlder: boolean;
  question(token: Token, asked: AskedText, places: CallbackPlaces): DeviceQuestion | Refusal;
  /** @returns what stands behind the scheme of the URL and its first word */
  seal(
    token: Token,
    question: DeviceQuestion,
    made: DeviceSeal & { readonly at: Date },
    key: PartitionKey,
  ): string;
  /** @param scheme of the app's URLs */
  url(scheme: string, payload: string): string;
  isAnswered(token: Token, asked: SealedQuestion, answer: DeviceAnswer): boolean;
  /** Why an answer of this kind is never right; `null`: it may be. */
  misfit(answer: DeviceAnswer): string | null;
  /** What clients need to check answers offline; absent: they cannot. */
  readonly offline?: (token: Token) => Readonly<Record<string, string | number>>;
}

const LEAST_SECRET_BYTES = 32;

/**
 * The server's secret of one challenge, as often as it is needed: made of the token's own, which never leaves its seal. So nothing
 * that answers a challenge is stored with it (spec/validate-api §6, 23).
 * @throws where the token has no secret that nobody can guess
 */
export function ephemeralSecret(
  { secret }: Pick<Token, 'secret'>,
  { transaction, salt }: DeviceSeal,
): Buffer {
  return secret.use((bytes) => {
    if (bytes.length < LEAST_SECRET_BYTES) throw new Error('the token has no secret to make challenges of');
    return createHmac('sha256', bytes).update(`challenge ${transaction} ${salt}`).digest();
  });
}

/** The first problem with texts for a device, by their bytes in UTF-8; `null`: there is none. */
export function unfitText(
  limits: readonly (readonly [name: string, text: string, most: number])[],
): Refusal | null {
  for (const [name, text, most] of limits) {
    if (Buffer.byteLength(text) > most) return { refusal: `${name} is longer than ${most} bytes` };
    if (text.includes('\0')) return { refusal: `${name} holds a NUL character` };
  }
  return null;
}

export const NO_ADDRESSEE = 'For content type auth, message must have format <login>@<server>';

/** @returns `null` for what is no content type (spec/token-types §18.2, §19.2) */
export function contentTypeOf({ contentType }: AskedText): 0 | 1 | 2 | null {
  const given = contentType.trim();
  if (given === '') return 0;
  return ([0, 1, 2] as const).find((type) => String(type) === given) ?? null;
}
