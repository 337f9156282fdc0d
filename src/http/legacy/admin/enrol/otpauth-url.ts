import type { TokenTypeId } from '@app/tokens';

/** What an enrolment URL says (spec/token-types §3.3). */
export interface OtpauthToken {
  readonly type: TokenTypeId;
  /** Of a mOTP token, its text. */
  readonly seed: Uint8Array;
  readonly digits: number;
  readonly hash: string;
  readonly stepSeconds: number;
  /** Whose token it is: login, or serial where there is no user. */
  readonly account: string;
  readonly issuer: string;
}

const LONGEST = 400;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * The `otpauth://` URL that authenticator applications read from a QR code.
 * @returns `null` for a type that has none
 */
export function otpauthUrl(token: OtpauthToken): string | null {
  const { type: kind } = token;
  if (kind !== 'hotp' && kind !== 'totp' && kind !== 'motp') return null;
  const query = [
    `secret=${base32(token.seed)}`,
    ...(token.digits === 6 ? [] : [`digits=${token.digits}`]),
    ...(token.hash === 'sha1' ? [] : [`algorithm=${token.hash.toUpperCase()}`]),
    ...(kind === 'totp' && token.stepSeconds !== 30 ? [`period=${token.stepSeconds}`] : []),
    ...(kind === 'hotp' ? ['counter=0'] : []),
    `issuer=${quoted(token.issuer)}`,
  ].join('&');
  const label = `${quoted(token.issuer)}:${quoted(token.account)}`;
  const room = LONGEST - `otpauth://${kind}/?${query}`.length;
  return `otpauth://${kind}/${label.slice(0, Math.max(0, room))}?${query}`;
}

/** Percent-encoding that keeps letters, digits, `_.-~` and `/`. */
function quoted(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/');
}

/** RFC 4648 §6, without padding. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32.charAt((value >>> bits) & 31);
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + BASE32.charAt((value << (5 - bits)) & 31) : text;
}
