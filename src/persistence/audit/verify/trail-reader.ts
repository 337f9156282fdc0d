import type { ChainFormat, Gap, SignatureCheck, StoredRow } from '@app/audit';
import type { ClientBase } from 'pg';

import { copiedRows } from './copied-rows.js';
import { type LaneRow, laneFormat } from '../lane-row.js';
import { type MarkRow, gapsOfMark } from '../mark-row.js';

/** Runs reads that must see one state of the database. */
export type InSnapshot = <T>(database: ClientBase, reads: () => Promise<T>) => Promise<T>;

/** What lies between two sequences of a lane. */
export interface Piece {
  readonly gaps: readonly Gap[];
  /** Marks that are not to be believed. */
  readonly forged: readonly MarkRow[];
  /** Of the rows, in order, as they come; all of them are to be read. */
  readonly rows: AsyncIterable<readonly StoredRow[]>;
}

/** Reads the trail piece by piece. Nothing is locked, and no piece keeps the database from tidying up for long. */
export class TrailReader {
  constructor(
    readonly database: ClientBase,
    private readonly isSigned: SignatureCheck,
    private readonly inSnapshot: InSnapshot = repeatableRead,
  ) {}

  async lanes(): Promise<LaneRow[]> {
    const { rows } = await this.database.query<LaneRow>('SELECT * FROM audit_lane ORDER BY opened_at, id');
    return rows;
  }

  /** @param read gets the rows with `after` < sequence ≤ `through`, and marks that reach into them */
  piece<T>(lane: LaneRow, after: number, through: number, read: (piece: Piece) => Promise<T>): Promise<T> {
    const format: ChainFormat = laneFormat(lane);
    return this.inSnapshot(this.database, async () => {
      const { rows: marks } = await this.database.query<MarkRow>(
        'SELECT * FROM audit_mark WHERE lane = $1 AND last_seq > $2 AND first_seq <= $3 ORDER BY first_seq',
        [lane.id, after, through],
      );
      const gaps: Gap[] = [];
      const forged: MarkRow[] = [];
      for (const mark of marks) {
        const signed = gapsOfMark(mark, this.isSigned);
        if (signed) gaps.push(...signed);
        else forged.push(mark);
      }
      return read({ gaps, forged, rows: copiedRows(this.database, format, lane.id, after, through) });
    });
  }
}

async function repeatableRead<T>(database: ClientBase, reads: () => Promise<T>): Promise<T> {
  await database.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    return await reads();
  } finally {
    await database.query('ROLLBACK');
  }
}
