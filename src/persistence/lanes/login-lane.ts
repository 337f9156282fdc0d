import { type AuditRecord, auditRecord } from '@app/audit';
import type { Challenge } from '@app/authentication';
import { Unavailable } from '@app/kernel';

import type { Keyring } from '../../keyring/keyring.js';
import {
  type DatabaseAddress,
  NotSent,
  type PrimaryClient,
  asUnavailable,
  connectPrimary,
  isConnectionLost,
  orNotSent,
  sqlState,
} from '../database.js';
import { CHALLENGE_COLUMNS, type ChallengeRow, toChallenge } from '../tokens/challenge-row.js';
import { TOKEN_COLUMNS, type TokenRow, toToken } from '../tokens/token-row.js';
import type { ToldHeads } from '../heads/head-register.js';
import type { WriteHealth } from '../write-health.js';
import type { AuditSigner } from './audit-signer.js';
import { type ChainBatch, chainBatch } from './chain-batch.js';
import type { CommitObserver, CommitPath } from './commit-observer.js';
import { type DecidedLogin, type LockedTokens, type PendingLogin, decideInTurn } from './decide-in-turn.js';
import type { LaneLedger, OpenLane } from './lane-ledger.js';
import type { RecordObserver } from './record-observer.js';
import { GUARD_MISSED, loginStatement } from './login-statement.js';

export interface LaneServices {
  readonly address: DatabaseAddress;
  readonly ledger: LaneLedger;
  readonly signer: AuditSigner;
  readonly keyring: Keyring;
  readonly observer: CommitObserver;
  readonly recordObserver: RecordObserver;
  readonly health: WriteHealth;
  readonly node: string;
}

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const TRANSACTION_IDS = 'challenge_root_place_key';
const RETRIES = 3;
// A connection that is silent for longer than any statement may take is dead.
const SILENCE_MS = 6_000;
// Bounds what a batch costs whose rows are locked by somebody else, one after the other.
const ONE_BY_ONE_MS = 5_000;
// Plans are made once and serve tables of any size: rows are always found by key. A transaction that lost us is over before
// we give up finding out what became of it.
const SESSION = `SET lock_timeout = '2s'; SET statement_timeout = '5s'; SET jit = off; SET enable_seqscan = off;
  SET plan_cache_mode = force_generic_plan; SET idle_in_transaction_session_timeout = '1s'`;

/** One connection, one transaction at a time, one chain of records. */
export class LoginLane {
  #client: PrimaryClient | null = null;
  #lane: OpenLane | null = null;
  /** A lane whose last commit is in the dark: closed before a successor opens, if it can be. */
  #predecessor: OpenLane | null = null;
  /** Heads of other lanes in the batch that was chained last. */
  #told: ToldHeads | null = null;

  constructor(private readonly services: LaneServices) {}

  /** Otherwise the next batch has to connect first. */
  get isConnected(): boolean {
    return this.#client !== null;
  }

