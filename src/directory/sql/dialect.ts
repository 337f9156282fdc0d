/** How values of a column can be compared with text that somebody typed. */
export type ColumnKind = 'text' | 'integer' | 'uuid' | 'other';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** Where the SQL of our databases differs. Nothing here takes a value: those are bound. */
export interface Dialect {
  quoted(identifier: string): string;
  /** The n-th bound value, from 1 on. */
  placeholder(position: number): string;
  /** The bound value as something that can be compared with a column of that kind. */
  comparable(placeholder: string, kind: ColumnKind): string;
  asText(column: string): string;
  /** Case does not matter; `!` escapes. */
  like(column: string, placeholder: string): string;
  /** The columns of a table, by the catalogue; takes the quoted name of the table. */
  readonly describeTable: (table: string) => { readonly sql: string; readonly values: readonly string[] };
  kindOf(type: string): ColumnKind;
}

export const POSTGRESQL: Dialect = {
  quoted: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
  placeholder: (position) => `$${position}`,
  comparable(placeholder, kind) {
    if (kind === 'integer') return `CAST(${placeholder} AS bigint)`;
    return kind === 'uuid' ? `CAST(${placeholder} AS uuid)` : placeholder;
  },
  asText: (column) => `CAST(${column} AS text)`,
  like: (column, placeholder) => `CAST(${column} AS text) ILIKE ${placeholder} ESCAPE '!'`,
  describeTable: (table) => ({
    sql: `SELECT attname, format_type(atttypid, NULL) FROM pg_catalog.pg_attribute
          WHERE attrelid = CAST($1 AS regclass) AND attnum > 0 AND NOT attisdropped`,
    values: [table],
  }),
  kindOf(type) {
    if (/^(smallint|integer|bigint)$/.test(type)) return 'integer';
    if (/^(text|character varying|character|name|(.*\.)?"?citext"?)$/.test(type)) return 'text';
    return type === 'uuid' ? 'uuid' : 'other';
  },
};

const MYSQL_TEXT = 'CHAR CHARACTER SET utf8mb4';

export const MYSQL: Dialect = {
  quoted: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,
  placeholder: () => '?',
  comparable: (placeholder, kind) => (kind === 'integer' ? `CAST(${placeholder} AS SIGNED)` : placeholder),
  asText: (column) => `CAST(${column} AS ${MYSQL_TEXT})`,
  like: (column, placeholder) =>
    `CAST(${column} AS ${MYSQL_TEXT}) COLLATE utf8mb4_general_ci LIKE ${placeholder} ESCAPE '!'`,
  describeTable: (table) => ({ sql: `SHOW COLUMNS FROM ${table}`, values: [] }),
  kindOf(type) {
    if (/^(tiny|small|medium|big)?int\b/.test(type)) return 'integer';
    return /^((var)?(char|binary)|(tiny|medium|long)?(text|blob)|enum)\b/.test(type) ? 'text' : 'other';
  },
};
