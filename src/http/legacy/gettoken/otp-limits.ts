import { Denied } from '@app/kernel';
import { type AdminRights, readInteger } from '@app/policies';
import { type Token, type TokenTypeId, tokenType } from '@app/tokens';

import { wireTypeName } from '../../envelope/parameters/token-type-names.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';

/** Said as it is, without the function's name in front. */
export class Refused extends WireError {
  constructor(text: string) {
    super(UNSPECIFIC, text, { envelopeId: 0 });
  }
}

/** What a policy may say at most: each value is a hash to compute. */
const MOST = 10_000;

const ACTIONS: Partial<Record<TokenTypeId, string>> = {
  hotp: 'max_count_hotp',
  totp: 'max_count_totp',
  'day-password': 'max_count_dpw',
};

/**
 * How many OTPs of a token the administrator may have at once: the most that a policy of one of its realms says
 * (spec/policies §8.4).
 * @throws Refused where it is none; Denied for a type that no policy speaks of
 */
export function otpLimit(token: Token, rights: AdminRights): number {
  const action = ACTIONS[token.type];
  if (action === undefined || !tokenType(token.type).upcoming) {
    throw new Denied(
      `There is no policy gettoken/max_count definable for the tokentype '${wireTypeName(token.type)}'`,
    );
  }
  const counts = token.realms.map(
    (realm) => readInteger(rights.valueIn(realm, 'gettoken', action) ?? '') ?? 0,
  );
  const limit = Math.min(MOST, Math.max(0, ...counts));
  if (limit > 0) return limit;
  throw new Refused(`The policy forbids receiving OTP values for the token ${token.serial} in this realm`);
}
