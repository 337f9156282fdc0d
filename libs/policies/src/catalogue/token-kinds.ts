import type { TakesEffect } from './catalogued-action.js';

/** Token types as actions name them (`init<TYPE>`), in the order in which LinOTP 3.4.4 tells them. */
export const TOKEN_KINDS = [
  'REMOTE',
  'VOICE',
  'SMS',
  'U2F',
  'PUSH',
  'TOTP',
  'HMAC',
  'YUBICO',
  'PW',
  'RADIUS',
  'MOTP',
  'OCRA2',
  'QR',
  'SPASS',
  'EMAIL',
  'FORWARD',
  'DPW',
  'YUBIKEY',
  'FIDO2',
] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** Those that can be enrolled here. */
const ENROLLED_HERE: ReadonlySet<TokenKind> = new Set([
  'HMAC',
  'TOTP',
  'MOTP',
  'PW',
  'DPW',
  'SPASS',
  'YUBIKEY',
  'SMS',
  'EMAIL',
  'VOICE',
  'REMOTE',
  'RADIUS',
  'FORWARD',
  'YUBICO',
  'OCRA2',
  'QR',
  'PUSH',
  'FIDO2',
]);

/** An action about one token type: it waits for the type, then for nothing else. */
export function withKind(kind: TokenKind, takesEffect: string): TakesEffect {
  return ENROLLED_HERE.has(kind) ? takesEffect : { waitsFor: `token type ${kind}` };
}

/** For entries of types that LinOTP 3.4.4 did not have. */
export function sinceOf(kind: TokenKind): { readonly since?: '4.0' } {
  return kind === 'FIDO2' ? { since: '4.0' } : {};
}
