import { Occupied } from '@app/kernel';
import type { DataSource } from 'typeorm';
import type pg from 'pg';

import { type Queryable, asUnavailable } from './database.js';
import { queryableOf } from './data-source.js';

/** Each holds one of the administration's connections. */
const READINGS = 2;
/** For how long a reader may pause: longer than a client is waited for. */
const PAUSE_MS = 60_000;

/** Rows of a query of any length, some at a time. */
export interface LongReading<R, T> {
  /** What was asked of the same state of the database at its start. */
  readonly beside: T;
  readonly batches: AsyncIterable<readonly R[]>;
  /** Lets go of the database; to be called whether or not all was read. Any number of times. */
  close(): Promise<void>;
}

/** Long lists: by a cursor, within one transaction that sees everything as it was at its start. */
export class LongReadings {
  #readings = 0;

  /** @param what is read, for the message of those who have to wait */
  constructor(
    private readonly source: DataSource,
    private readonly what: string,
  ) {}

  /**
   * @param atOnce rows that are in memory at once
   * @throws Occupied while too many are read; Unavailable
   */
  async open<R extends pg.QueryResultRow, T>(
    query: { readonly text: string; readonly values: unknown[] },
    atOnce: number,
    beside: (database: Queryable) => Promise<T>,
  ): Promise<LongReading<R, T>> {
    if (this.#readings >= READINGS)
      throw new Occupied(`too many long lists of ${this.what} are read at once`);
    this.#readings++;
    const runner = this.source.createQueryRunner();
    let isOpen = true;
    const close = async () => {
      if (!isOpen) return;
      isOpen = false;
      await runner.query('ROLLBACK').catch(() => undefined);
      await runner.release().catch(() => undefined);
      this.#readings--;
    };
    const database = queryableOf(runner);
    try {
      await runner.connect();
      await database.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await database.query(`SET LOCAL idle_in_transaction_session_timeout = ${PAUSE_MS}`);
      await database.query(`DECLARE listed NO SCROLL CURSOR FOR ${query.text}`, query.values);
      return { beside: await beside(database), batches: fetched<R>(database, atOnce, close), close };
    } catch (error) {
      await close();
      throw asUnavailable(error);
    }
  }
}

async function* fetched<R extends pg.QueryResultRow>(
  database: Queryable,
  atOnce: number,
  close: () => Promise<void>,
): AsyncGenerator<readonly R[]> {
  try {
    for (;;) {
      const { rows } = await database
        .query<R>(`FETCH FORWARD ${atOnce} FROM listed`)
        .catch((error: unknown) => {
          throw asUnavailable(error);
        });
      if (rows.length > 0) yield rows;
      if (rows.length < atOnce) return;
    }
  } finally {
    await close();
  }
}
