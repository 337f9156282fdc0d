import { type ChainHead, type FaultAt, LaneVerifier } from '@app/audit';

import type { Queryable } from '../database.js';
import type { AuditSigner } from '../lanes/audit-signer.js';
import { type LaneRow, laneStart } from './lane-row.js';
import { type RecordRow, toChainedRecord } from './record-row.js';

export type AuditFault =
  | FaultAt
  /** The lane's row names another head than its last record has: records at the end were removed, or the row changed. */
  | { readonly lane: string; readonly sequence: number; readonly fault: 'head-differs' }
  /** Records of a lane that has no row, or a lane that its successor names. */
  | { readonly lane: string; readonly sequence: number; readonly fault: 'lane-missing' };

export interface AuditVerification {
  readonly lanes: number;
  readonly records: number;
  readonly faults: readonly AuditFault[];
}

const PIECE = 10_000;

/** Walks every lane's chain, in bounded memory, beside a running server (docs/operations.md, "The audit trail"). */
export async function verifyAudit(
  database: Queryable,
  signer: AuditSigner,
  onProgress: (records: number) => void = () => undefined,
): Promise<AuditVerification> {
  const lanes = await database.query<LaneRow>('SELECT * FROM audit_lane ORDER BY opened_at, id');
  const faults: AuditFault[] = [];
  let records = 0;
  for (const lane of lanes.rows) {
    const verifier = new LaneVerifier(String(lane.id), laneStart(lane), signer.isSigned);
    const fault = await walk(database, lane, verifier, (count) => {
      records += count;
      onProgress(records);
    });
    if (fault) faults.push(fault);
  }
  for (const lane of lanes.rows) {
    const fault = await cutPredecessor(database, lane, lanes.rows);
    if (fault) faults.push(fault);
  }
  const known = lanes.rows.map((lane) => lane.id);
  const strays = await database.query<{ lane: number; seq: number }>(
    'SELECT lane, min(seq) AS seq FROM audit_record WHERE lane <> ALL($1::bigint[]) GROUP BY lane',
    [known],
  );
  // A lane that opened after the list was read is no stray.
  const opened = await database.query<{ id: number }>(
    'SELECT id FROM audit_lane WHERE id = ANY($1::bigint[])',
    [strays.rows.map(({ lane }) => lane)],
  );
  const late = new Set(opened.rows.map(({ id }) => id));
  for (const { lane, seq } of strays.rows) {
    if (!late.has(lane)) faults.push({ lane: String(lane), sequence: seq, fault: 'lane-missing' });
  }
  return { lanes: lanes.rows.length, records, faults };
}

/** Up to the head that the lane had when it was read: what a running server adds meanwhile is for the next time. */
async function walk(
  database: Queryable,
  lane: LaneRow,
  verifier: LaneVerifier,
  count: (records: number) => void,
): Promise<AuditFault | null> {
  for (;;) {
    const { rows } = await database.query<RecordRow>(
      'SELECT * FROM audit_record WHERE lane = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4',
      [lane.id, verifier.head.sequence, lane.seq, PIECE],
    );
    const fault = verifier.next(rows.map(toChainedRecord));
    if (fault) return fault;
    count(rows.length);
    if (rows.length < PIECE) break;
  }
  const unsigned = verifier.end();
  if (unsigned) return unsigned;
  if (!sameHead(verifier.head, lane)) {
    return { lane: String(lane.id), sequence: verifier.head.sequence + 1, fault: 'head-differs' };
  }
  return beyondHead(database, lane);
}

/** Records behind the lane's head were put there by somebody else: the committer moves both in one statement. */
async function beyondHead(database: Queryable, lane: LaneRow): Promise<AuditFault | null> {
  const { rows } = await database.query<{ last: number | null; seq: number }>(
    'SELECT (SELECT max(seq) FROM audit_record WHERE lane = l.id) AS last, l.seq FROM audit_lane l WHERE l.id = $1',
    [lane.id],
  );
  const [now] = rows;
  if (!now || (now.last ?? 0) <= now.seq) return null;
  return { lane: String(lane.id), sequence: now.seq + 1, fault: 'unchained' };
}

/** The head that a lane names of the one before it is in its own chain: what was cut off there shows here. */
async function cutPredecessor(
  database: Queryable,
  { predecessor, predecessor_seq: sequence, predecessor_head: head }: LaneRow,
  lanes: readonly LaneRow[],
): Promise<AuditFault | null> {
  if (predecessor === null || sequence === null || head === null) return null;
  const lane = String(predecessor);
  const before = lanes.find(({ id }) => id === predecessor);
  if (!before) return { lane, sequence, fault: 'lane-missing' };
  const { rows } = await database.query<{ chain: Buffer }>(
    'SELECT chain FROM audit_record WHERE lane = $1 AND seq = $2',
    [predecessor, sequence],
  );
  const chain = sequence === 0 ? laneStart(before).chain : rows[0]?.chain;
  return chain && Buffer.compare(chain, head) === 0 ? null : { lane, sequence, fault: 'head-differs' };
}

function sameHead(head: ChainHead, lane: LaneRow): boolean {
  return head.sequence === lane.seq && Buffer.compare(head.chain, lane.head) === 0;
}
