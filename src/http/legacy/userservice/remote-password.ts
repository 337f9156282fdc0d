import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** How many letters the last group of eight may have, besides eight (RFC 4648 §6). */
const LAST_GROUPS = new Set([0, 2, 4, 5, 7]);
const utf8 = new TextDecoder('utf-8', { fatal: true });

export interface RemotePassword {
  readonly otp: string;
  readonly password: string;
}

/**
 * `base32(otp):base32(password)`, UTF-8, each with its padding (spec/validate-api §4.5): what the remote self-service sends.
 * @throws WireError for anything else
 */
export function remotePassword(text: string): RemotePassword {
  const [otp, password, ...more] = text.split(':').map(decoded);
  if (otp == null || password == null || more.length > 0) {
    throw new WireError(
      UNSPECIFIC,
      'the password must be the base32 of OTP and password, with a colon between them',
      {
        envelopeId: 0,
      },
    );
  }
  return { otp, password };
}

function decoded(text: string): string | null {
  if (!/^[A-Za-z2-7]*={0,6}$/.test(text) || text.length % 8 !== 0) return null;
  const letters = text.replace(/=+$/, '').toUpperCase();
  if (!LAST_GROUPS.has(letters.length % 8)) return null;
  const bytes: number[] = [];
  let value = 0;
  let bits = 0;
  for (const letter of letters) {
    value = ((value << 5) | ALPHABET.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >>> bits) & 0xff);
    }
  }
  try {
    return utf8.decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}
