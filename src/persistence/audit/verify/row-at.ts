import { decodeGaps, type RowReference } from '@app/audit';
import type { ClientBase } from 'pg';

/** @returns `null` where there is no such record */
export async function referenceAt(
  database: ClientBase,
  lane: number,
  sequence: number,
): Promise<RowReference | null> {
  const { rows } = await database.query<{ number: number; at: Date }>(
    'SELECT number, at FROM audit_record WHERE lane = $1 AND seq = $2',
    [lane, sequence],
  );
  const [row] = rows;
  return row ? { sequence, number: row.number, at: new Date(row.at).getTime() } : null;
}

/** The chain value at a record that was found sound, or at the end of a gap; `null` within a gap. */
export async function chainAt(
  database: ClientBase,
  lane: number,
  sequence: number,
): Promise<Uint8Array | null> {
  const { rows } = await database.query<{ chain: Buffer }>(
    'SELECT chain FROM audit_record WHERE lane = $1 AND seq = $2',
    [lane, sequence],
  );
  const [row] = rows;
  if (row) return row.chain;
  const marks = await database.query<{ gaps: Buffer }>(
    'SELECT gaps FROM audit_mark WHERE lane = $1 AND first_seq <= $2 AND last_seq >= $2',
    [lane, sequence],
  );
  const gaps = marks.rows.flatMap((mark) => decodeGaps(mark.gaps) ?? []);
  return gaps.find(({ to }) => to === sequence)?.after ?? null;
}

/** The time of the first record behind `sequence`; `null` where there is none, or it has none. */
export async function firstBehind(
  database: ClientBase,
  lane: number,
  sequence: number,
): Promise<Date | null> {
  const { rows } = await database.query<{ at: Date }>(
    'SELECT at FROM audit_record WHERE lane = $1 AND seq > $2 ORDER BY seq LIMIT 1',
    [lane, sequence],
  );
  const [row] = rows;
  const at = new Date(row?.at ?? NaN);
  return Number.isNaN(at.getTime()) ? null : at;
}
