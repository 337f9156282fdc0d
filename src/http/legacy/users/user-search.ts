import type { UserSearch } from '@app/realms';

import type { Parameters } from '../../envelope/parameters/parameters.js';

/** Parameters of a listing that are no fields of users. */
const OTHERS = new Set([
  'realm',
  'resConf',
  'resolver',
  'rp',
  'page',
  'pageSize',
  'sortBy',
  'sortOrder',
  'sortname',
  'sortorder',
  'searchTerm',
  'session',
  'csrf_token',
  'httperror',
]);
const MOST_FIELDS = 50;

/** Which users the parameters of a listing mean: every other name is a field, with `*` (spec/admin-api §3.21). */
export function userSearchOf(parameters: Parameters): UserSearch {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const name of parameters.names().slice(0, MOST_FIELDS)) {
    const pattern = OTHERS.has(name) ? null : parameters.text(name);
    if (pattern) fields[name] = pattern;
  }
  return { fields, anyField: parameters.text('searchTerm') || null };
}
