import { setImmediate as nextTurn } from 'node:timers/promises';

import { type AuditContext, type Audited, type SealedHead, auditRecords } from '@app/audit';
import { Unavailable } from '@app/kernel';
import pg from 'pg';
import { type DataSource, QueryFailedError, type QueryRunner } from 'typeorm';

import { NotSent, type Queryable, asUnavailable, isConnectionLost, sqlState } from '../database.js';
import { queryableOf } from '../data-source.js';
import { appendRecords } from './append-records.js';
import type { AuditSigner } from './audit-signer.js';
import type { ChainBatch } from './chain-batch.js';
import type { LaneLedger, OpenLane } from './lane-ledger.js';
import type { RecordObserver } from './record-observer.js';

export interface AdministrationWork {
  /** Plain SQL on the transaction. */
  readonly database: Queryable;
  /** The database's clock at the start. */
  readonly now: Date;
}

interface WrittenRecords {
  readonly batches: readonly ChainBatch[];
  /** Where the lane stands behind them. */
  readonly head: SealedHead;
}

const QUEUE_LIMIT = 500;
const RETRIES = 3;
const TOLD_AT_ONCE = 16;

/** Administrative changes: one transaction at a time, each with its record, on a lane of its own. */
export class AdministrationLane {
  #lane: OpenLane | null = null;
  #predecessor: OpenLane | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: LaneLedger,
    private readonly signer: AuditSigner,
    private readonly node: string,
    private readonly recordObserver: RecordObserver,
  ) {}

  /**
   * Runs `work` in a transaction and commits it with its record. Errors of `work` roll back and pass through. `work` may
   * run again after a serialization failure, a deadlock or a broken connection: nothing of it was committed then.
   *
   * @param held names of what no other transaction may hold until this one ends: waited for at its start, in this order
   * @throws Unavailable
   */
  run<T>(
    context: AuditContext,
    work: (tools: AdministrationWork) => Promise<Audited<T>>,
    held: readonly string[] = [],
  ): Promise<T> {
    if (this.#waiting >= QUEUE_LIMIT) {
      return Promise.reject(new Unavailable('too many administrative changes are waiting'));
    }
    this.#waiting++;
    const result = this.#tail.then(() => this.#retried(context, work, held));
    const done = () => {
      this.#waiting--;
    };
    this.#tail = result.then(done, done);
    return result;
  }

  async close(): Promise<void> {
    await this.#tail;
    const lane = this.#lane;
    this.#lane = null;
    if (lane) await this.ledger.close(queryableOf(this.dataSource), lane).catch(() => undefined);
  }

  async #retried<T>(
    context: AuditContext,
    work: (tools: AdministrationWork) => Promise<Audited<T>>,
    held: readonly string[],
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(context, work, held);
      } catch (error) {
        if (!(error instanceof Transient)) throw error;
        if (attempt >= RETRIES) throw asUnavailable(error.cause);
      }
    }
  }

  async #once<T>(
    context: AuditContext,
    work: (tools: AdministrationWork) => Promise<Audited<T>>,
    held: readonly string[],
  ): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    let lane: OpenLane | null = null;
    let mayBeOpen = false;
    let isWriting = false;
    let written: (WrittenRecords & { result: T }) | null = null;
    try {
      const client = await runner.connect().catch((error: unknown) => {
        throw asUnavailable(error);
      });
      lane = this.#lane ??= await this.ledger.open(queryableOf(runner), this.#predecessor);
      this.#predecessor = null;
      const database = queryableOf(runner);
      mayBeOpen = true;
      const now = await begun(client as pg.PoolClient, held);
      const { result, facts } = await work({ database, now });
      const records = auditRecords(context, facts, new Date(), this.node);
      const told = this.ledger.heads.due(lane.id);
      isWriting = true;
      const batches = await appendRecords(database, lane, records, this.signer, told?.text);
      const head = batches.at(-1)?.head ?? lane.head;
      written = { batches, head, result };
      await database.query('COMMIT');
      this.#lane = { id: lane.id, head };
      told?.kept();
      await this.#tell(lane, written);
      return result;
    } catch (error) {
      // What a use case threw passes through; what the database said is translated.
      if (!(error instanceof QueryFailedError)) {
        if (mayBeOpen) await rollback(runner);
        throw error;
      }
      const failure: unknown = error.driverError;
      if (isConnectionLost(failure)) {
        if (lane && written && (await this.#tookPlace(lane, written, failure))) return written.result;
        throw new Transient(failure);
      }
      if (mayBeOpen) await rollback(runner);
      if (failure instanceof NotSent) throw failure;
      const state = sqlState(failure);
      if (state === LANE_CLOSED && lane && isWriting) this.#leave(lane);
      else if (state !== SERIALIZATION_FAILURE && state !== DEADLOCK) {
        throw new Unavailable('the database refused the change', { cause: failure });
      }
      throw new Transient(failure);
    } finally {
      await runner.release().catch(() => undefined);
    }
  }

  /** Whether a commit whose answer was lost took place is read from the lane, on a new connection. @throws Unavailable */
  async #tookPlace(lane: OpenLane, written: WrittenRecords, cause: unknown): Promise<boolean> {
    this.#leave(lane);
    try {
      if ((await this.ledger.fence(lane)) !== written.head.sequence) return false;
    } catch {
      throw asUnavailable(cause);
    }
    this.#predecessor = { id: lane.id, head: written.head };
    await this.#tell(lane, written);
    return true;
  }

  async #tell(lane: OpenLane, { head, batches }: WrittenRecords): Promise<void> {
    this.ledger.heads.moved(lane.id, head);
    for (const [place, batch] of batches.entries()) {
      this.recordObserver.recorded(batch);
      // Whoever ships them has room for so many: it gets its turn to send them.
      if (place % TOLD_AT_ONCE === TOLD_AT_ONCE - 1) await nextTurn();
    }
  }

  /** The next change opens a successor. */
  #leave(lane: OpenLane): void {
    this.#lane = null;
    this.#predecessor = lane;
  }
}

/** Takes what `run` calls `held`, until the transaction ends. */
export function lockStatement(name: string): string {
  return `SELECT pg_advisory_xact_lock(hashtextextended(${pg.escapeLiteral(name)}, 0))`;
}

/** Nothing was committed, and another try may go better. */
class Transient extends Error {
  constructor(cause: unknown) {
    super('nothing was committed', { cause });
  }
}

/**
 * Begins the transaction, in one round trip with what it starts with. Not by TypeORM, which would take one for each.
 * @returns the database's clock
 */
async function begun(client: pg.PoolClient, held: readonly string[]): Promise<Date> {
  const locks = held.map(lockStatement);
  const text = ['START TRANSACTION', ...locks, 'SELECT clock_timestamp() AS now'].join('; ');
  // What is several statements has a result of each.
  const asked = client.query(text) as unknown as Promise<readonly pg.QueryResult<{ now: Date }>[]>;
  const results = await asked.catch((error: Error) => {
    throw new QueryFailedError(text, [], error);
  });
  const now = results.at(-1)?.rows[0]?.now;
  if (!now) throw asUnavailable(new Error('the database told no time'));
  return now;
}

async function rollback(runner: QueryRunner): Promise<void> {
  await runner.query('ROLLBACK').catch(() => undefined);
}

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
// The statement that appends divides by zero when the lane is not where it was left.
const LANE_CLOSED = '22012';
