import { createHmac } from 'node:crypto';

import type { OtpHash } from '@app/otp';

import type { CallbackWish } from '../otp-questions.js';

const SCHEME = 'lseqr';

/** What the app reads: an action and what it is about, without what is empty (spec/token-types §16.2, §16.3). */
export function appUrl(action: 'init' | 'nonce' | 'req', parts: Readonly<Record<string, string>>): string {
  const given = Object.entries(parts).filter(([, value]) => value !== '');
  return `${SCHEME}://${action}?${given.map(([name, value]) => `${name}=${formEncoded(value)}`).join('&')}`;
}

/** By which the app knows that the server made it. @returns the URL with its signature, and that alone */
export function signedUrl(url: string, key: Uint8Array, hash: OtpHash): { url: string; signature: string } {
  const signature = createHmac(hash, key).update(url, 'utf8').digest('hex');
  return { url: `${url}&si=${signature}`, signature };
}

/** As forms write it: a blank is `+`. */
export function formEncoded(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

/** What a policy's place to answer at is filled in with; what is not known yet stays as it is. */
export interface CallbackValues extends Partial<Pick<CallbackWish, 'user' | 'password'>> {
  readonly serial: string;
  readonly transaction?: string;
}

export function filledCallback(
  template: string,
  { serial, transaction, user, password }: CallbackValues,
): string {
  const values: Readonly<Record<string, string | undefined>> = {
    '<serial>': serial,
    '<transactionid>': transaction,
    '<user>': user,
    '<password>': password,
  };
  return template.replace(/<(?:serial|transactionid|user|password)>/g, (place) => values[place] ?? place);
}
