import type { ActivatedToken } from '@app/authentication';
import { type EnrolledToken, type QuestionData, initialUrl } from '@app/tokens';

import { fitsQrCode, qrImage } from './qr-picture.js';

/** A URL for the app, and its picture, key by key as clients know it (spec/token-types §16.2). */
interface OcraUrl {
  readonly order: string;
  readonly description: string;
  readonly value: string | null;
  readonly img: string;
}

export interface StartedDetail {
  readonly sharedsecret: string;
  readonly serial: string;
  readonly url: string;
  readonly app_import: string;
  readonly ocraurl: OcraUrl;
}

export interface ActivatedDetail extends Omit<StartedDetail, 'sharedsecret' | 'url'> {
  readonly nonce: string;
  readonly transactionid: string;
  readonly challenge: string;
  readonly url?: string;
  readonly signature: string;
}

const NAMED = { order: '0', description: 'URL for OCRA2 token' } as const;

/** Of a token that is not rolled out through the app. */
export const NO_OCRA_URL: OcraUrl = { ...NAMED, value: null, img: '' };

/** Phase 1: what the app gets first. */
export function startedDetail({ token, seed, callback }: EnrolledToken): StartedDetail {
  const message = initialUrl(token, seed, callback);
  return {
    sharedsecret: seed.use((bytes) => Buffer.from(bytes).toString('hex')),
    serial: token.serial,
    url: callback,
    app_import: message,
    ocraurl: pictured(message),
  };
}

/** Phase 2: what the app gets for the code of its user. */
export function activatedDetail(activated: ActivatedToken): ActivatedDetail {
  const { token, nonce, transaction, challenge, url, message, signature } = activated;
  return {
    serial: token.serial,
    nonce,
    transactionid: transaction,
    challenge,
    ...(url !== '' && { url }),
    signature,
    app_import: message,
    ocraurl: pictured(message),
  };
}

/** What a client is told of a question that it had asked (spec/token-types §16.3). */
export function questionDetail({ challenge, input, url }: QuestionData, message: string): object {
  return {
    request: input,
    url,
    challenge,
    ocraurl: { value: message, img: picture(message) },
  };
}

function pictured(message: string): OcraUrl {
  return { ...NAMED, value: message, img: picture(message) };
}

/** `''` of what no QR code holds: a long text to be signed. */
function picture(message: string): string {
  return fitsQrCode(message) ? qrImage(message, { width: 250 }) : '';
}
