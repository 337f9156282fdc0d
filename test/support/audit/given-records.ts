import type { AuditRecord } from '@app/audit';
import type pg from 'pg';

import { readSettings } from '../../../src/config/settings.js';
import { DatabaseAddress } from '../../../src/persistence/database.js';
import { HeadRegister } from '../../../src/persistence/heads/head-register.js';
import { initialise } from '../../../src/persistence/initialise.js';
import type { AuditSigner } from '../../../src/persistence/lanes/audit-signer.js';
import {
  APPEND_STATEMENT,
  BATCH_LIMIT,
  RECORD_COLUMNS,
  chainBatch,
  chainParameters,
} from '../../../src/persistence/lanes/chain-batch.js';
import { LaneLedger } from '../../../src/persistence/lanes/lane-ledger.js';
import type { Installation } from '../application/installation.js';

const NODE = 'elsewhere';

/** A record as a login leaves it; what is not given is as it is mostly. */
export function loginRecord(record: Partial<AuditRecord>): AuditRecord {
  return {
    at: new Date(),
    action: 'validate/check',
    succeeded: true,
    serial: 'H1',
    tokenType: 'HMAC',
    user: 'anna',
    realm: 'one',
    administrator: '',
    detail: '',
    info: '',
    node: NODE,
    client: '192.0.2.1',
    logLevel: 'INFO',
    clearanceLevel: 0,
    ...record,
  };
}

/** The installation's key; it has been started before. */
export async function auditSigner({ env }: Installation): Promise<AuditSigner> {
  const { databaseServers, keyringFile, adminRealm, adminResolver } = readSettings({ ...env });
  const options = {
    address: new DatabaseAddress(databaseServers ?? []),
    keyringFile,
    names: { realm: adminRealm, resolver: adminResolver },
  };
  const { dataSource, keys } = await initialise(options, () => Promise.resolve());
  await dataSource.destroy();
  return keys.audit;
}

/** Puts records into a lane of their own, past the application, chained and signed as it does it. @returns the lane */
export async function giveRecords(
  database: pg.Client,
  signer: AuditSigner,
  records: readonly AuditRecord[],
  batchSize = 8,
): Promise<number> {
  const lane = await new LaneLedger(new DatabaseAddress([{}]), NODE, new HeadRegister()).open(database, null);
  let { head } = lane;
  for (let start = 0; start < records.length; start += batchSize) {
    const batch = chainBatch(lane.id, head, records.slice(start, start + batchSize), signer);
    await database.query(APPEND_STATEMENT, chainParameters(batch));
    ({ head } = batch);
  }
  return lane.id;
}

const MADE_AT_ONCE = 2_048;

/** The same for millions: many batches in one statement, in one lane; the indexes are built when all are there. */
export async function makeRecords(
  database: pg.Client,
  signer: AuditSigner,
  count: number,
  recordAt: (place: number) => AuditRecord,
): Promise<void> {
  const ledger = new LaneLedger(new DatabaseAddress([{}]), NODE, new HeadRegister());
  const lane = await ledger.open(database, null);
  let { head } = lane;
  const indexes = await dropIndexes(database);
  const names = RECORD_COLUMNS.map(([name]) => name).join(', ');
  const arrays = RECORD_COLUMNS.map(([, type], place) => `$${place + 2}::${type}[]`).join(', ');
  for (let start = 0; start < count; start += MADE_AT_ONCE) {
    const columns = RECORD_COLUMNS.map((): unknown[] => []);
    for (let place = start; place < Math.min(count, start + MADE_AT_ONCE);) {
      const size = Math.min(BATCH_LIMIT, count - place);
      const records = Array.from({ length: size }, (_, offset) => recordAt(place + offset));
      const batch = chainBatch(lane.id, head, records, signer);
      batch.columns.forEach((values, column) => columns[column]?.push(...values));
      ({ head } = batch);
      place += size;
    }
    await database.query(
      `INSERT INTO audit_record (lane, ${names}) SELECT $1::bigint, r.* FROM unnest(${arrays}) AS r(${names}) ORDER BY r.seq`,
      [lane.id, ...columns],
    );
  }
  await database.query('UPDATE audit_lane SET seq = $2, head = $3 WHERE id = $1', [
    lane.id,
    head.sequence,
    head.chain,
  ]);
  for (const definition of indexes) await database.query(definition);
}

/** Of the records, but for those that a constraint needs. @returns what makes them anew */
async function dropIndexes(database: pg.Client): Promise<readonly string[]> {
  const { rows } = await database.query<{ name: string; definition: string }>(
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
     FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
     WHERE i.indrelid = 'audit_record'::regclass AND c.oid IS NULL`,
  );
  for (const { name } of rows) await database.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}
