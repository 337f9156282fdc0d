import type { FaultAt } from '@app/audit';
import type { ClientBase } from 'pg';

import { faultAt } from '../fault-at.js';
import type { LaneRow } from '../lane-row.js';

interface Misplaced {
  readonly seq: number;
  readonly number: number;
  readonly at: Date;
}

/** Records before the first and behind the last of a lane: the committer moves the head together with them. */
export async function outsideLane(database: ClientBase, { id }: LaneRow): Promise<FaultAt | null> {
  // The head and the records of one moment, at whatever speed others write.
  const { rows } = await database.query<Misplaced>(
    `(SELECT r.seq, r.number, r.at FROM audit_record r WHERE r.lane = $1 AND r.seq < 1 ORDER BY r.seq LIMIT 1)
     UNION ALL
     (SELECT r.seq, r.number, r.at FROM audit_lane l JOIN audit_record r ON r.lane = l.id AND r.seq > l.seq
      WHERE l.id = $1 ORDER BY r.seq LIMIT 1)`,
    [id],
  );
  const [row] = rows;
  return row
    ? faultAt(id, 'inserted', row.seq, row.seq, { row: reference(row) })
    : await tooHigh(database, id);
}

/** A running number that the database has not come to yet: the last records of a lane have none behind them that tells. */
async function tooHigh(database: ClientBase, lane: number): Promise<FaultAt | null> {
  const { rows } = await database.query<Misplaced>(
    `SELECT r.seq, r.number, r.at FROM audit_record r
     WHERE r.lane = $1 AND r.seq = (SELECT max(seq) FROM audit_record WHERE lane = $1)
       AND r.number > pg_sequence_last_value(pg_get_serial_sequence('audit_record', 'number')::regclass)`,
    [lane],
  );
  const [row] = rows;
  return row ? faultAt(lane, 'renumbered', row.seq, row.seq, { row: reference(row) }) : null;
}

/** Records and marks of lanes that have no row, and marks of what never was. */
export async function besideLanes(database: ClientBase, lanes: readonly LaneRow[]): Promise<FaultAt[]> {
  const known = new Set(lanes.map(({ id }) => id));
  // From lane to lane along the key, not through all records. One that opened after the lanes were read is no stray.
  const { rows: strays } = await database.query<Misplaced & { lane: number }>(
    `WITH RECURSIVE found AS (
       (SELECT lane FROM audit_record ORDER BY lane LIMIT 1)
       UNION ALL
       SELECT (SELECT r.lane FROM audit_record r WHERE r.lane > f.lane ORDER BY r.lane LIMIT 1) FROM found f
       WHERE f.lane IS NOT NULL
     )
     SELECT r.lane, r.seq, r.number, r.at FROM found f
     CROSS JOIN LATERAL (SELECT * FROM audit_record r WHERE r.lane = f.lane ORDER BY r.seq LIMIT 1) r
     WHERE NOT EXISTS (SELECT 1 FROM audit_lane l WHERE l.id = f.lane)`,
  );
  const { rows: marks } = await database.query<{ lane: number; first_seq: number; last_seq: number }>(
    `SELECT m.lane, m.first_seq, m.last_seq FROM audit_mark m LEFT JOIN audit_lane l ON l.id = m.lane
     WHERE l.id IS NULL OR m.first_seq < 1 OR m.last_seq < m.first_seq OR m.last_seq > l.seq`,
  );
  return [
    ...strays
      .filter(({ lane }) => !known.has(lane))
      .map((row) => faultAt(row.lane, 'lane-missing', row.seq, row.seq, { row: reference(row) })),
    ...marks.map((mark) => faultAt(mark.lane, 'mark-forged', mark.first_seq, mark.last_seq)),
  ];
}

function reference({ seq, number, at }: Misplaced) {
  return { sequence: seq, number, at: new Date(at).getTime() };
}
