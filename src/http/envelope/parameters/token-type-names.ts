import { type TokenTypeId, tokenTypes } from '@app/tokens';

/** LinOTP's `type` parameter, in lower case, for our types (spec/token-types §1). */
const WIRE_NAMES: Readonly<Record<TokenTypeId, string>> = {
  hotp: 'hmac',
  totp: 'totp',
  motp: 'motp',
  password: 'pw',
  'day-password': 'dpw',
  'simple-pass': 'spass',
  yubikey: 'yubikey',
  sms: 'sms',
  email: 'email',
  voice: 'voice',
  remote: 'remote',
  radius: 'radius',
  forward: 'forward',
  yubico: 'yubico',
  ocra2: 'ocra2',
  qr: 'qr',
  push: 'push',
  fido2: 'fido2',
  u2f: 'u2f',
};

const BY_WIRE_NAME = new Map(tokenTypes.map(({ id }) => [WIRE_NAMES[id], id]));

export function wireTypeName(type: TokenTypeId): string {
  return WIRE_NAMES[type];
}

/** @returns `null` for a type that is not installed */
export function typeByWireName(name: string): TokenTypeId | null {
  return BY_WIRE_NAME.get(name.toLowerCase()) ?? null;
}
