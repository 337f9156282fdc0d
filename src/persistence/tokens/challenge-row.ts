import type { Challenge, ChallengeData } from '@app/authentication';

/** A row of table `challenge`, as selected by `CHALLENGE_COLUMNS`. */
export interface ChallengeRow {
  readonly id: number;
  readonly root: string;
  readonly place: number;
  readonly token_id: number;
  readonly serial: string;
  readonly message: string;
  readonly owner_resolver: string | null;
  readonly owner_user_id: string | null;
  readonly realm: string;
  readonly state: string;
  readonly counter: string | null;
  readonly data: ChallengeData | null;
  readonly received_count: number;
  readonly received: boolean;
  readonly valid: boolean;
  readonly accepted: boolean | null;
  readonly rejected: boolean | null;
  /** Also as JSON writes them. */
  readonly created_at: Date | string;
  readonly expires_at: Date | string;
}

export const CHALLENGE_COLUMNS = [
  'id',
  'root',
  'place',
  'token_id',
  'serial',
  'message',
  'owner_resolver',
  'owner_user_id',
  'realm',
  'state',
  'counter',
  'data',
  'received_count',
  'received',
  'valid',
  'accepted',
  'rejected',
  'created_at',
  'expires_at',
]
  .map((name) => `c.${name}`)
  .join(', ');

export function toChallenge(row: ChallengeRow): Challenge {
  const { owner_resolver: resolver, owner_user_id: userId } = row;
  return {
    id: row.id,
    root: row.root,
    place: row.place,
    tokenId: row.token_id,
    serial: row.serial,
    message: row.message,
    owner: resolver !== null && userId !== null ? { resolver, userId } : null,
    realm: row.realm,
    isOpen: row.state === 'open',
    isUnsent: row.state === 'unsent',
    counter: row.counter === null ? null : BigInt(row.counter),
    ...(row.data && { data: row.data }),
    receivedCount: row.received_count,
    isReceived: row.received,
    isValid: row.valid,
    ...confirmedIn(row),
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  };
}

function confirmedIn({ accepted: accept, rejected: reject }: ChallengeRow): Pick<Challenge, 'confirmed'> {
  if (accept === null && reject === null) return {};
  return { confirmed: { ...(accept !== null && { accept }), ...(reject !== null && { reject }) } };
}