  /**
   * Settles every login of the batch, one way or the other; never throws.
   *
   * @returns why the whole batch failed, if it did
   */
  async commit(batch: readonly PendingLogin[]): Promise<Unavailable | null> {
    try {
      await this.#commitTogether(batch);
      return null;
    } catch (error) {
      const failure = asUnavailable(error);
      for (const pending of batch) pending.reject(failure);
      return failure;
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    const lane = this.#lane;
    if (client && lane) await this.services.ledger.close(client, lane).catch(() => undefined);
    this.#drop();
    await client?.end().catch(() => undefined);
  }

  /** The fast path; what it cannot do goes the slow way, or one by one. */
  async #commitTogether(
    batch: readonly PendingLogin[],
    path: CommitPath = 'fast',
    attempt = 0,
  ): Promise<void> {
    const started = performance.now();
    const { client, lane } = await this.#ready();
    const decided = decideInTurn(batch, null);
    if (decided.length === 0) return;
    const left = decided.map(({ pending }) => pending);
    let chained: ChainBatch | undefined;
    try {
      chained = this.#chain(lane, decided);
      await client.ask(statement(chained, decided));
      this.#settle(decided, chained, path, started);
    } catch (error) {
      const state = sqlState(error);
      if (isConnectionLost(error)) {
        if (await this.#tookPlace(lane, chained, error)) return tell(decided);
        if (attempt < RETRIES) return this.#commitTogether(left, path, attempt + 1);
        throw asUnavailable(error);
      }
      if (state === GUARD_MISSED) return this.#decideAgain(left);
      if ((state === SERIALIZATION_FAILURE || state === DEADLOCK) && attempt < RETRIES) {
        return this.#commitTogether(left, path, attempt + 1);
      }
      return this.#afterDefiniteError(left, error);
    }
  }

  /** The slow path: lock the same rows, read them again, decide again, write. A guard cannot miss twice. */
  async #decideAgain(batch: readonly PendingLogin[], attempt = 0): Promise<void> {
    const started = performance.now();
    const { client, lane } = await this.#ready();
    let left = batch;
    let decided: readonly DecidedLogin[] = [];
    let chained: ChainBatch | undefined;
    try {
      await client.query('BEGIN');
      decided = decideInTurn(batch, await this.#lock(client, batch));
      left = decided.map(({ pending }) => pending);
      if (decided.length === 0) {
        await client.query('ROLLBACK');
        return;
      }
      chained = this.#chain(lane, decided);
      await client.ask(statement(chained, decided));
      await client.query('COMMIT');
      this.#settle(decided, chained, 'slow', started);
    } catch (error) {
      const state = sqlState(error);
      if (isConnectionLost(error)) {
        if (await this.#tookPlace(lane, chained, error)) return tell(decided);
        if (attempt < RETRIES) return this.#decideAgain(left, attempt + 1);
        throw asUnavailable(error);
      }
      await client.query('ROLLBACK').catch(() => this.#drop());
      // With the rows locked only the lane can miss its guard: somebody closed it. A successor takes over.
      if (state === GUARD_MISSED) this.#drop();
      const isTransient = state === GUARD_MISSED || state === SERIALIZATION_FAILURE || state === DEADLOCK;
      if (isTransient && attempt < RETRIES) return this.#decideAgain(left, attempt + 1);
      return this.#afterDefiniteError(left, error);
    }
  }

  async #lock(client: PrimaryClient, batch: readonly PendingLogin[]): Promise<LockedTokens> {
    const { rows } = await client.query<TokenRow & { server_now: Date }>({
      name: 'login-lock',
      text: `SELECT ${TOKEN_COLUMNS}, clock_timestamp() AS server_now FROM token t
             WHERE t.id = ANY($1::bigint[]) ORDER BY t.id FOR NO KEY UPDATE`,
      values: [batch.flatMap(({ tokenIds }) => tokenIds)],
    });
    return {
      challenges: await lockChallenges(client, batch),
      tokens: new Map(rows.map((row) => [row.id, toToken(row, this.services.keyring)])),
      now: rows[0]?.server_now ?? new Date(),
    };
  }

  /**
   * What the database refused, or could not be sent, is committed one by one, so that only the culprit fails; where it is the
   * database that cannot, all fail at once.
   */
  async #afterDefiniteError(batch: readonly PendingLogin[], error: unknown): Promise<void> {
    const refused =
      error instanceof NotSent ? error : new Unavailable('the database refused the record', { cause: error });
    // Two drew one transaction id: the login starts over, and draws again.
    if (batch.length === 1 && isDrawnTwice(error)) {
      for (const pending of batch) pending.resolve('start-over');
      return;
    }
    if (isOfTheServer(error)) this.services.health.failed();
    if (batch.length === 1 || isOfTheServer(error)) {
      for (const pending of batch) pending.reject(refused);
      return;
    }
    const deadline = performance.now() + ONE_BY_ONE_MS;
    for (const pending of batch) {
      if (performance.now() > deadline) pending.reject(refused);
      else await this.#commitTogether([pending], 'single').catch((reason: unknown) => pending.reject(reason));
    }
  }

  /**
   * The connection broke while a commit may have been under way. Whether it took place is read from the lane on a new
   * connection; until that is known nobody is told anything, and if it cannot be found out nobody is accepted.
   *
   * @param chained what was about to be committed; `undefined`: it did not get that far
   * @throws Unavailable when it could not be found out
   */
  async #tookPlace(lane: OpenLane, chained: ChainBatch | undefined, cause: unknown): Promise<boolean> {
    this.#drop();
    // The lane as it was used: the end of the connection may have been noticed, and the lane let go of, before this.
    this.#predecessor = lane;
    if (!chained) return false;
    const { ledger, observer, health } = this.services;
    let sequence: number;
    try {
      sequence = await ledger.fence(lane);
    } catch {
      health.failed();
      observer.unknownOutcome(false);
      throw asUnavailable(cause);
    }
    observer.unknownOutcome(true);
    const tookPlace = sequence === chained.head.sequence;
    if (tookPlace) {
      this.#predecessor = { id: lane.id, head: chained.head };
      ledger.heads.moved(lane.id, chained.head);
      this.services.recordObserver.recorded(chained);
    }
    return tookPlace;
  }

