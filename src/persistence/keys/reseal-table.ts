import { type Keyring, SealBroken } from '../../keyring/keyring.js';
import type { Queryable } from '../database.js';
import { type SealedTable, keyIdIn, sealedPlace } from './sealed-values.js';

/** So many rows are locked at once, for as long as one statement takes. */
const ROWS_AT_ONCE = 200;

type Row = { readonly place: string } & { readonly [column: string]: Buffer | string | null };

export interface Resealing {
  readonly database: Queryable;
  readonly keyring: Keyring;
  /** Of the key that seals by now. */
  readonly keyId: string;
  /** Called with every batch. */
  readonly onResealed: (rows: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Seals what a table has under other keys with the one that seals, in batches, beside nodes that serve. A row is read without a
 * lock; what was sealed there meanwhile stays, and is for the next pass. Of a row, nothing changes but its sealed columns.
 *
 * @returns rows that were sealed anew, and values that do not open: they stay as they are
 */
export async function resealTable(
  sealed: SealedTable,
  { database, keyring, keyId, onResealed, signal }: Resealing,
): Promise<{ readonly rows: number; readonly broken: readonly SealBroken[] }> {
  const { table, row, rowType, columns } = sealed;
  const isOld = columns.map((column) => `${keyIdIn(column)} <> $2`).join(' OR ');
  const read = `SELECT ${row}::text AS place, ${columns.join(', ')} FROM ${table}
    WHERE ($1::${rowType} IS NULL OR ${row} > $1::${rowType}) AND (${isOld}) ORDER BY ${row} LIMIT ${ROWS_AT_ONCE}`;
  const write = updateOf(sealed);
  const broken: SealBroken[] = [];
  let count = 0;
  for (let last: string | null = null; !signal.aborted;) {
    const { rows }: { rows: Row[] } = await database.query<Row>(read, [last, Buffer.from(keyId, 'hex')]);
    const anew = rows.flatMap((old) => {
      try {
        return { old, fresh: columns.map((column) => resealed(old[column], old.place, column)) };
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error;
        broken.push(error);
        return [];
      }
    });
    if (anew.length > 0) {
      const arrays = columns.flatMap((column, at) => [
        anew.map(({ old }) => old[column]),
        anew.map(({ fresh }) => fresh[at]),
      ]);
      const { rowCount } = await database.query(write, [anew.map(({ old }) => old.place), ...arrays]);
      count += rowCount ?? 0;
      onResealed(rowCount ?? 0);
    }
    const end = rows.at(-1);
    if (!end || rows.length < ROWS_AT_ONCE) break;
    last = end.place;
  }
  return { rows: count, broken };

  function resealed(value: Buffer | string | null | undefined, place: string, column: string): Buffer | null {
    if (!(value instanceof Buffer)) return null;
    const at = sealedPlace(sealed, place, column);
    return keyring.seal(at, keyring.open(at, value));
  }
}

/** Rows are locked in the order in which logins lock them, and each is written only where it holds what was read. */
function updateOf({ table, row, rowType, columns }: SealedTable): string {
  const names = columns.flatMap((_, at) => [`old_${at}`, `new_${at}`]);
  const parameters = names.map((_, at) => `$${at + 2}::bytea[]`);
  const sets = columns.map((column, at) => `${column} = e.new_${at}`);
  const unchanged = columns.map((column, at) => `t.${column} IS NOT DISTINCT FROM e.old_${at}`);
  return `
    WITH locked AS MATERIALIZED (
      SELECT ${row} FROM ${table} WHERE ${row} = ANY($1::${rowType}[]) ORDER BY ${row} FOR NO KEY UPDATE
    )
    UPDATE ${table} t SET ${sets.join(', ')}
    FROM unnest($1::${rowType}[], ${parameters.join(', ')}) AS e(${row}, ${names.join(', ')}) JOIN locked l USING (${row})
    WHERE t.${row} = e.${row} AND ${unchanged.join(' AND ')}`;
}
