import { type Challenge, type LoginSelection, type LoginSnapshot, LoginSnapshots } from '@app/authentication';
import type { Unavailable } from '@app/kernel';
import type { UserReference } from '@app/realms';
import type { Token } from '@app/tokens';

import type { Keyring } from '../../keyring/keyring.js';
import {
  type DatabaseAddress,
  NotSent,
  type PrimaryClient,
  asUnavailable,
  connectPrimary,
  isConnectionLost,
  sqlState,
} from '../database.js';
import type { NamedStatement } from '../described-once.js';
import { type Patience, Waiting } from '../patience.js';
import { CHALLENGE_COLUMNS, type ChallengeRow, toChallenge } from './challenge-row.js';
import { TOKEN_COLUMNS, type TokenRow, toToken } from './token-row.js';

const READERS = 2;
// Reads go by keys. A connection that is silent for longer than the statement may take is dead.
// Another one is tried then, while the login still waits.
const STATEMENT_TIMEOUT_MS = 2_000;
const SILENCE_MS = 2_500;
const BATCH_LIMIT = 64;

class PendingRead extends Waiting<LoginSnapshot> {
  constructor(
    readonly selection: LoginSelection,
    patience: Patience,
    resolve: (snapshot: LoginSnapshot) => void,
    reject: (error: unknown) => void,
  ) {
    super(patience, resolve, reject);
  }
}

// One row at least: version and time are wanted even where no token is found.
type SnapshotRow = { version: number; server_now: Date; challenges?: ChallengeRow[] | null } & {
  [K in keyof TokenRow]: TokenRow[K] | null;
};

const TOKENS = `SELECT ${TOKEN_COLUMNS} FROM token t WHERE t.serial = ANY($1::text[])
  UNION ALL
  SELECT ${TOKEN_COLUMNS} FROM unnest($2::text[], $3::text[]) AS o(resolver, user_id)
    JOIN token t ON t.owner_resolver = o.resolver AND t.owner_user_id = o.user_id`;

const STATEMENT = `
SELECT v.version, clock_timestamp() AS server_now, t.*
FROM configuration_version v LEFT JOIN (
  ${TOKENS}
) t ON true`;

/** Only where somebody names a transaction; its challenges come with the first row. */
const WITH_CHALLENGES = `
SELECT v.version, clock_timestamp() AS server_now, t.*,
  CASE WHEN row_number() OVER () = 1 THEN (
    SELECT json_agg(c ORDER BY c.id) FROM (
      SELECT ${CHALLENGE_COLUMNS} FROM challenge c WHERE c.root = ANY($4::text[])
    ) c
  ) END AS challenges
FROM configuration_version v LEFT JOIN (
  ${TOKENS}
  UNION ALL
  SELECT ${TOKEN_COLUMNS} FROM token t
    WHERE t.id IN (SELECT c.token_id FROM challenge c WHERE c.root = ANY($4::text[]))
) t ON true`;

/** Only where a token may have been sent an OTP: each with the challenges that it may answer, or will. */
const WITH_OPEN = `
SELECT v.version, clock_timestamp() AS server_now, t.*, (
  SELECT json_agg(c ORDER BY c.id) FROM (
    SELECT ${CHALLENGE_COLUMNS} FROM challenge c
    WHERE c.token_id = t.id AND c.expires_at > clock_timestamp() AND c.state <> 'closed'
  ) c
) AS challenges
FROM configuration_version v LEFT JOIN (
  ${TOKENS}
) t ON true`;

const SESSION = `SET statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET jit = off; SET enable_seqscan = off;
  SET plan_cache_mode = force_generic_plan; SET default_transaction_read_only = on`;

/** Gathers the reads that wait into one query, as the committer does with writes. */
export class SqlLoginSnapshots extends LoginSnapshots {
  readonly #queue: PendingRead[] = [];
  readonly #openQueue: PendingRead[] = [];
  #isOpensTurn = false;
  readonly #idle: Reader[];
  readonly #readers: Reader[];
  #pumpScheduled = false;

  constructor(
    address: DatabaseAddress,
    private readonly keyring: Keyring,
    private readonly patience: Patience,
  ) {
    super();
    this.#readers = Array.from({ length: READERS }, () => new Reader(address));
    this.#idle = [...this.#readers];
  }

