import type { KeyTransport } from '@app/otp';

import type { InfoChanges, Token } from '../../token.js';

/** Names in a token's info that are LinOTP's (spec/token-types §20.1). */
export const KEY = 'fido2_credential';
export const COUNTER = 'counter';
export const PHASE = 'phase';
export const RP_ID = 'rp_id';
/** One that is ours: what the authenticator was told that its user is. */
export const USER_HANDLE = 'user_handle';

/** While a key is asked for: by what, and, as ours, until when. */
export const REGISTRATION = 'registration_challenge';
export const UNTIL = 'registration_until';
export const RESIDENT = 'resident_key_requirement';

/** That nothing is asked any more: what was asked is good once. */
export const NOTHING_ASKED: InfoChanges = { [REGISTRATION]: null, [RESIDENT]: null, [UNTIL]: null };

/** What is kept of a registered key, as it stands in the token's info: a text of JSON. */
export interface StoredKey {
  readonly credential_id: string;
  readonly public_key: string;
  readonly sign_count: number;
  readonly rp_id: string;
  readonly aaguid: string;
  readonly attestation_format: string;
  readonly public_key_algorithm: number;
  readonly auth_data_flags: number;
  readonly backup_eligible: boolean;
  readonly backed_up: boolean;
  readonly user_verified_at_reg: boolean;
  readonly attestation_cert_b64: string | null;
  readonly registered_at: string;
  readonly transports: readonly KeyTransport[] | null;
  readonly resident_key: boolean;
}

/** @returns `null`: none is registered, or it cannot be read */
export function storedKey({ info }: Pick<Token, 'info'>): StoredKey | null {
  const text = info[KEY];
  if (info[PHASE] !== 'authentication' || typeof text !== 'string') return null;
  try {
    const parsed = JSON.parse(text) as Partial<StoredKey> | null;
    const isThere = (value: unknown) => typeof value === 'string' && value !== '';
    const names = ['credential_id', 'public_key', 'rp_id'] as const;
    return parsed && names.every((name) => isThere(parsed[name])) ? (parsed as StoredKey) : null;
  } catch {
    return null;
  }
}

export function keyText(key: StoredKey): string {
  return JSON.stringify(key);
}

/** As LinOTP writes times in a token's info: of UTC, with its offset. */
export function isoTime(date: Date): string {
  return date.toISOString().replace('Z', '+00:00');
}
