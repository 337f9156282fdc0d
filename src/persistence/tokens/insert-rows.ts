import type { Queryable } from '../database.js';

/** The SQL types of a table's columns, by their names. */
export type ColumnTypes = ReadonlyMap<string, string>;

export async function columnTypes(database: Queryable, table: string): Promise<ColumnTypes> {
  const { rows } = await database.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [table],
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}

/**
 * Many rows in one statement, an array a column.
 *
 * @param table a constant, as are the names of columns
 * @param rows  at least one; what one of them leaves out is NULL where another has it
 */
export async function insertRows(
  database: Queryable,
  table: string,
  types: ColumnTypes,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.map((name) => {
    const type = types.get(name);
    if (type === undefined) throw new Error(`table ${table} has no column ${name}`);
    // unnest takes arrays apart to the last element: a column of arrays goes as texts.
    const isArray = type.endsWith('[]');
    return { name, type, isArray };
  });
  const parameters = columns.map(({ type, isArray }, place) => `$${place + 1}::${isArray ? 'text' : type}[]`);
  const selected = columns.map(({ name, type, isArray }) => (isArray ? `r.${name}::${type}` : `r.${name}`));
  await database.query(
    `INSERT INTO ${table} (${names.join(', ')})
     SELECT ${selected.join(', ')} FROM unnest(${parameters.join(', ')}) AS r(${names.join(', ')})`,
    columns.map(({ name, isArray }) =>
      rows.map((row) => (isArray ? arrayText(row[name]) : (row[name] ?? null))),
    ),
  );
}

/** As PostgreSQL writes an array of texts. */
function arrayText(value: unknown): string | null {
  if (!Array.isArray(value)) return null;
  const items = value.map((item) => `"${String(item).replace(/["\\]/g, '\\$&')}"`);
  return `{${items.join(',')}}`;
}
