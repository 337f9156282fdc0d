import { setImmediate as nextTurn } from 'node:timers/promises';

import {
  type Gap,
  type SealedHead,
  type SignatureCheck,
  type StoredBatch,
  NO_SEAL,
  soundRecordsFromLast,
} from '@app/audit';

import type { Queryable } from '../../database.js';
import type { AuditSigner } from '../../lanes/audit-signer.js';
import { BATCH_LIMIT } from '../../lanes/chain-batch.js';
import { type LaneRow, laneFormat, laneStart } from '../lane-row.js';
import { type MarkRow, gapsOfMark } from '../mark-row.js';
import { type RecordRow, toChainedRecord } from '../record-row.js';

/** Batches. Logins get their turn in between: a signature takes some tenths of a millisecond. */
const CHECKED_AT_ONCE = 20;

type Place = Pick<RecordRow, 'lane' | 'seq' | 'batch_start'>;
type Before = Pick<RecordRow, 'lane' | 'seq' | 'chain' | 'signature'>;

/** How a row is named in the set that `soundRows` gives. */
export function rowKey({ lane, seq }: Pick<RecordRow, 'lane' | 'seq'>): string {
  return `${lane}/${seq}`;
}

/**
 * Checks the batches that the rows lie in: four queries by key, whatever the page holds and however long the trail is.
 * @returns keys (`rowKey`) of those that are as they were written
 */
export async function soundRows(
  database: Queryable,
  { isSigned }: AuditSigner,
  rows: readonly Place[],
): Promise<ReadonlySet<string>> {
  const sound = new Set<string>();
  if (rows.length === 0) return sound;
  const batches = [...new Map(rows.map((row) => [`${row.lane}/${row.batch_start}`, row])).values()];
  const values = [batches.map(({ lane }) => lane), batches.map(({ batch_start: start }) => start)];
  const inBatches = await database.query<RecordRow>(
    // By key, batch by batch: joined at once, the planner reads the whole table.
    `SELECT r.* FROM unnest($1::bigint[], $2::bigint[]) AS b(lane, start)
     CROSS JOIN LATERAL (
       SELECT r.* FROM audit_record r
       WHERE r.lane = b.lane AND r.seq >= b.start AND r.seq < b.start + ${BATCH_LIMIT} AND r.batch_start = b.start
       ORDER BY r.seq LIMIT ${BATCH_LIMIT}
     ) r
     ORDER BY r.lane, r.seq`,
    values,
  );
  const before = await database.query<Before>(
    `SELECT r.lane, r.seq, r.chain, r.signature FROM unnest($1::bigint[], $2::bigint[]) AS b(lane, start)
     JOIN audit_record r ON r.lane = b.lane AND r.seq = b.start - 1`,
    values,
  );
  const lanes = await database.query<LaneRow>('SELECT * FROM audit_lane WHERE id = ANY($1::bigint[])', [
    values[0],
  ]);
  const marks = await database.query<MarkRow>(
    `SELECT DISTINCT m.* FROM unnest($1::bigint[], $2::bigint[]) AS b(lane, start)
     JOIN audit_mark m ON m.lane = b.lane AND m.last_seq >= b.start - 1
       AND m.first_seq <= b.start + ${BATCH_LIMIT}`,
    values,
  );
  const opened = new Map(lanes.rows.map((row) => [row.id, row]));
  const gaps = gapsByLane(marks.rows, isSigned);
  const records = new Map<string, RecordRow[]>(
    batches.map(({ lane, batch_start: start }) => [`${lane}/${start}`, []]),
  );
  for (const row of inBatches.rows) records.get(`${row.lane}/${row.batch_start}`)?.push(row);
  const heads = new Map(before.rows.map((row) => [rowKey(row), row]));
  const stored = new Map<number, StoredBatch[]>();
  for (const { lane, batch_start: start } of batches.toSorted((a, b) => a.batch_start - b.batch_start)) {
    const row = opened.get(lane);
    if (!row) continue;
    const batch = {
      lane: String(lane),
      format: laneFormat(row),
      records: (records.get(`${lane}/${start}`) ?? []).map(toChainedRecord),
      previous: start === 1 ? laneStart(row) : headAt(heads.get(rowKey({ lane, seq: start - 1 }))),
      gaps: gaps.get(lane) ?? [],
    };
    const others = stored.get(lane);
    if (others) others.push(batch);
    else stored.set(lane, [batch]);
  }
  let checked = 0;
  for (const [lane, some] of stored) {
    for (const sequences of soundRecordsFromLast(some, isSigned)) {
      for (const sequence of sequences) sound.add(`${lane}/${sequence}`);
      if (++checked % CHECKED_AT_ONCE === 0) await nextTurn();
    }
  }
  return sound;
}

function headAt(row: Before | undefined): SealedHead | null {
  return row ? { sequence: row.seq, chain: row.chain, seal: row.signature ?? NO_SEAL } : null;
}

function gapsByLane(marks: readonly MarkRow[], isSigned: SignatureCheck): Map<number, Gap[]> {
  const gaps = new Map<number, Gap[]>();
  for (const mark of marks.toSorted((a, b) => a.first_seq - b.first_seq)) {
    gaps.set(mark.lane, [...(gaps.get(mark.lane) ?? []), ...(gapsOfMark(mark, isSigned) ?? [])]);
  }
  return gaps;
}
