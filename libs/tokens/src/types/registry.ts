import type { Token } from '../token.js';
import { dayPasswordToken } from './day-password/day-password-token.js';
import { emailToken } from './email/email-token.js';
import { fido2Token } from './fido2/fido2-token.js';
import { forwardToken } from './forward/forward-token.js';
import { hotpToken } from './hotp/hotp-token.js';
import { motpToken } from './motp/motp-token.js';
import { ocra2Token } from './ocra2/ocra2-token.js';
import { isBeingPaired } from './paired/pairing.js';
import { passwordToken } from './password/password-token.js';
import { radiusToken } from './radius/radius-token.js';
import { remoteToken } from './remote/remote-token.js';
import { pushToken } from './push/push-token.js';
import { qrToken } from './qr/qr-token.js';
import { simplePassToken } from './simple-pass/simple-pass-token.js';
import { smsToken } from './sms/sms-token.js';
import type { TokenType, TokenTypeId } from './token-type.js';
import { totpToken } from './totp/totp-token.js';
import { u2fToken } from './u2f/u2f-token.js';
import { voiceToken } from './voice/voice-token.js';
import { yubicoToken } from './yubico/yubico-token.js';
import { yubikeyToken } from './yubikey/yubikey-token.js';

/** Every token type of this installation: a new one is a folder beside these and a line here. */
const TYPES: Readonly<Record<TokenTypeId, TokenType>> = {
  hotp: hotpToken,
  totp: totpToken,
  motp: motpToken,
  password: passwordToken,
  'day-password': dayPasswordToken,
  'simple-pass': simplePassToken,
  yubikey: yubikeyToken,
  sms: smsToken,
  email: emailToken,
  voice: voiceToken,
  remote: remoteToken,
  radius: radiusToken,
  forward: forwardToken,
  yubico: yubicoToken,
  ocra2: ocra2Token,
  qr: qrToken,
  push: pushToken,
  fido2: fido2Token,
  u2f: u2fToken,
};

export const tokenTypes: readonly TokenType[] = Object.values(TYPES);

export function tokenType(id: TokenTypeId): TokenType {
  return TYPES[id];
}

export function isTokenType(id: string): id is TokenTypeId {
  return Object.hasOwn(TYPES, id);
}

/** Whether it takes part in logins: it is switched on, or is so by the first of them. */
export function takesPart(token: Pick<Token, 'type' | 'active' | 'info'>): boolean {
  const { pairing } = TYPES[token.type];
  return token.active || (pairing !== undefined && isBeingPaired(pairing, token));
}
