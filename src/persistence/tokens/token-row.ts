import { Secret } from '@app/kernel';
import type { OtpHash } from '@app/otp';
import type {
  BlockedUntil,
  ListedToken,
  Serial,
  Token,
  TokenDevice,
  TokenInfo,
  TokenTypeId,
} from '@app/tokens';

import type { Keyring, SealedPlace } from '../../keyring/keyring.js';

/** A row of table `token`, as selected by `TOKEN_COLUMNS`. */
export interface TokenRow {
  readonly id: number;
  readonly serial: string;
  readonly type: string;
  readonly description: string;
  readonly active: boolean;
  readonly owner_resolver: string | null;
  readonly owner_resolver_type: string | null;
  readonly owner_user_id: string | null;
  readonly realms: string[];
  readonly secret_sealed: Buffer;
  readonly pin_sealed: Buffer | null;
  readonly user_pin_sealed: Buffer | null;
  readonly shared_secret_sealed: Buffer | null;
  readonly digits: number;
  readonly hash: string | null;
  readonly counter: number;
  readonly failures: number;
  readonly max_failures: number;
  readonly look_ahead: number;
  readonly sync_window: number;
  readonly step_seconds: number | null;
  readonly window_seconds: number | null;
  readonly shift_seconds: number | null;
  readonly valid_from: Date | null;
  readonly valid_until: Date | null;
  readonly attempts: number;
  readonly max_attempts: number | null;
  readonly successes: number;
  readonly max_successes: number | null;
  readonly paths: string[] | null;
  readonly info: TokenInfo;
  readonly device_public_id: string | null;
  readonly device_private_id: string | null;
  readonly challenged_at: Date[];
  readonly blocked_until: BlockedUntil | null;
  readonly revision: number;
  readonly created_at: Date;
}

export type SealedColumn = 'secret_sealed' | 'pin_sealed' | 'user_pin_sealed' | 'shared_secret_sealed';

/** What lists show: everything but the sealed columns. */
export type ListedTokenRow = Omit<TokenRow, SealedColumn | 'blocked_until'> & {
  readonly last_match_at: Date | null;
  readonly last_success_at: Date | null;
};

const LISTED = [
  'id',
  'serial',
  'type',
  'description',
  'active',
  'owner_resolver',
  'owner_resolver_type',
  'owner_user_id',
  'realms',
  'digits',
  'hash',
  'counter',
  'failures',
  'max_failures',
  'look_ahead',
  'sync_window',
  'step_seconds',
  'window_seconds',
  'shift_seconds',
  'valid_from',
  'valid_until',
  'attempts',
  'max_attempts',
  'successes',
  'max_successes',
  'paths',
  'info',
  'device_public_id',
  'device_private_id',
  'challenged_at',
  'revision',
  'created_at',
];

const NOT_BLOCKED: BlockedUntil = {};

const SEALED: readonly SealedColumn[] = [
  'secret_sealed',
  'pin_sealed',
  'user_pin_sealed',
  'shared_secret_sealed',
];

export const TOKEN_COLUMNS = [...LISTED, 'blocked_until', ...SEALED].map((name) => `t.${name}`).join(', ');
export const LISTED_COLUMNS = [...LISTED, 'last_match_at', 'last_success_at']
  .map((name) => `t.${name}`)
  .join(', ');

export function secretPlace(id: number, column: SealedColumn): SealedPlace {
  return { table: 'token', row: String(id), column };
}

/** The seals open at the first use only: a login whose PIN is wrong never decrypts a seed. */
export function toToken(row: TokenRow, keyring: Keyring): Token {
  const { pin_sealed: pin, user_pin_sealed: userPin, secret_sealed: secret } = row;
  const { shared_secret_sealed: shared } = row;
  const sealed = (column: SealedColumn, bytes: Buffer) =>
    Secret.sealed(() => keyring.open(secretPlace(row.id, column), bytes));
  return {
    blockedUntil: row.blocked_until ?? NOT_BLOCKED,
    secret: sealed('secret_sealed', secret),
    pin: pin && sealed('pin_sealed', pin),
    userPin: userPin && sealed('user_pin_sealed', userPin),
    sharedSecret: shared && sealed('shared_secret_sealed', shared),
    ...common(row),
  };
}

export function toListedToken(row: ListedTokenRow): ListedToken {
  return { lastMatchAt: row.last_match_at, lastSuccessAt: row.last_success_at, ...common(row) };
}

// The casts stand where the database's own constraints and our own writes vouch for the values.
function common(
  row: Omit<TokenRow, SealedColumn | 'blocked_until'>,
): Omit<Token, 'secret' | 'pin' | 'userPin' | 'sharedSecret' | 'blockedUntil'> {
  const owner =
    row.owner_resolver !== null && row.owner_user_id !== null
      ? {
          resolver: row.owner_resolver,
          userId: row.owner_user_id,
          resolverType: row.owner_resolver_type ?? '',
        }
      : null;
  const time =
    row.step_seconds === null
      ? null
      : {
          stepSeconds: row.step_seconds,
          windowSeconds: row.window_seconds ?? 0,
          shiftSeconds: row.shift_seconds ?? 0,
        };
  return {
    id: row.id,
    serial: row.serial as Serial,
    type: row.type as TokenTypeId,
    description: row.description,
    active: row.active,
    owner,
    realms: row.realms,
    digits: row.digits,
    hash: row.hash as OtpHash | null,
    counter: row.counter,
    failures: row.failures,
    maxFailures: row.max_failures,
    lookAhead: row.look_ahead,
    syncWindow: row.sync_window,
    time,
    validity: { from: row.valid_from, until: row.valid_until },
    uses: {
      attempts: row.attempts,
      maxAttempts: row.max_attempts,
      successes: row.successes,
      maxSuccesses: row.max_successes,
    },
    paths: row.paths,
    info: row.info,
    device: deviceOf(row),
    challengedAt: row.challenged_at,
    revision: row.revision,
    createdAt: row.created_at,
  };
}

function deviceOf(row: Pick<TokenRow, 'device_public_id' | 'device_private_id'>): TokenDevice | null {
  const { device_public_id: publicId, device_private_id: privateId } = row;
  return publicId === null && privateId === null ? null : { publicId, privateId };
}
