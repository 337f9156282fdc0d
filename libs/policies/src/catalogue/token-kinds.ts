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

/** Of actions about the enrolment of a type of which there are to be no new tokens. */
export const NO_NEW_U2F = { never: 'new U2F tokens are not enrolled any more' } as const;

/** For entries of types that LinOTP 3.4.4 did not have. */
export function sinceOf(kind: TokenKind): { readonly since?: '4.0' } {
  return kind === 'FIDO2' ? { since: '4.0' } : {};
}
