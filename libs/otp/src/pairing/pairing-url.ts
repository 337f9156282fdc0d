import { terminated, uint32 } from './wire.js';

export type PairedType = 'qr' | 'push';

/** How both sides name the types. */
export const TYPE_NUMBERS: Readonly<Record<PairedType, number>> = { qr: 2, push: 4 };

/** What the app learns of a token before it is paired (spec/token-types §17.1). */
export interface Invitation {
  readonly type: PairedType;
  readonly partition: number;
  /** The server's, Ed25519. */
  readonly publicKey: Uint8Array;
  readonly serial: string;
  /** Where the app answers; `''`: not by HTTP, or not by SMS. */
  readonly callbackUrl: string;
  readonly callbackSms: string;
  /** Of a TAN; only `qr` has any. */
  readonly digits: number | null;
}

const VERSION = 2;
const FLAG = { publicKey: 1, serial: 2, callbackUrl: 4, callbackSms: 8, digits: 16 };
/** What the format has room for. */
export const TAN_DIGITS = { fewest: 6, most: 12 };

/** @param scheme of the URL, `lseqr` mostly @throws RangeError for a number of digits that it has no room for */
export function pairingUrl(scheme: string, invitation: Invitation): string {
  const { type, partition, publicKey, serial, callbackUrl, callbackSms, digits } = invitation;
  if (digits !== null && (digits < TAN_DIGITS.fewest || digits > TAN_DIGITS.most)) {
    throw new RangeError('Pin length must be in the range 6..12');
  }
  const flags =
    FLAG.publicKey |
    FLAG.serial |
    (callbackUrl ? FLAG.callbackUrl : 0) |
    (callbackSms ? FLAG.callbackSms : 0) |
    (digits === null ? 0 : FLAG.digits);
  const bytes = Buffer.concat([
    Buffer.of(VERSION, TYPE_NUMBERS[type]),
    uint32(flags),
    uint32(partition),
    publicKey,
    terminated(serial),
    ...(callbackUrl ? [terminated(callbackUrl)] : []),
    ...(callbackSms ? [terminated(callbackSms)] : []),
    ...(digits === null ? [] : [Buffer.of(digits)]),
  ]);
  return `${scheme}://pair/${bytes.toString('base64url')}`;
}
