import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

const POLL_MS = 10;

/**
 * Until a connection waits for a lock, or `action`, which is to wait for it, ends without.
 *
 * @param database past all locks, and not within a transaction: there, whoever looks sees the same for ever
 * @param query    a pattern (LIKE) of the statement that waits
 * @throws when `action` ended before anybody waited
 */
export async function somebodyWaits(
  database: pg.Client | pg.Pool,
  action: Promise<unknown>,
  query = '%',
): Promise<void> {
  let hasEnded = false;
  const ended = () => {
    hasEnded = true;
  };
  action.then(ended, ended);
  for (;;) {
    const { rowCount } = await database.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
      [query],
    );
    if (rowCount !== 0) return;
    if (hasEnded) throw new Error('it ended, and never waited for a lock');
    await pause(POLL_MS);
  }
}
