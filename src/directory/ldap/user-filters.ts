import type { UserRecord, UserSearch } from '@app/realms';

import { userMatcher } from '../match-users.js';
import { isBelow, parseDn } from './distinguished-name.js';
import { type FilledFilter, equals, filled, matches } from './filter.js';
import type { LdapSettings } from './ldap-settings.js';
import { guidBytes } from './user-entries.js';

/** Where an entry is looked for. */
export interface Lookup {
  readonly base: string;
  readonly scope: 'base' | 'sub';
  readonly filter: FilledFilter;
}

export const ANY_ENTRY: FilledFilter = { kind: 'present', attribute: 'objectClass' };
/** From 1601, where Active Directory starts to count, to 1970. */
const AD_EPOCH = 116_444_736_000_000_000n;
const AD_TICKS_PER_MS = 10_000n;

/** Seconds since 1970, or 100 ns since 1601 (spec/system-api §4.3). */
export function nowText({ countsTimeAsAd }: Pick<LdapSettings, 'countsTimeAsAd'>, now: Date): string {
  const milliseconds = now.getTime();
  if (!countsTimeAsAd) return String(Math.floor(milliseconds / 1000));
  return String(BigInt(milliseconds) * AD_TICKS_PER_MS + AD_EPOCH);
}

export function lookupByLogin(settings: LdapSettings, login: string, now: Date): Lookup {
  const filter = filled(settings.loginFilter, { login, now: nowText(settings, now) });
  return { base: settings.base, scope: 'sub', filter };
}

/** @returns `null` for what is no user id of this resolver */
export function lookupById({ userId, base }: LdapSettings, id: string): Lookup | null {
  if (id === '') return null;
  switch (userId.kind) {
    case 'dn':
      return { base: id, scope: 'base', filter: ANY_ENTRY };
    case 'attribute':
      return { base, scope: 'sub', filter: equals(userId.attribute, Buffer.from(id)) };
    case 'guid': {
      const guid = guidBytes(id);
      if (!guid) return null;
      if (userId.lookup === 'by filter') {
        return { base, scope: 'sub', filter: equals(userId.attribute, guid) };
      }
      return { base: `<guid=${guid.toString('hex')}>`, scope: 'base', filter: ANY_ENTRY };
    }
  }
}

export interface ManyLookup {
  /** One question for many users; `null`: for none of them. */
  readonly lookup: Lookup | null;
  /** Those that have to be asked for by themselves: a name outside the base, or one that only the server can read. */
  readonly alone: readonly string[];
}

/** How several users are looked for at once. A user's DN names an attribute of the entry, by which it can be found. */
export function lookupByIds({ userId, base }: LdapSettings, ids: readonly string[]): ManyLookup {
  const filters: FilledFilter[] = [];
  const alone: string[] = [];
  const baseName = userId.kind === 'dn' ? parseDn(base) : null;
  for (const id of ids) {
    if (id === '') continue;
    if (userId.kind === 'attribute') filters.push(equals(userId.attribute, Buffer.from(id)));
    else if (userId.kind === 'guid') {
      const guid = guidBytes(id);
      if (guid) filters.push(equals(userId.attribute, guid));
    } else {
      const name = parseDn(id);
      if (name && baseName && isBelow(name, baseName)) {
        filters.push(equals(name.first.attribute, name.first.value));
      } else alone.push(id);
    }
  }
  const filter: FilledFilter = { kind: 'or', filters };
  return { lookup: filters.length === 0 ? null : { base, scope: 'sub', filter }, alone };
}

/** The same for two ways of writing one user id. */
export function sameUserId({ userId }: Pick<LdapSettings, 'userId'>, id: string): string {
  return userId.kind === 'dn' ? (parseDn(id)?.parts.join(',') ?? id) : id.toLowerCase();
}

/** The listing filter with what is looked for. Field names without regard to case; those that are not mapped say nothing. */
export function searchFilter(settings: LdapSettings, search: UserSearch, now: Date): FilledFilter {
  const listed = filled(settings.listFilter, { now: nowText(settings, now) });
  const attributes = searchableAttributes(settings);
  const conditions = Object.entries(search.fields).flatMap(([field, pattern]) => {
    const attribute = attributes.get(field.toLowerCase());
    return attribute === undefined ? [] : [matches(attribute, pattern)];
  });
  const { anyField } = search;
  if (anyField !== null) {
    const filters = [...new Set(attributes.values())].map((attribute) => matches(attribute, anyField));
    conditions.push({ kind: 'or', filters });
  }
  return conditions.length === 0 ? listed : { kind: 'and', filters: [listed, ...conditions] };
}

/** What no filter can say: conditions on a user id that is no attribute's text. */
export function isWanted({ userId }: LdapSettings, { fields }: UserSearch): (user: UserRecord) => boolean {
  const [, pattern] = Object.entries(fields).find(([field]) => field.toLowerCase() === 'userid') ?? [];
  if (pattern === undefined || userId.kind === 'attribute') return () => true;
  return userMatcher({ fields: { userid: pattern }, anyField: null });
}

function searchableAttributes({ fields, userId }: LdapSettings): ReadonlyMap<string, string> {
  const attributes = new Map([...fields].map(([field, attribute]) => [field.toLowerCase(), attribute]));
  attributes.delete('userid');
  if (userId.kind === 'attribute') attributes.set('userid', userId.attribute);
  return attributes;
}
