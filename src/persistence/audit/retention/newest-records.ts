import type { StoredRow } from '@app/audit';
import { Conflict } from '@app/kernel';
import type { ClientBase } from 'pg';

import type { AuditSigner } from '../../lanes/audit-signer.js';
import { faultAt } from '../fault-at.js';
import { headAt } from '../head-at.js';
import type { LaneRow } from '../lane-row.js';
import { LaneWalk } from '../verify/lane-walk.js';
import { TrailReader } from '../verify/trail-reader.js';
import { AuditNotSound } from './audit-not-sound.js';

/** Where a record stands among those of all lanes: by its time, lane and sequence, which its hash covers. */
export interface TrailPlace {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly lane: number;
  readonly sequence: number;
}

/** Whether one comes behind the other. */
export function isBehind(one: TrailPlace, other: TrailPlace): boolean {
  if (one.at !== other.at) return one.at > other.at;
  return one.lane === other.lane ? one.sequence > other.sequence : one.lane > other.lane;
}

/** Fewer of the newest records are proven than are to be kept. */
export class TooFewProven extends Conflict {
  override readonly code = 'audit.too-few-proven';

  constructor(kept: number, proven: number) {
    super(
      `of the ${kept} newest records, which are to be kept, only ${proven} could be verified: nothing is removed; ` +
        "see 'twinlock audit verify'",
    );
  }
}

/**
 * The newest record that goes when only so many are kept; `null`: there are no more than that. Every record that is kept is
 * verified: forged ones do not count, whatever times and numbers somebody wrote into the table.
 *
 * @param database a connection that is used for nothing else, and is of no use after an error
 * @param onVerified hears how many are verified so far; what it throws ends the work
 * @throws AuditNotSound, TooFewProven
 */
export async function newestBeyond(
  database: ClientBase,
  { isSigned }: AuditSigner,
  kept: number,
  onVerified: (records: number) => void,
): Promise<TrailPlace | null> {
  const boundary = await boundaryOf(database, kept);
  if (!boundary || kept === 0) return boundary;
  const { at, lane, sequence } = boundary;
  const { rows: starts } = await database.query<{ lane: number; first: number }>(
    `SELECT r.lane, min(r.seq) AS first FROM audit_record r
     WHERE r.at >= $1 AND isfinite(r.at) AND (r.at, r.lane, r.seq) > ($1, $2, $3) AND r.seq > 0 GROUP BY 1 ORDER BY 1`,
    [new Date(at), lane, sequence],
  );
  const reader = new TrailReader(database, isSigned);
  // Read after the boundary: everything that it counted lies before these heads.
  const lanes = new Map((await reader.lanes()).map((row) => [row.id, row]));
  let proven = 0;
  for (const { lane: id, first } of starts) {
    const row = lanes.get(id);
    // The boundary did not count it, either.
    if (!row) continue;
    const start = await startAt(database, reader, row, first - 1);
    const onRows = (rows: readonly StoredRow[]) => {
      proven += rows.filter((record) => isBehind({ ...record, lane: id }, boundary)).length;
      onVerified(proven);
    };
    const fault = await new LaneWalk(reader, row, { isSigned, start, onRows }).firstFault();
    if (fault) throw new AuditNotSound(fault);
  }
  if (proven < kept) throw new TooFewProven(kept, proven);
  return boundary;
}

/** As the table says, which is checked then. */
async function boundaryOf(database: ClientBase, kept: number): Promise<TrailPlace | null> {
  const { rows } = await database.query<{ at: Date; lane: number; seq: number }>(
    `SELECT r.at, r.lane, r.seq FROM audit_record r JOIN audit_lane l ON l.id = r.lane AND r.seq BETWEEN 1 AND l.seq
     WHERE isfinite(r.at) ORDER BY r.at DESC, r.lane DESC, r.seq DESC OFFSET $1 LIMIT 1`,
    [kept],
  );
  const [row] = rows;
  return row ? { at: row.at.getTime(), lane: row.lane, sequence: row.seq } : null;
}

async function startAt(database: ClientBase, reader: TrailReader, lane: LaneRow, after: number) {
  const gaps = await reader.piece(lane, after - 1, after + 1, (piece) => Promise.resolve(piece.gaps));
  const start = await headAt(database, lane, after, gaps);
  if (!start) throw new AuditNotSound(faultAt(lane.id, 'missing', after));
  return start;
}
