import { type Gap, NO_SEAL, type SealedHead } from '@app/audit';

import type { Queryable } from '../database.js';
import { type LaneRow, laneStart } from './lane-row.js';
import type { RecordRow } from './record-row.js';

/**
 * Where the lane stood after the record `after`, as its row says: what follows it is chained to that, up to a signature.
 * @param gaps of signed marks around it
 * @returns `null`: nothing there tells
 */
export async function headAt(
  database: Queryable,
  lane: LaneRow,
  after: number,
  gaps: readonly Gap[],
): Promise<SealedHead | null> {
  if (after === 0) return laneStart(lane);
  const { rows } = await database.query<Pick<RecordRow, 'chain' | 'signature'>>(
    'SELECT chain, signature FROM audit_record WHERE lane = $1 AND seq = $2',
    [lane.id, after],
  );
  const [row] = rows;
  if (row) return { sequence: after, chain: row.chain, seal: row.signature ?? NO_SEAL };
  // Within a gap: on from its end.
  const gap = gaps.find(({ from, to }) => from <= after && after <= to);
  return gap ? { sequence: gap.to, chain: gap.after, seal: gap.afterSeal } : null;
}
