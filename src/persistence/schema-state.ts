import { type DatabaseAddress, connectPrimary } from './database.js';
import { MIGRATIONS } from './data-source.js';

/** How far a database is from what this release needs. A schema newer than this release counts as `current`. */
export type SchemaState =
  | 'none' // nothing of an installation is there yet, or its first start was cut short
  | 'older' // migrations are to be applied
  | 'current';

/** Looks, and writes nothing. @throws Unavailable */
export async function schemaState(address: DatabaseAddress): Promise<SchemaState> {
  const client = await connectPrimary(address);
  try {
    const tables = await client.query<{ ready: boolean }>(
      `SELECT to_regclass('secret') IS NOT NULL AND to_regclass('migrations') IS NOT NULL AS ready`,
    );
    if (tables.rows[0]?.ready !== true) return 'none';
    // Written with the keys of the installation, in one transaction.
    const canary = await client.query(`SELECT FROM secret WHERE name = 'canary'`);
    if (canary.rowCount === 0) return 'none';
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations');
    const applied = new Set(rows.map(({ name }) => name));
    return MIGRATIONS.every((Migration) => applied.has(new Migration().name)) ? 'current' : 'older';
  } finally {
    await client.end().catch(() => undefined);
  }
}
