import type { UserRecord } from '@app/realms';
import type { Entry } from 'ldapts';

import type { LdapSettings, UserIdSource } from './ldap-settings.js';

/** An entry that is a user, and where it is. */
export interface LdapUser {
  readonly dn: string;
  readonly record: UserRecord;
}

type Mapping = Pick<LdapSettings, 'fields' | 'userId'>;

/** Fields that every resolver has, by the names that USERINFO has for them in lower case. */
const COMMON_FIELDS: ReadonlyMap<string, Exclude<keyof UserRecord, 'userId' | 'attributes'>> = new Map([
  ['username', 'username'],
  ['description', 'description'],
  ['email', 'email'],
  ['givenname', 'givenName'],
  ['surname', 'surname'],
  ['phone', 'phone'],
  ['mobile', 'mobile'],
]);

/** The attributes that a user is read from. */
export function wantedAttributes({ fields, userId }: Mapping): string[] {
  const attributes = [...fields.values()];
  // RFC 4511 §4.5.1.8: none asks for all of them.
  return [...new Set(userId.kind === 'dn' ? attributes : [...attributes, userId.attribute])];
}

/** What comes as bytes whatever it looks like: text would lose some of them. */
export function binaryAttributes(attributes: readonly string[]): string[] {
  const guids = attributes.filter((attribute) => attribute.toLowerCase() === 'objectguid');
  return guids.length === 0 ? [] : [...new Set([...guids, 'objectGUID', 'objectGuid', 'objectguid'])];
}

/** @returns `null` for an entry without a user id */
export function userOf(entry: Entry, { fields, userId }: Mapping): LdapUser | null {
  const values = new Map(Object.entries(entry).map(([name, value]) => [name.toLowerCase(), value]));
  const firstOf = (attribute: string) => {
    const value = values.get(attribute.toLowerCase());
    return Array.isArray(value) ? value[0] : value;
  };
  const id = userIdOf(entry.dn, firstOf, userId);
  if (id === '') return null;
  const record = {
    userId: id,
    username: '',
    description: '',
    email: '',
    givenName: '',
    surname: '',
    phone: '',
    mobile: '',
  };
  const attributes: Record<string, string> = {};
  for (const [field, attribute] of fields) {
    const common = COMMON_FIELDS.get(field.toLowerCase());
    const text = textOf(firstOf(attribute));
    if (common) record[common] = text;
    // The user id is what UIDTYPE says.
    else if (field.toLowerCase() !== 'userid') attributes[field] = text;
  }
  const hasMore = Object.keys(attributes).length > 0;
  return { dn: entry.dn, record: hasMore ? { ...record, attributes } : record };
}

/** The objectGUID of a user id; `null`: it is none. */
export function guidBytes(userId: string): Buffer | null {
  return /^[0-9a-f]{32}$/i.test(userId) ? Buffer.from(userId, 'hex') : null;
}

type Value = Buffer | string | undefined;

function userIdOf(dn: string, firstOf: (attribute: string) => Value, source: UserIdSource): string {
  if (source.kind === 'dn') return dn;
  const value = firstOf(source.attribute);
  if (source.kind === 'attribute') return textOf(value);
  // In the order in which the bytes come, not as Windows writes a GUID.
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return bytes?.length === 16 ? bytes.toString('hex') : '';
}

function textOf(value: Value): string {
  return Buffer.isBuffer(value) ? value.toString('hex') : (value ?? '');
}