  #settle(decided: readonly DecidedLogin[], chained: ChainBatch, path: CommitPath, started: number): void {
    const lane = { id: chained.laneId, head: chained.head };
    this.services.ledger.heads.moved(lane.id, lane.head);
    this.#told?.kept();
    // The connection may have ended right behind the answer, and the lane been let go of.
    if (this.#lane) this.#lane = lane;
    else this.#predecessor = lane;
    this.services.health.succeeded();
    this.services.observer.committed(decided.length, path, (performance.now() - started) / 1000);
    this.services.recordObserver.recorded(chained);
    tell(decided);
  }

  #chain(lane: OpenLane, decided: readonly DecidedLogin[]): ChainBatch {
    const now = new Date();
    const { ledger, signer, node } = this.services;
    this.#told = ledger.heads.due(lane.id);
    return orNotSent(() => {
      const records = decided.map(({ pending, decision }): AuditRecord =>
        auditRecord(pending.login.context, decision.facts, now, node),
      );
      return chainBatch(lane.id, lane.head, records, signer, this.#told?.text);
    });
  }

  async #ready(): Promise<{ client: PrimaryClient; lane: OpenLane }> {
    if (this.#client && this.#lane) return { client: this.#client, lane: this.#lane };
    const { address, ledger } = this.services;
    const client = await connectPrimary(address, { query_timeout: SILENCE_MS });
    try {
      await client.query(SESSION);
      const lane = await ledger.open(client, this.#predecessor);
      client.once('end', () => {
        if (this.#client === client) this.#drop();
      });
      this.#client = client;
      this.#lane = lane;
      this.#predecessor = null;
      return { client, lane };
    } catch (error) {
      this.services.health.failed();
      client.end().catch(() => undefined);
      throw asUnavailable(error);
    }
  }

  #drop(): void {
    const client = this.#client;
    if (this.#lane) this.#predecessor = this.#lane;
    this.#client = null;
    this.#lane = null;
    client?.end().catch(() => undefined);
  }
}

/**
 * Those of the transactions that the batch names or that its tokens were asked by, and whatever else of its tokens an answer to one of them closes: all in
 * order of id, behind the tokens.
 */
async function lockChallenges(client: PrimaryClient, batch: readonly PendingLogin[]): Promise<Challenge[]> {
  const roots = batch.flatMap(({ login }) => login.root ?? []);
  if (roots.length === 0 && !batch.some(({ login }) => login.looksAtOpen)) return [];
  const { rows } = await client.query<ChallengeRow>({
    name: 'login-lock-challenges',
    text: `SELECT ${CHALLENGE_COLUMNS} FROM challenge c
           WHERE c.root = ANY($1::text[]) OR c.token_id = ANY($2::bigint[])
           ORDER BY c.id FOR NO KEY UPDATE`,
    values: [roots, batch.flatMap(({ tokenIds }) => tokenIds)],
  });
  return rows.map(toChallenge);
}

function statement(chained: ChainBatch, decided: readonly DecidedLogin[]) {
  return orNotSent(() =>
    loginStatement(
      chained,
      decided.map(({ decision }) => decision),
    ),
  );
}

function tell(decided: readonly DecidedLogin[]): void {
  for (const { pending, decision } of decided) pending.resolve(decision);
}

function isDrawnTwice(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === TRANSACTION_IDS;
}

/** Out of resources, cancelled by a timeout, system and internal errors (PostgreSQL manual, appendix A): nobody's value. */
function isOfTheServer(error: unknown): boolean {
  return /^(53|57|58|XX)/.test(sqlState(error) ?? '');
}
