import type pg from 'pg';

interface Column {
  readonly type: string;
  readonly mayBeNull: boolean;
  readonly hasDefault: boolean;
}

/** What statements of a release rely on. */
export interface Schema {
  /** By `table.column`. */
  readonly columns: ReadonlyMap<string, Column>;
  /** What rows must be like, and what they are told apart by: each as PostgreSQL defines it. */
  readonly rules: ReadonlySet<string>;
}

export async function readSchema(database: pg.Client): Promise<Schema> {
  const columns = await database.query<{ name: string } & Column>(
    `SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       NOT a.attnotnull AS "mayBeNull", a.atthasdef OR a.attidentity <> '' AS "hasDefault"
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped`,
  );
  const rules = await database.query<{ rule: string }>(
    `SELECT conrelid::regclass || ': ' || pg_get_constraintdef(oid) AS rule FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'p', 'u', 'x')
     UNION
     SELECT indrelid::regclass || ': ' || regexp_replace(pg_get_indexdef(indexrelid), '^CREATE UNIQUE INDEX \\S+', 'UNIQUE')
       FROM pg_index JOIN pg_class c ON c.oid = indrelid
       WHERE indisunique AND c.relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`,
  );
  return {
    columns: new Map(columns.rows.map(({ name, ...column }) => [name, column])),
    rules: new Set(rules.rows.map(({ rule }) => rule)),
  };
}

/** What nodes that know the schema before would trip over. Empty: they serve on. */
export function whatBreaks(before: Schema, after: Schema): readonly string[] {
  const tables = new Set([...before.columns.keys()].map(tableOf));
  const ofOld = (rule: string) => tables.has(rule.slice(0, rule.indexOf(':')));
  return [
    ...[...before.columns].flatMap(([name, column]) => changesOf(name, column, after.columns.get(name))),
    ...[...after.columns]
      .filter(([name]) => !before.columns.has(name) && tables.has(tableOf(name)))
      .filter(([, { mayBeNull, hasDefault }]) => !mayBeNull && !hasDefault)
      .map(([name]) => `${name}: is new, and must be given`),
    ...[...after.rules]
      .filter((rule) => !before.rules.has(rule) && ofOld(rule))
      .map((rule) => `new rule: ${rule}`),
    ...[...before.rules].filter((rule) => !after.rules.has(rule)).map((rule) => `no rule any more: ${rule}`),
  ];
}

function changesOf(name: string, before: Column, after: Column | undefined): string[] {
  if (!after) return [`${name}: is gone`];
  return [
    ...(after.type === before.type ? [] : [`${name}: was ${before.type}, is ${after.type}`]),
    ...(before.mayBeNull && !after.mayBeNull ? [`${name}: must be given now`] : []),
    ...(before.hasDefault && !after.hasDefault && !after.mayBeNull
      ? [`${name}: has no default any more`]
      : []),
  ];
}

function tableOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}
