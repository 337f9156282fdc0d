import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { type AuditContext, auditRecords } from '@app/audit';
import type { PolicySecrets } from '@app/realms';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { QueryRunner } from 'typeorm';

import type { Keyring } from '../../keyring/keyring.js';
import { MIGRATIONS, createDataSource, queryableOf } from '../data-source.js';
import { type DatabaseAddress, type Queryable, connectPrimary } from '../database.js';
import { HeadRegister } from '../heads/head-register.js';
import { INITIALISATION_LOCK } from '../initialise.js';
import { checkCanary, followSealingKey, openInstallationKeys, replaceJwtKey } from '../installation-keys.js';
import { keyUsage } from '../keys/key-usage.js';
import { appendRecords } from '../lanes/append-records.js';
import { LaneLedger } from '../lanes/lane-ledger.js';
import { BACKED_UP, type BackupHead, UnusableBackup, columnList } from './backup-format.js';
import type { BackupReader } from './read-backup.js';
import { RESTORE_MARKER, hasRestoreMarker, removeRestoreMarker, setRestoreMarker } from './restore-marker.js';
import { restoreTokens } from './restored-tokens.js';

/** A restore goes into an empty database only. */
export class DatabaseNotEmpty extends Error {
  constructor(found: string) {
    super(`the database is not empty (${found} is there): a backup is restored into an empty one alone`);
  }
}

/** Something of a backup is there, or may be: the message says what is to be done. */
export class RestoreUnfinished extends Error {}

export interface RestoreRun {
  readonly address: DatabaseAddress;
  readonly keyring: Keyring;
  readonly secrets: PolicySecrets;
  /** See `Restoration`. */
  readonly margin: number;
  readonly context: AuditContext;
  readonly node: string;
  readonly onRows: (rows: number) => void;
  /** Told of the key that signs the trail, before anything is committed: what it throws ends the restore. */
  readonly beforeCommit: (auditKeyId: string) => Promise<void>;
}

export interface Restored {
  readonly head: BackupHead;
  readonly rows: Readonly<Record<string, number>>;
  /** Tokens whose counters were raised, or pairings voided. */
  readonly changedTokens: number;
  /** Of the key that signs the trail. */
  readonly auditKeyId: string;
  /** Tokens that are good for some uses only: how many of them were used up since the backup is not known. */
  readonly limitedTokens: number;
}

/** Nodes that knew the database before see that this one is newer. */
const VERSIONS_AHEAD = 1_000_000;
const NAME = /^[a-z_]{1,63}$/;

/**
 * Puts a backup into an empty database: everything, or nothing at all, in one transaction. Where it is killed, a table is left
 * behind that keeps servers from taking the database for that of a new installation; another restore takes its place.
 * @param head of this reader, which was read to there
 * @throws UnusableBackup, DatabaseNotEmpty, KeyringMismatch, Unavailable; RestoreUnfinished when it is not known which of both it is
 */
export async function restoreBackup(
  reader: BackupReader,
  head: BackupHead,
  run: RestoreRun,
): Promise<Restored> {
  refuseUnknown(head, run.keyring);
  const lock = await connectPrimary(run.address);
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [INITIALISATION_LOCK]);
    await demandEmpty(lock);
    const wasCut = await hasRestoreMarker(lock);
    // It takes as long as it takes.
    const source = await createDataSource(run.address, {}).initialize();
    const runner = source.createQueryRunner();
    try {
      await setRestoreMarker(lock);
      const client = (await runner.connect()) as pg.ClientBase;
      await runner.startTransaction();
      const restored = await fill(reader, head, runner, client, run);
      await removeRestoreMarker(queryableOf(runner));
      await run.beforeCommit(restored.auditKeyId);
      await commit(runner);
      // Plans for what is there by now; where that fails, the database takes its own turn.
      await runner.query(`ANALYZE ${BACKED_UP.join(', ')}`).catch(() => undefined);
      return restored;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      // Nothing is there, as before. After a commit whose outcome is not known it stays if that did not take place.
      const isKnown = !(error instanceof RestoreUnfinished);
      if (isKnown && !wasCut) await removeRestoreMarker(lock).catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
      await source.destroy();
    }
  } finally {
    // The lock ends with its connection.
    await lock.end().catch(() => undefined);
  }
}

async function commit(runner: QueryRunner): Promise<void> {
  try {
    await runner.commitTransaction();
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown failure';
    throw new RestoreUnfinished(
      `it is not known whether the backup was restored (${reason}): run it again, which is refused if it was`,
      { cause: error },
    );
  }
}

