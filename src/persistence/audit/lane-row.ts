import { type ChainHead, genesis } from '@app/audit';

/** A row of table `audit_lane`. */
export interface LaneRow {
  readonly id: number;
  readonly seq: number;
  readonly head: Buffer;
  readonly predecessor: number | null;
  readonly predecessor_seq: number | null;
  readonly predecessor_head: Buffer | null;
}

/** Where the lane began: computed, never read. */
export function laneStart(row: LaneRow): ChainHead {
  const { predecessor, predecessor_seq: sequence, predecessor_head: chain } = row;
  const before =
    predecessor === null || sequence === null || chain === null
      ? null
      : { lane: String(predecessor), head: { sequence, chain } };
  return { sequence: 0, chain: genesis(String(row.id), before) };
}
