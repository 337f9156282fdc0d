import { isUtf8 } from 'node:buffer';

import type { UserRecord } from '@app/realms';

/** The properties of a record by the names that maps use. */
const PROPERTIES = {
  userid: 'userId',
  username: 'username',
  description: 'description',
  email: 'email',
  givenname: 'givenName',
  surname: 'surname',
  phone: 'phone',
  mobile: 'mobile',
} as const satisfies Record<string, keyof UserRecord>;

/**
 * A row as a user. Numbers and the like become text; as they are, they are in `attributes`, and so are all other fields.
 * `null` for a row without user id.
 *
 * @param fields what the values are, in their order
 */
export function userOfRow(fields: readonly string[], row: readonly unknown[]): UserRecord | null {
  const values = new Map(fields.map((field, index) => [field, shown(row[index])]));
  const record = Object.fromEntries(
    Object.entries(PROPERTIES).map(([field, property]) => [property, textOf(values.get(field))]),
  ) as Record<(typeof PROPERTIES)[keyof typeof PROPERTIES], string>;
  if (record.userId === '') return null;
  const others = [...values].filter(
    ([field, value]) =>
      value !== null &&
      (field === 'userid' || !Object.hasOwn(PROPERTIES, field) || typeof value !== 'string'),
  );
  return { ...record, attributes: Object.fromEntries(others) };
}

export function textOf(value: unknown): string {
  const plain = shown(value);
  if (plain === null) return '';
  return typeof plain === 'object' ? JSON.stringify(plain) : String(plain);
}

/** As JSON can show it. Bytes are text: MySQL has tables of names whose columns are binary. */
function shown(value: unknown): string | number | boolean | object | null {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return value.toString(isUtf8(value) ? 'utf8' : 'hex');
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'object' ? value : null;
}