async function fill(
  reader: BackupReader,
  head: BackupHead,
  runner: QueryRunner,
  client: pg.ClientBase,
  run: RestoreRun,
): Promise<Restored> {
  const database = queryableOf(runner);
  await migrate(runner, (name) => head.migrations.includes(name));
  const rows = await loadTables(reader, head, client, run);
  const { sequences, ...end } = await reader.end();
  for (const { name } of head.tables) {
    if (rows[name] !== end.rows[name]) throw new UnusableBackup(`table ${name} is not whole`);
  }
  for (const [column, last] of Object.entries(sequences)) await setSequence(database, column, last);
  await migrate(runner, (name) => !head.migrations.includes(name));

  await checkKeys(database, run);
  const { rows: clock } = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const now = clock[0]?.now ?? new Date();
  const changedTokens = await restoreTokens(database, { now, margin: run.margin });
  await replaceJwtKey(database, run.keyring);
  await database.query(
    'UPDATE configuration_version SET version = version + $1, changed_at = clock_timestamp() WHERE id = 1',
    [VERSIONS_AHEAD],
  );
  const auditKeyId = await recordRestore(database, head, run);
  const limited = await database.query<{ count: number }>(
    'SELECT count(*) FROM token WHERE max_successes > 0 OR max_attempts > 0',
  );
  return { head, rows, changedTokens, auditKeyId, limitedTokens: limited.rows[0]?.count ?? 0 };
}

/** @throws UnusableBackup */
function refuseUnknown({ migrations, product, keys, tables }: BackupHead, keyring: Keyring): void {
  const known = new Set<string>(MIGRATIONS.map((Migration) => new Migration().name));
  const newer = migrations.filter((name) => !known.has(name));
  if (newer.length > 0) {
    throw new UnusableBackup(
      `a newer release made it (${product}, ${newer.join(', ')}): restore it with that release, or a newer one`,
    );
  }
  const names: readonly string[] = BACKED_UP;
  const strange = tables.find(
    ({ name, columns }) => !names.includes(name) || !columns.every((column) => NAME.test(column)),
  );
  if (strange) throw new UnusableBackup(`it has a table that this release does not know: ${strange.name}`);
  const missing = keys.filter((id) => !keyring.keyIds.includes(id));
  if (missing.length > 0) {
    throw new UnusableBackup(
      `the keyring does not fit it: it lacks key ${missing.join(', ')}; put the keyring of the backup's time back first (TWINLOCK_KEYRING_FILE)`,
    );
  }
}

async function demandEmpty(database: Queryable): Promise<void> {
  const { rows } = await database.query<{ found: string }>(
    `SELECT n.nspname || '.' || c.relname AS found FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.oid IS DISTINCT FROM to_regclass('${RESTORE_MARKER}') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
     ORDER BY 1 LIMIT 1`,
  );
  const [first] = rows;
  if (first) throw new DatabaseNotEmpty(first.found);
}

/** As TypeORM does, and keeps account of it, but within the one transaction. */
async function migrate(runner: QueryRunner, isWanted: (name: string) => boolean): Promise<void> {
  await runner.query(
    `CREATE TABLE IF NOT EXISTS migrations (
       id SERIAL NOT NULL, "timestamp" bigint NOT NULL, name character varying NOT NULL,
       CONSTRAINT "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY (id))`,
  );
  for (const Migration of MIGRATIONS) {
    const migration = new Migration();
    const { name } = migration;
    if (!isWanted(name)) continue;
    await migration.up(runner);
    await runner.query('INSERT INTO migrations ("timestamp", name) VALUES ($1, $2)', [name.slice(-13), name]);
  }
}

async function loadTables(
  reader: BackupReader,
  { tables }: BackupHead,
  client: pg.ClientBase,
  { onRows }: RestoreRun,
): Promise<Readonly<Record<string, number>>> {
  await client.query(
    `SET LOCAL client_encoding = 'UTF8'; SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'`,
  );
  const rows: Record<string, number> = {};
  let sum = 0;
  for (const table of tables) {
    // Rows that migrations make are in the backup, as they are by now.
    await client.query(`DELETE FROM ${table.name}`);
    const stream = client.query(copyFrom(`COPY ${table.name} (${columnList(table)}) FROM STDIN`));
    await pipeline(Readable.from(reader.rows(table)), stream);
    sum += rows[table.name] = stream.rowCount;
    onRows(sum);
  }
  return rows;
}

async function setSequence(database: Queryable, column: string, last: number): Promise<void> {
  const [table = '', name = ''] = column.split('.');
  await database.query('SELECT setval(pg_get_serial_sequence($1, $2), $3)', [table, name, last]);
}

/** @throws KeyringMismatch, UnusableBackup */
async function checkKeys(database: Queryable, { keyring, secrets }: RestoreRun): Promise<void> {
  await checkCanary(database, keyring);
  await followSealingKey(database, keyring);
  const used = [...(await keyUsage(database, secrets)).keys()];
  const missing = used.filter((id) => !keyring.keyIds.includes(id));
  if (missing.length > 0) throw new UnusableBackup(`the keyring lacks key ${missing.join(', ')}`);
}

/** On a lane of its own, which names the heads of those that the backup has; these are closed. @returns the id of the signing key */
async function recordRestore(database: Queryable, head: BackupHead, run: RestoreRun): Promise<string> {
  const { address, keyring, node, context, margin } = run;
  const { audit } = await openInstallationKeys(database, keyring);
  await database.query('UPDATE audit_lane SET closed_at = clock_timestamp() WHERE closed_at IS NULL');
  const ledger = new LaneLedger(address, node, new HeadRegister());
  const lane = await ledger.open(database, null);
  const info = `backup of ${head.at}; counters raised by ${margin}; sessions and challenges void`;
  const records = auditRecords(context, { succeeded: true, info }, new Date(), node);
  await appendRecords(database, lane, records, audit, undefined);
  await ledger.close(database, lane);
  return audit.keyId;
}
