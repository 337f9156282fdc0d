import { hotpToken } from './hotp/hotp-token.js';
import { passwordToken } from './password/password-token.js';
import { simplePassToken } from './simple-pass/simple-pass-token.js';
import type { TokenType, TokenTypeId } from './token-type.js';
import { totpToken } from './totp/totp-token.js';

/** Every token type of this installation: a new one is a folder beside these and a line here. */
const TYPES: Readonly<Record<TokenTypeId, TokenType>> = {
  hotp: hotpToken,
  totp: totpToken,
  password: passwordToken,
  'simple-pass': simplePassToken,
};

export const tokenTypes: readonly TokenType[] = Object.values(TYPES);

export function tokenType(id: TokenTypeId): TokenType {
  return TYPES[id];
}
