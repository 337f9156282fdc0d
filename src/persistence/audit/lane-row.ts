import { type ChainFormat, NO_SEAL, type SealedHead, firstGenesis, genesis } from '@app/audit';

/** A row of table `audit_lane`. */
export interface LaneRow {
  readonly id: number;
  readonly seq: number;
  readonly head: Buffer;
  readonly predecessor: number | null;
  readonly predecessor_seq: number | null;
  readonly predecessor_head: Buffer | null;
  readonly node: string;
  readonly opened_at: Date;
  readonly closed_at: Date | null;
  /** Heads of other lanes when it was opened; `null`: of a release that kept none. */
  readonly heads: string | null;
}

export function laneFormat({ heads }: LaneRow): ChainFormat {
  return heads === null ? 1 : 2;
}

/** Where the lane began: computed, never read. */
export function laneStart(row: LaneRow): SealedHead {
  const { predecessor: before, predecessor_seq: sequence, predecessor_head: head, node, heads } = row;
  const lane = String(row.id);
  // What is stored may be no time at all.
  const openedAt = new Date(row.opened_at);
  const predecessor =
    before === null || sequence === null || head === null
      ? null
      : { lane: String(before), head: { sequence, chain: head } };
  const chain =
    heads === null ? firstGenesis(lane, predecessor) : genesis({ lane, node, openedAt, heads, predecessor });
  return { sequence: 0, chain, seal: NO_SEAL };
}
