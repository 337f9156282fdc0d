import type { PolicySecrets } from '@app/realms';
import { to as copyTo } from 'pg-copy-streams';

import type { PrimaryClient } from '../database.js';
import { keyUsage } from '../keys/key-usage.js';
import {
  BACKED_UP,
  BACKUP_FORMAT,
  type BackedUpTable,
  type BackupEnd,
  type BackupHead,
  END_OF_ROWS,
  columnList,
} from './backup-format.js';

const CHUNK_BYTES = 64 * 1024;

/** As every server of PostgreSQL understands what it wrote, in whatever place and language it runs. */
const SESSION = `SET client_encoding = 'UTF8'; SET datestyle = 'ISO'; SET timezone = 'UTC'; SET intervalstyle = 'postgres';
  SET bytea_output = 'hex'; SET extra_float_digits = 1`;

export interface BackupRun {
  /** Of the release. */
  readonly product: string;
  readonly secrets: PolicySecrets;
  readonly onRows: (rows: number) => void;
}

/** What was written, once all of it was. */
export interface WrittenBackup {
  readonly head: BackupHead;
  readonly end: BackupEnd;
}

/**
 * One state of the database as it is while nodes serve, in plain text: to be encrypted before it is anywhere.
 * @param client a connection that is used for nothing else
 */
export async function* writeBackup(
  client: PrimaryClient,
  { product, secrets, onRows }: BackupRun,
): AsyncGenerator<Buffer, WrittenBackup> {
  await client.query(SESSION);
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const head = await headOf(client, product, secrets);
    yield lineOf(head);
    const rows: Record<string, number> = {};
    let sum = 0;
    for (const table of head.tables) {
      const stream = client.query(copyTo(`COPY ${table.name} (${columnList(table)}) TO STDOUT`));
      yield* gathered(stream);
      yield Buffer.from(`${END_OF_ROWS}\n`);
      sum += rows[table.name] = stream.rowCount;
      onRows(sum);
    }
    const end: BackupEnd = { end: true, rows, sequences: await sequencesOf(client, head.tables) };
    yield lineOf(end);
    return { head, end };
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
  }
}

async function headOf(client: PrimaryClient, product: string, secrets: PolicySecrets): Promise<BackupHead> {
  const { rows } = await client.query<{ at: Date }>('SELECT clock_timestamp() AS at');
  const applied = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
  const columns = await client.query<{ name: string; columns: string[] }>(
    `SELECT c.relname::text AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.oid = ANY($1::regclass[]) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     GROUP BY c.relname`,
    [BACKED_UP],
  );
  const byName = new Map(columns.rows.map((table) => [table.name, table]));
  return {
    format: BACKUP_FORMAT,
    product,
    at: (rows[0]?.at ?? new Date()).toISOString(),
    migrations: applied.rows.map(({ name }) => name),
    keys: [...(await keyUsage(client, secrets)).keys()],
    tables: BACKED_UP.flatMap((name) => byName.get(name) ?? []),
  };
}

/** Not of the snapshot, but later: what was drawn since is not drawn again. */
async function sequencesOf(
  client: PrimaryClient,
  tables: readonly BackedUpTable[],
): Promise<Readonly<Record<string, number>>> {
  const { rows } = await client.query<{ column: string; last: number }>(
    `SELECT t.name || '.' || a.attname AS column, pg_sequence_last_value(pg_get_serial_sequence(t.name, a.attname)::regclass) AS last
     FROM unnest($1::text[]) AS t(name) JOIN pg_attribute a ON a.attrelid = t.name::regclass
     WHERE a.attnum > 0 AND NOT a.attisdropped AND pg_get_serial_sequence(t.name, a.attname) IS NOT NULL`,
    [tables.map(({ name }) => name)],
  );
  return Object.fromEntries(rows.flatMap(({ column, last }) => (last === null ? [] : [[column, last]])));
}

/** A row a piece would cost more than the row. */
async function* gathered(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of stream) {
    pieces.push(piece);
    length += piece.length;
    if (length < CHUNK_BYTES) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(pieces);
}

function lineOf(value: BackupHead | BackupEnd): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
