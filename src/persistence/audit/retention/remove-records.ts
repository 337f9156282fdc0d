import {
  type ChainedRecord,
  type FaultAt,
  type Gap,
  LaneVerifier,
  NO_SEAL,
  type SealedHead,
  encodeGaps,
  joinedGaps,
  markMessage,
  storedRow,
} from '@app/audit';

import type { Queryable } from '../../database.js';
import type { AuditSigner } from '../../lanes/audit-signer.js';
import { BATCH_LIMIT } from '../../lanes/chain-batch.js';
import { faultAt } from '../fault-at.js';
import { headAt } from '../head-at.js';
import { type LaneRow, laneFormat, laneStart } from '../lane-row.js';
import { type MarkRow, gapsOfMark, removedBy } from '../mark-row.js';
import { type RecordRow, toChainedRecord } from '../record-row.js';
import { AuditNotSound } from './audit-not-sound.js';

/** Records of one lane with `after` < sequence ≤ `through`: a few thousand at most, since they are held in memory. */
export interface Stretch {
  readonly lane: number;
  readonly after: number;
  readonly through: number;
}

export interface NumberedRecord extends ChainedRecord {
  /** Running number. */
  readonly number: number;
}

export interface Removal {
  /** In order of sequence. */
  readonly removed: readonly NumberedRecord[];
  /** The end of the batch that the stretch ended in: where the next one begins. */
  readonly through: number;
}

/** Gaps under one signature: as many as may be read and signed again for each that is added. */
const GAPS_IN_MARK = 256;

/**
 * Removes records within the caller's transaction and leaves signed marks, so that the chain still verifies. The stretch is
 * verified beforehand: what was tampered with stays, to be found.
 *
 * @param isRemoved chooses among the records of the stretch
 * @throws AuditNotSound
 */
export async function removeRecords(
  database: Queryable,
  signer: AuditSigner,
  stretch: Stretch,
  isRemoved: (record: NumberedRecord) => boolean,
): Promise<Removal> {
  const { lane, after } = stretch;
  // Two cleanups at a time would sign over each other's gaps. Of rows alone: the committer, which updates the lane, goes on.
  await database.query('SELECT pg_advisory_xact_lock($1)', [lane]);
  const opened = await database.query<LaneRow>('SELECT * FROM audit_lane WHERE id = $1', [lane]);
  const [row] = opened.rows;
  if (!row) return { removed: [], through: stretch.through };
  const rows = await rowsOf(database, stretch);
  const through = Math.max(stretch.through, rows.at(-1)?.seq ?? 0);
  // One beyond each end: gaps that touch become one.
  const marks = await database.query<MarkRow>(
    'SELECT * FROM audit_mark WHERE lane = $1 AND last_seq >= $2 AND first_seq <= $3 ORDER BY first_seq',
    [lane, after, through + 1],
  );
  const gaps = marks.rows.flatMap((mark) => {
    const signed = gapsOfMark(mark, signer.isSigned);
    if (!signed) throw new AuditNotSound(faultAt(lane, 'mark-forged', mark.first_seq, mark.last_seq));
    return signed;
  });
  const records = rows.map((stored): NumberedRecord => ({
    ...toChainedRecord(stored),
    number: stored.number,
  }));
  const start = await headAt(database, row, after, gaps);
  const fault = start ? faultIn(row, start, records, gaps, signer) : faultAt(lane, 'missing', after);
  if (fault) throw new AuditNotSound(fault);
  const removed = records.filter(isRemoved);
  if (removed.length === 0) return { removed, through };
  await database.query('DELETE FROM audit_record WHERE lane = $1 AND seq = ANY($2::bigint[])', [
    lane,
    removed.map(({ sequence }) => sequence),
  ]);
  const left = joinedGaps([...gaps, ...gapsOf(removed, records, start ?? laneStart(row))]);
  await database.query('DELETE FROM audit_mark WHERE lane = $1 AND first_seq = ANY($2::bigint[])', [
    lane,
    marks.rows.map((mark) => mark.first_seq),
  ]);
  await insertMarks(database, signer, lane, left);
  return { removed, through };
}

/** To the end of the batch that `through` lies in: only there a signature vouches for it. */
async function rowsOf(database: Queryable, { lane, after, through }: Stretch): Promise<RecordRow[]> {
  const { rows } = await database.query<RecordRow>(
    `SELECT * FROM audit_record
     WHERE lane = $1 AND seq > $2 AND seq < $3 + ${BATCH_LIMIT} AND (seq <= $3 OR batch_start <= $3) ORDER BY seq`,
    [lane, after, through],
  );
  return rows;
}

function faultIn(
  lane: LaneRow,
  start: SealedHead,
  records: readonly NumberedRecord[],
  gaps: readonly Gap[],
  { isSigned }: AuditSigner,
): FaultAt | null {
  const format = laneFormat(lane);
  const verifier = new LaneVerifier({
    lane: String(lane.id),
    format,
    start,
    isSigned,
    everySignature: false,
    startsAtBatch: start.sequence === 0 || start.seal.length > 0,
  });
  const behind = gaps.filter(({ to }) => to > start.sequence);
  const rows = records.map((record) => storedRow(format, record, record.number));
  return verifier.next(rows, behind) ?? verifier.end();
}

/** What the removed ones leave: each a gap of its own, which become one where they touch. */
function gapsOf(
  removed: readonly NumberedRecord[],
  records: readonly NumberedRecord[],
  start: SealedHead,
): Gap[] {
  const chains = new Map(records.map(({ sequence, chain }) => [sequence, chain]));
  return removed.map(({ sequence, chain, signature }) => ({
    from: sequence,
    to: sequence,
    before: chains.get(sequence - 1) ?? start.chain,
    after: chain,
    afterSeal: signature ?? NO_SEAL,
  }));
}

async function insertMarks(
  database: Queryable,
  signer: AuditSigner,
  lane: number,
  gaps: readonly Gap[],
): Promise<void> {
  for (let place = 0; place < gaps.length; place += GAPS_IN_MARK) {
    const part = gaps.slice(place, place + GAPS_IN_MARK);
    const encoded = encodeGaps(part);
    const signature = signer.signMessage(markMessage(String(lane), encoded));
    await database.query(
      `INSERT INTO audit_mark (lane, first_seq, last_seq, gaps, removed, signature)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [lane, part[0]?.from, part.at(-1)?.to, encoded, removedBy(part), signature],
    );
  }
}
