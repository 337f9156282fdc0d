import type { LaneRow } from '../../../../src/persistence/audit/lane-row.js';
import type { RecordRow } from '../../../../src/persistence/audit/record-row.js';
import type { PrimaryClient } from '../../../../src/persistence/database.js';
import type { Dice } from '../dice.js';

/** What must be found: a fault of this lane whose records hold one of these. */
export interface Expected {
  readonly lane: number;
  readonly sequences: readonly number[];
}

/** The trail before it is tampered with. */
export interface Untouched {
  readonly lanes: readonly LaneRow[];
  readonly rows: ReadonlyMap<number, readonly RecordRow[]>;
  readonly marks: readonly { readonly lane: number; readonly first_seq: number }[];
}

export interface Tampering {
  readonly what: string;
  readonly expected: readonly Expected[];
}

export type Tamper = (database: PrimaryClient, trail: Untouched, dice: Dice) => Promise<Tampering>;

export function rowsOf(trail: Untouched, lane: number): readonly RecordRow[] {
  return trail.rows.get(lane) ?? [];
}

export function someRow(trail: Untouched, dice: Dice): RecordRow {
  const { id } = dice.pick(trail.lanes.filter((lane) => rowsOf(trail, lane.id).length > 0));
  return dice.pick(rowsOf(trail, id));
}

export function two(trail: Untouched, dice: Dice): [RecordRow, RecordRow] {
  const one = someRow(trail, dice);
  const others = rowsOf(trail, one.lane).filter(({ seq }) => seq !== one.seq);
  const other = dice.pick(others);
  return one.seq < other.seq ? [one, other] : [other, one];
}