  load(selection: LoginSelection): Promise<LoginSnapshot> {
    return new Promise((resolve, reject) => {
      const queue = selection.withOpen ? this.#openQueue : this.#queue;
      queue.push(new PendingRead(selection, this.patience, resolve, reject));
      this.#schedule();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()));
  }

  #schedule(): void {
    if (this.#pumpScheduled || this.#idle.length === 0 || this.#isEmpty()) return;
    this.#pumpScheduled = true;
    setImmediate(() => {
      this.#pumpScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (!this.#isEmpty()) {
      const reader = this.#idle.pop();
      if (!reader) return;
      const batch = this.#takeBatch();
      if (batch.length === 0) {
        this.#idle.push(reader);
        continue;
      }
      void this.#read(reader, batch).finally(() => {
        this.#idle.push(reader);
        this.#schedule();
      });
    }
  }

  /** No connection is left, and none can be made: whoever waits would find the same, one time-out after the other. */
  #giveUp(error: Unavailable): void {
    for (const pending of [...this.#queue.splice(0), ...this.#openQueue.splice(0)]) pending.reject(error);
  }

  #isEmpty(): boolean {
    return this.#queue.length === 0 && this.#openQueue.length === 0;
  }

  /** Reads of one kind, both in turn: those of the few that want challenges cost nobody else anything. */
  #takeBatch(): readonly PendingRead[] {
    const [next, other] = this.#isOpensTurn ? [this.#openQueue, this.#queue] : [this.#queue, this.#openQueue];
    this.#isOpensTurn = !this.#isOpensTurn;
    const queue = next.length > 0 ? next : other;
    const batch: PendingRead[] = [];
    let looked = 0;
    for (const pending of queue) {
      if (batch.length === BATCH_LIMIT) break;
      looked++;
      // Nobody hears of it any more, and those behind it wait.
      if (!pending.isGivenUp) batch.push(pending);
    }
    queue.splice(0, looked);
    return batch;
  }

  async #read(reader: Reader, batch: readonly PendingRead[]): Promise<void> {
    let found: FoundTokens;
    try {
      found = new FoundTokens(await reader.query(queryOf(batch)), this.keyring);
    } catch (error) {
      if (batch.length === 1 || !isOfValues(error)) {
        for (const pending of batch) pending.reject(asUnavailable(error));
        if (isConnectionLost(error) && !this.#readers.some(({ isConnected }) => isConnected))
          this.#giveUp(asUnavailable(error));
        return;
      }
      // A value that the database refuses: each for itself, so that only the culprit fails.
      for (const pending of batch) if (!pending.isGivenUp) await this.#read(reader, [pending]);
      return;
    }
    for (const pending of batch) pending.resolve(found.snapshot(pending.selection));
  }
}

/** A value that cannot be sent, or is refused (class 22, data exception). Whatever else there is, such as a statement that takes too long, all share. */
function isOfValues(error: unknown): boolean {
  return error instanceof NotSent || (sqlState(error)?.startsWith('22') ?? false);
}

/** Each serial and each owner once, however many logins are for them. */
function queryOf(batch: readonly PendingRead[]): NamedStatement {
  const serials = new Set<string>();
  const owners = new Map<string, UserReference>();
  const roots = new Set<string>();
  for (const { selection } of batch) {
    if (selection.root !== undefined) roots.add(selection.root);
    if ('serial' in selection) serials.add(selection.serial);
    else if ('serials' in selection) for (const serial of selection.serials) serials.add(serial);
    else if ('owner' in selection)
      for (const reference of selection.owner.references) owners.set(ownerKey(reference), reference);
  }
  const references = [...owners.values()];
  const values = [
    [...serials],
    references.map(({ resolver }) => resolver),
    references.map(({ userId }) => userId),
  ];
  if (batch[0]?.selection.withOpen) return { name: 'login-read-open', text: WITH_OPEN, values };
  return roots.size === 0
    ? { name: 'login-read', text: STATEMENT, values }
    : { name: 'login-read-challenges', text: WITH_CHALLENGES, values: [...values, [...roots]] };
}

function ownerKey({ resolver, userId }: UserReference): string {
  return `${resolver}\0${userId}`;
}

