import { setImmediate as nextTurn } from 'node:timers/promises';

import { soundRecords } from '@app/audit';

import type { Queryable } from '../database.js';
import type { AuditSigner } from '../lanes/audit-signer.js';
import { type LaneRow, laneStart } from './lane-row.js';
import { type RecordRow, toChainedRecord } from './record-row.js';

/** Logins get their turn in between: a signature takes some tenths of a millisecond. */
const CHECKED_AT_ONCE = 20;
/** Longer than any that is written: rows whose batch has lost its signature cost no more. */
const LONGEST_BATCH = 1_000;

/** How a row is known in what `soundRows` finds. */
export function rowKey({ lane, seq }: Pick<RecordRow, 'lane' | 'seq'>): string {
  return `${lane}/${seq}`;
}

/** Checks the batches that the rows lie in: two queries, whatever the page holds. @returns keys of the sound rows */
export async function soundRows(
  database: Queryable,
  signer: AuditSigner,
  rows: readonly RecordRow[],
): Promise<ReadonlySet<string>> {
  const sound = new Set<string>();
  if (rows.length === 0) return sound;
  const batches = [...new Map(rows.map((row) => [batchKey(row), row])).values()];
  const lanes = batches.map((row) => row.lane);
  const starts = batches.map((row) => row.batch_start);
  const stored = await database.query<RecordRow>(
    // A batch ends with its signature. By sequence: of a lane with millions of rows no other is looked at.
    `SELECT r.* FROM unnest($1::bigint[], $2::bigint[]) AS b(lane, start)
     CROSS JOIN LATERAL (
       SELECT coalesce(min(s.seq), b.start) AS last FROM (
         SELECT e.seq FROM audit_record e
         WHERE e.lane = b.lane AND e.seq >= b.start AND e.seq < b.start + ${LONGEST_BATCH} AND e.signature IS NOT NULL
         ORDER BY e.seq LIMIT 1
       ) s
     ) e
     CROSS JOIN LATERAL (
       SELECT r.* FROM audit_record r WHERE r.lane = b.lane AND r.seq >= b.start - 1 AND r.seq <= e.last
       ORDER BY r.seq LIMIT ${LONGEST_BATCH + 1}
     ) r`,
    [lanes, starts],
  );
  const opened = await database.query<LaneRow>('SELECT * FROM audit_lane WHERE id = ANY($1::bigint[])', [
    lanes,
  ]);
  const begins = new Map(opened.rows.map((row) => [row.id, laneStart(row).chain]));
  const byKey = new Map(stored.rows.map((row) => [rowKey(row), row]));
  const byBatch = new Map<string, RecordRow[]>();
  for (const row of byKey.values()) {
    const batch = batchKey(row);
    byBatch.set(batch, [...(byBatch.get(batch) ?? []), row]);
  }
  for (const [place, batch] of batches.entries()) {
    const { lane, batch_start: start } = batch;
    const previous = start === 1 ? begins.get(lane) : byKey.get(rowKey({ lane, seq: start - 1 }))?.chain;
    const records = (byBatch.get(batchKey(batch)) ?? []).map(toChainedRecord);
    for (const seq of soundRecords(String(lane), records, previous ?? null, signer.isSigned)) {
      sound.add(rowKey({ lane, seq }));
    }
    if (place % CHECKED_AT_ONCE === CHECKED_AT_ONCE - 1) await nextTurn();
  }
  return sound;
}

function batchKey({ lane, batch_start: start }: RecordRow): string {
  return `${lane}/${start}`;
}
