import { type AuditRecord, auditRecord } from '@app/audit';
import type { LoginCommit, LoginDecision } from '@app/authentication';
import { Unavailable } from '@app/kernel';

import type { Keyring } from '../../keyring/keyring.js';
import {
  type DatabaseAddress,
  type PrimaryClient,
  asUnavailable,
  connectPrimary,
  isConnectionLost,
  sqlState,
} from '../database.js';
import { TOKEN_COLUMNS, type TokenRow, toToken } from '../tokens/token-row.js';
import type { AuditSigner } from './audit-signer.js';
import { type ChainBatch, chainBatch } from './chain-batch.js';
import type { CommitObserver, CommitPath } from './commit-observer.js';
import type { LaneLedger, OpenLane } from './lane-ledger.js';
import { GUARD_MISSED, loginStatement } from './login-statement.js';

/** A login that waits for its commit, and how it is told. */
export interface PendingLogin {
  readonly login: LoginCommit;
  readonly tokenIds: readonly number[];
  resolve(decision: LoginDecision | 'start-over'): void;
  reject(error: unknown): void;
}

/** One of a batch, with the decision that is about to be written. */
interface Candidate {
  readonly pending: PendingLogin;
  readonly decision: LoginDecision;
}

export interface LaneServices {
  readonly address: DatabaseAddress;
  readonly ledger: LaneLedger;
  readonly signer: AuditSigner;
  readonly keyring: Keyring;
  readonly observer: CommitObserver;
  readonly node: string;
}

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
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

  constructor(private readonly services: LaneServices) {}

  /** Settles every login of the batch, one way or the other; never throws. */
  async commit(batch: readonly PendingLogin[]): Promise<void> {
    try {
      await this.#commitTogether(batch.map((pending) => ({ pending, decision: pending.login.decision })));
    } catch (error) {
      for (const pending of batch) pending.reject(asUnavailable(error));
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
    candidates: readonly Candidate[],
    path: CommitPath = 'fast',
    attempt = 0,
  ): Promise<void> {
    if (candidates.length === 0) return;
    const started = performance.now();
    const { client, lane } = await this.#ready();
    const chained = this.#chain(lane, candidates);
    try {
      await client.query(
        loginStatement(
          chained,
          candidates.map(({ decision }) => decision),
        ),
      );
      this.#settle(candidates, chained, path, started);
    } catch (error) {
      const state = sqlState(error);
      if (isConnectionLost(error)) {
        if (await this.#tookPlace(lane, chained, error)) return tell(candidates);
        if (attempt < RETRIES) return this.#commitTogether(candidates, path, attempt + 1);
        throw asUnavailable(error);
      }
      if (state === GUARD_MISSED) return this.#decideAgain(candidates);
      if ((state === SERIALIZATION_FAILURE || state === DEADLOCK) && attempt < RETRIES) {
        return this.#commitTogether(candidates, path, attempt + 1);
      }
      return this.#afterDefiniteError(candidates, error);
    }
  }

  /** The slow path: lock the same rows, read them again, decide again, write. A guard cannot miss twice. */
  async #decideAgain(candidates: readonly Candidate[], attempt = 0): Promise<void> {
    const started = performance.now();
    const { client, lane } = await this.#ready();
    let chained: ChainBatch | undefined;
    let decided: Candidate[] = [];
    try {
      await client.query('BEGIN');
      const { rows } = await client.query<TokenRow & { server_now: Date }>({
        name: 'login-lock',
        text: `SELECT ${TOKEN_COLUMNS}, clock_timestamp() AS server_now FROM token t
               WHERE t.id = ANY($1::bigint[]) ORDER BY t.id FOR NO KEY UPDATE`,
        values: [candidates.flatMap(({ pending }) => pending.tokenIds)],
      });
      decided = this.#redecide(candidates, rows);
      if (decided.length === 0) {
        await client.query('ROLLBACK');
        return;
      }
      chained = this.#chain(lane, decided);
      await client.query(
        loginStatement(
          chained,
          decided.map(({ decision }) => decision),
        ),
      );
      await client.query('COMMIT');
      this.#settle(decided, chained, 'slow', started);
    } catch (error) {
      const state = sqlState(error);
      const left = chained ? decided : candidates;
      if (isConnectionLost(error)) {
        if (await this.#tookPlace(lane, chained, error)) return tell(decided);
        if (attempt < RETRIES) return this.#decideAgain(left, attempt + 1);
        throw asUnavailable(error);
      }
      await client.query('ROLLBACK').catch(() => this.#drop());
      // With the rows locked only the lane can miss its guard: somebody closed it. A successor takes over.
      if (state === GUARD_MISSED) this.#drop();
      if (
        (state === GUARD_MISSED || state === SERIALIZATION_FAILURE || state === DEADLOCK) &&
        attempt < RETRIES
      ) {
        return this.#decideAgain(left, attempt + 1);
      }
      return this.#afterDefiniteError(left, error);
    }
  }

  #redecide(
    candidates: readonly Candidate[],
    rows: readonly (TokenRow & { server_now: Date })[],
  ): Candidate[] {
    const byId = new Map(rows.map((row) => [row.id, row]));
    const decided: Candidate[] = [];
    for (const { pending } of candidates) {
      const found = pending.tokenIds.flatMap((id) => byId.get(id) ?? []);
      try {
        const now = found[0]?.server_now ?? new Date();
        const decision = pending.login.decideAgain(
          found.map((row) => toToken(row, this.services.keyring)),
          now,
        );
        if (decision) decided.push({ pending, decision });
        else pending.resolve('start-over');
      } catch (error) {
        pending.reject(error);
      }
    }
    return decided;
  }

  /**
   * What the database refused is committed one by one, so that only the culprit fails; where it is the database that
   * cannot, all fail at once.
   */
  async #afterDefiniteError(candidates: readonly Candidate[], error: unknown): Promise<void> {
    const refused = new Unavailable('the database refused the record', { cause: error });
    if (candidates.length === 1 || isOfTheServer(error)) {
      for (const { pending } of candidates) pending.reject(refused);
      return;
    }
    const deadline = performance.now() + ONE_BY_ONE_MS;
    for (const candidate of candidates) {
      const { pending } = candidate;
      if (performance.now() > deadline) pending.reject(refused);
      else
        await this.#commitTogether([candidate], 'single').catch((reason: unknown) => pending.reject(reason));
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
    const { ledger, observer } = this.services;
    let sequence: number;
    try {
      sequence = await ledger.fence(lane);
    } catch {
      observer.unknownOutcome(false);
      throw asUnavailable(cause);
    }
    observer.unknownOutcome(true);
    const tookPlace = sequence === chained.head.sequence;
    if (tookPlace) this.#predecessor = { id: lane.id, head: chained.head };
    return tookPlace;
  }

  #settle(candidates: readonly Candidate[], chained: ChainBatch, path: CommitPath, started: number): void {
    const lane = { id: chained.laneId, head: chained.head };
    // The connection may have ended right behind the answer, and the lane been let go of.
    if (this.#lane) this.#lane = lane;
    else this.#predecessor = lane;
    this.services.observer.committed(candidates.length, path, (performance.now() - started) / 1000);
    tell(candidates);
  }

  #chain(lane: OpenLane, candidates: readonly Candidate[]): ChainBatch {
    const now = new Date();
    const records = candidates.map(({ pending, decision }): AuditRecord =>
      auditRecord(pending.login.context, decision.facts, now, this.services.node),
    );
    return chainBatch(lane.id, lane.head, records, this.services.signer);
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

function tell(candidates: readonly Candidate[]): void {
  for (const { pending, decision } of candidates) pending.resolve(decision);
}

/** Out of resources, cancelled by a timeout, system and internal errors (PostgreSQL manual, appendix A): nobody's value. */
function isOfTheServer(error: unknown): boolean {
  return /^(53|57|58|XX)/.test(sqlState(error) ?? '');
}