/** What one query found for all that asked. */
class FoundTokens {
  readonly #bySerial = new Map<string, Token>();
  readonly #byOwner = new Map<string, Token[]>();
  readonly #challenges: Challenge[] = [];
  readonly #now: Date;
  readonly #version: number;

  constructor(rows: readonly SnapshotRow[], keyring: Keyring) {
    const [first] = rows;
    this.#now = first?.server_now ?? new Date(0);
    this.#version = first?.version ?? Number.POSITIVE_INFINITY;
    for (const row of rows) {
      // Asked for by serial and by owner, a token is there twice.
      if (row.serial !== null && this.#bySerial.has(row.serial)) continue;
      this.#challenges.push(...(row.challenges ?? []).map(toChallenge));
      if (!isToken(row)) continue;
      const token = toToken(row, keyring);
      this.#bySerial.set(token.serial, token);
      if (!token.owner) continue;
      const owned = this.#byOwner.get(ownerKey(token.owner));
      if (owned) owned.push(token);
      else this.#byOwner.set(ownerKey(token.owner), [token]);
    }
  }

  snapshot(selection: LoginSelection): LoginSnapshot {
    const { root } = selection;
    const challenges =
      root === undefined ? [] : this.#challenges.filter((challenge) => challenge.root === root);
    const { tokens, hasOtherTokens } = this.#tokensOf(selection, challenges);
    return {
      tokens,
      hasOtherTokens,
      challenges: selection.withOpen ? this.#challengesOf(tokens) : challenges,
      now: this.#now,
      configurationVersion: this.#version,
    };
  }

  #challengesOf(tokens: readonly Token[]): readonly Challenge[] {
    return this.#challenges.filter(({ tokenId }) => tokens.some(({ id }) => id === tokenId));
  }

  /** @param challenges of the transaction that is named */
  #tokensOf(
    selection: LoginSelection,
    challenges: readonly Challenge[],
  ): Pick<LoginSnapshot, 'tokens' | 'hasOtherTokens'> {
    if ('serial' in selection) {
      const token = this.#bySerial.get(selection.serial);
      return { tokens: token ? [token] : [], hasOtherTokens: false };
    }
    if ('serials' in selection) {
      const tokens = selection.serials.flatMap((serial) => this.#bySerial.get(serial) ?? []);
      return { tokens, hasOtherTokens: false };
    }
    if ('challenged' in selection) {
      const asked = new Set(challenges.map(({ tokenId }) => tokenId));
      const tokens = [...this.#bySerial.values()].filter(({ id }) => asked.has(id));
      return { tokens, hasOtherTokens: true };
    }
    const { references, realm } = selection.owner;
    const owned = new Set(references.flatMap((reference) => this.#byOwner.get(ownerKey(reference)) ?? []));
    const tokens = [...owned]
      .filter(({ realms }) => realms.length === 0 || realms.includes(realm))
      .toSorted((one, other) => one.id - other.id);
    return { tokens, hasOtherTokens: tokens.length < owned.size };
  }
}

function isToken(row: SnapshotRow): row is SnapshotRow & TokenRow {
  return row.id !== null;
}

/** One connection for reading, made when it is needed and again when it broke. */
class Reader {
  #client: PrimaryClient | null = null;

  constructor(private readonly address: DatabaseAddress) {}

  get isConnected(): boolean {
    return this.#client !== null;
  }

  async query(statement: NamedStatement): Promise<SnapshotRow[]> {
    // A connection may have died unnoticed: a read is tried once more on a new one.
    for (let attempt = 1; ; attempt++) {
      const client = await this.#connected();
      try {
        return (await client.ask<SnapshotRow>(statement)).rows;
      } catch (error) {
        if (!isConnectionLost(error)) throw error;
        await this.close();
        if (attempt > 1) throw error;
      }
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  async #connected(): Promise<PrimaryClient> {
    if (this.#client && !this.#client.isLeft) return this.#client;
    await this.close();
    const client = await connectPrimary(this.address, { query_timeout: SILENCE_MS });
    await client.query(SESSION);
    client.once('end', () => {
      if (this.#client === client) this.#client = null;
    });
    this.#client = client;
    return client;
  }
}
