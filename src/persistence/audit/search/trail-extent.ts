import type { Queryable } from '../../database.js';
import type { RecordRow } from '../record-row.js';

/** The last sequence of each lane at one moment. Sequences of a lane are committed in order: it says exactly which records there were. */
export type LaneSequences = ReadonlyMap<number, number>;

export interface TrailExtent {
  readonly sequences: LaneSequences;
  /** The highest running number then. One that is lower may be committed later: numbers are given before the commit. */
  readonly lastNumber: number;
}

/** All records that there are now. */
export async function trailExtent(database: Queryable): Promise<TrailExtent> {
  // From lane to lane along the key, as the records have them: also where a lane has lost its row. One statement sees one state.
  const { rows } = await database.query<{ lane: number; seq: number; last: number }>(
    `WITH RECURSIVE found AS (
       (SELECT lane FROM audit_record ORDER BY lane LIMIT 1)
       UNION ALL
       SELECT (SELECT r.lane FROM audit_record r WHERE r.lane > f.lane ORDER BY r.lane LIMIT 1) FROM found f
       WHERE f.lane IS NOT NULL
     )
     SELECT f.lane, (SELECT max(r.seq) FROM audit_record r WHERE r.lane = f.lane) AS seq,
       (SELECT max(number) FROM audit_record) AS last
     FROM found f WHERE f.lane IS NOT NULL`,
  );
  return { sequences: new Map(rows.map(({ lane, seq }) => [lane, seq])), lastNumber: rows[0]?.last ?? 0 };
}

/** Whether the record was there then, and not already at an earlier moment. */
export function isWithin(
  { lane, seq }: Pick<RecordRow, 'lane' | 'seq'>,
  { sequences }: TrailExtent,
  since: LaneSequences | null,
): boolean {
  return seq <= (sequences.get(lane) ?? 0) && seq > (since?.get(lane) ?? 0);
}

/** The lowest running number of what was committed in between; `null`: nothing was. */
export async function firstNumberSince(
  database: Queryable,
  { sequences }: TrailExtent,
  since: LaneSequences,
): Promise<number | null> {
  const moved = [...sequences].filter(([lane, seq]) => seq > (since.get(lane) ?? 0));
  const { rows } = await database.query<{ first: number | null }>(
    `SELECT min(n.number) AS first FROM unnest($1::bigint[], $2::bigint[]) AS l(lane, seq)
     CROSS JOIN LATERAL (
       SELECT r.number FROM audit_record r WHERE r.lane = l.lane AND r.seq > l.seq ORDER BY r.seq LIMIT 1
     ) n`,
    [moved.map(([lane]) => lane), moved.map(([lane]) => since.get(lane) ?? 0)],
  );
  return rows[0]?.first ?? null;
}
