import type { AuditPage, AuditQuery, ChainedRecord } from '@app/audit';

import type { Queryable } from '../../database.js';
import { SqlValues } from '../../tokens/token-conditions.js';
import { behind, orderOf, orderOfFound, searchedRecords } from './audit-conditions.js';
import { type RecordRow, toChainedRecord } from '../record-row.js';
import { type LaneSequences, type TrailExtent, firstNumberSince, isWithin } from './trail-extent.js';

/** In memory at a time. */
const BATCH = 500;
/** So many records are looked at for those that match, where no index has them together. */
const WINDOW = 5_000;

/** Where a reading stands: the last record that was looked at. */
interface Place {
  readonly place: unknown;
  readonly number: number;
}

/** In the order of the numbers. */
export async function recordsOf(database: Queryable, numbers: readonly number[]): Promise<RecordRow[]> {
  const { rows } = await database.query<RecordRow>(
    `SELECT r.* FROM unnest($1::bigint[]) WITH ORDINALITY AS n(number, position)
     JOIN audit_record r USING (number) ORDER BY n.position`,
    [numbers],
  );
  return rows;
}

export async function* readNumbers(
  database: Queryable,
  numbers: readonly number[],
): AsyncGenerator<readonly RecordRow[]> {
  for (let start = 0; start < numbers.length; start += BATCH) {
    yield await recordsOf(database, numbers.slice(start, start + BATCH));
  }
}

/** Which records are read, beside what a query says. */
export interface ReadPart {
  /** Those that were there at this moment. */
  readonly extent: TrailExtent;
  /** Less those that were there at an earlier one. */
  readonly since?: LaneSequences;
  readonly page?: AuditPage;
}

/**
 * Any number of records, each batch in a query of its own: no transaction stays open between them. All the same they are those
 * of one moment: what is committed later is left out, whatever its number.
 */
export async function* readMany(
  database: Queryable,
  query: AuditQuery,
  { extent, since, page = { offset: 0, limit: Number.MAX_SAFE_INTEGER } }: ReadPart,
): AsyncGenerator<readonly RecordRow[]> {
  const { offset, limit } = page;
  const first = since ? await firstNumberSince(database, extent, since) : 0;
  if (first === null) return;
  let after = offset > 0 ? await placeOf(database, query, offset - 1) : null;
  if (offset > 0 && !after) return;
  const numbers = { first, last: extent.lastNumber };
  for (let left = limit; left > 0;) {
    const { rows, end } = await nextRows(database, query, numbers, after);
    const taken = rows.filter((row) => isWithin(row, extent, since ?? null)).slice(0, left);
    if (taken.length > 0) yield taken;
    left -= taken.length;
    if (!end) return;
    after = end;
  }
}

/** Records alone, unchecked. */
export async function* numberedRecords(
  database: Queryable,
  query: AuditQuery,
  part: ReadPart,
): AsyncGenerator<readonly (ChainedRecord & { readonly number: number })[]> {
  for await (const rows of readMany(database, query, part)) {
    yield rows.map((row) => ({ ...toChainedRecord(row), number: row.number }));
  }
}

/** Where the record stands that so many come before. */
async function placeOf(database: Queryable, query: AuditQuery, before: number): Promise<Place | null> {
  const values = new SqlValues();
  const searched = searchedRecords(query, values);
  const { rows } = await database.query<Place & RecordRow>(
    `SELECT ${searched.place} AS place, r.number FROM audit_record r WHERE ${searched.where}
     ORDER BY ${orderOf(searched)} LIMIT 1 OFFSET ${values.add(before)}`,
    values.values,
  );
  return rows[0] ?? null;
}

/** @returns `end`: the last that was looked at; `null` when there are no more */
async function nextRows(
  database: Queryable,
  query: AuditQuery,
  numbers: { readonly first: number; readonly last: number },
  after: Place | null,
): Promise<{ rows: RecordRow[]; end: Place | null }> {
  const values = new SqlValues();
  const searched = searchedRecords(query, values);
  const beyond = [
    `r.number <= ${values.add(numbers.last)}`,
    ...(numbers.first > 0 ? [`r.number >= ${values.add(numbers.first)}`] : []),
    ...(after ? [behind(searched, after, values)] : []),
  ].join(' AND ');
  const columns = `r.*, ${searched.place} AS place`;
  if (searched.isUnfiltered || searched.isIndexed) {
    const { rows } = await database.query<RecordRow & Place>(
      `SELECT ${columns} FROM audit_record r WHERE ${searched.where} AND ${beyond}
       ORDER BY ${orderOf(searched)} LIMIT ${BATCH}`,
      values.values,
    );
    return { rows, end: rows.length < BATCH ? null : (rows.at(-1) ?? null) };
  }
  const { rows } = await database.query<RecordRow & { end_place: unknown; end_number: number }>(
    `WITH seen AS MATERIALIZED (
       SELECT r.number, ${searched.place} AS place FROM audit_record r WHERE ${searched.times} AND ${beyond}
       ORDER BY ${orderOf(searched)} LIMIT ${WINDOW}
     )
     SELECT f.*, e.place AS end_place, e.number AS end_number
     FROM (SELECT * FROM seen s ORDER BY ${orderOfFound('s', searched, true)} LIMIT 1) e
     LEFT JOIN (
       SELECT ${columns} FROM seen JOIN audit_record r USING (number) WHERE ${searched.where}
     ) f ON true
     ORDER BY ${orderOfFound('f', searched)}`,
    values.values,
  );
  const [first] = rows;
  if (!first) return { rows: [], end: null };
  return {
    rows: rows.filter(({ number }) => number !== null),
    end: { place: first.end_place, number: first.end_number },
  };
}
