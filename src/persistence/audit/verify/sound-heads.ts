import { type FaultAt, type LaneHead, type SignatureCheck, signedMessage } from '@app/audit';
import type { ClientBase } from 'pg';

import { faultAt } from '../fault-at.js';
import { type MarkRow, gapsOfMark } from '../mark-row.js';

interface HeadRow {
  readonly id: number;
  readonly seq: number;
  readonly head: Buffer;
  readonly chain: Buffer | null;
  readonly signature: Buffer | null;
}

/** The heads of all lanes that have records, each compared with its signed last record. */
export async function soundHeads(
  database: ClientBase,
  isSigned: SignatureCheck,
): Promise<{ heads: LaneHead[]; faults: FaultAt[] }> {
  const { rows } = await database.query<HeadRow>(
    `SELECT l.id, l.seq, l.head, r.chain, r.signature FROM audit_lane l
     LEFT JOIN audit_record r ON r.lane = l.id AND r.seq = l.seq
     WHERE l.seq > 0 ORDER BY l.id`,
  );
  const heads: LaneHead[] = [];
  const faults: FaultAt[] = [];
  for (const row of rows) {
    const lane = String(row.id);
    const head = { lane, sequence: row.seq, chain: row.head };
    const isOwn = row.chain
      ? row.chain.equals(row.head) &&
        row.signature !== null &&
        isSigned(signedMessage(lane, head), row.signature)
      : await endsInGap(database, row, isSigned);
    if (isOwn) heads.push(head);
    else faults.push(faultAt(lane, 'head-differs', row.seq));
  }
  return { heads, faults };
}

async function endsInGap(
  database: ClientBase,
  { id, seq, head }: HeadRow,
  isSigned: SignatureCheck,
): Promise<boolean> {
  const { rows } = await database.query<MarkRow>(
    'SELECT * FROM audit_mark WHERE lane = $1 AND last_seq = $2',
    [id, seq],
  );
  const gaps = rows.flatMap((mark) => gapsOfMark(mark, isSigned) ?? []);
  return gaps.some(({ to, after }) => to === seq && Buffer.compare(after, head) === 0);
}
