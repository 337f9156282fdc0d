import { type Queryable, hasTable } from '../database.js';

/** There while a restore fills the database, and from then on if it was killed: its one transaction takes it away. */
export const RESTORE_MARKER = 'unfinished_restore';

/** A restore was killed: what is there is no installation, and is not to become a new one. */
export class RestoreWasCut extends Error {
  constructor() {
    super(
      `a restore into this database did not get to its end, and nothing of it is there: run npx twinlock restore again (or drop the table ${RESTORE_MARKER}, for a new installation)`,
    );
  }
}

export async function hasRestoreMarker(database: Queryable): Promise<boolean> {
  return hasTable(database, RESTORE_MARKER);
}

export async function setRestoreMarker(database: Queryable): Promise<void> {
  await database.query(
    `CREATE TABLE IF NOT EXISTS ${RESTORE_MARKER} AS SELECT clock_timestamp() AS begun_at`,
  );
}

export async function removeRestoreMarker(database: Queryable): Promise<void> {
  await database.query(`DROP TABLE IF EXISTS ${RESTORE_MARKER}`);
}
