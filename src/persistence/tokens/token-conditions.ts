import type { TokenSelection } from '@app/tokens';

/** Parameters of one statement: a value in, its placeholder out. Input only ever travels as a value. */
export class SqlValues {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** `*` stands for any run of characters; everything else, SQL's own wildcards too, for itself. */
export function likePattern(pattern: string): string {
  return pattern.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');
}

export function serialCondition(serial: string, values: SqlValues): string {
  return serial.includes('*')
    ? `t.serial LIKE ${values.add(likePattern(serial))}`
    : `t.serial = ${values.add(serial)}`;
}

export function ownerCondition(
  references: readonly { resolver: string; userId: string }[],
  values: SqlValues,
): string {
  const resolvers = values.add(references.map(({ resolver }) => resolver));
  const userIds = values.add(references.map(({ userId }) => userId));
  return `(t.owner_resolver, t.owner_user_id) IN (SELECT * FROM unnest(${resolvers}::text[], ${userIds}::text[]))`;
}

/** A selection without any part selects nothing. */
export function conditionsOf(selection: TokenSelection): { where: string; values: unknown[] } {
  const values = new SqlValues();
  const parts: string[] = [];
  if (selection.serial !== undefined) parts.push(serialCondition(selection.serial, values));
  if (selection.serials) parts.push(`t.serial = ANY(${values.add(selection.serials)}::text[])`);
  if (selection.owner) {
    parts.push(ownerCondition(selection.owner.references, values));
    parts.push(`(t.realms = '{}' OR t.realms @> ARRAY[${values.add(selection.owner.realm)}::text])`);
  }
  return { where: parts.join(' AND ') || 'false', values: values.values };
}
