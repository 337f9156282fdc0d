import type { AuditField, AuditPage, AuditQuery } from '@app/audit';

import type { Parameters } from '../../envelope/parameters/parameters.js';
import { pythonInteger } from '../python-text.js';

/** Column names of requests. */
export const AUDIT_FIELDS: Readonly<Record<string, AuditField>> = {
  number: 'number',
  date: 'at',
  action: 'action',
  success: 'succeeded',
  serial: 'serial',
  tokentype: 'tokenType',
  token_type: 'tokenType',
  user: 'user',
  realm: 'realm',
  administrator: 'administrator',
  action_detail: 'detail',
  info: 'info',
  linotp_server: 'node',
  client: 'client',
  log_level: 'logLevel',
  clearance_level: 'clearanceLevel',
};

const PAGE_SIZE = 15;

/** Which records a request means, and in what order; by the parameters of LinOTP. */
export function auditQuery(parameters: Parameters): Omit<AuditQuery, 'within'> {
  return {
    conditions: conditionsOf(parameters),
    combine: parameters.text('or')?.toLowerCase() === 'true' ? 'any' : 'all',
    sort: auditSort(parameters),
  };
}

function conditionsOf(parameters: Parameters): AuditQuery['conditions'] {
  const searched = searchConditions(parameters);
  if (searched) return searched;
  return conditions(Object.keys(AUDIT_FIELDS).map((name) => [name, parameters.text(name)]));
}

/** What `query` and `qtype` ask for; `null`: one of them is absent. */
export function searchConditions(parameters: Parameters): AuditQuery['conditions'] | null {
  const query = parameters.text('query');
  const column = parameters.text('qtype');
  if (!query || !column) return null;
  if (column !== 'extsearch') return conditions([[column, query]]);
  return conditions(
    query.split(';').map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** Of columns that there are. */
function conditions(pairs: readonly (readonly [string, string | null])[]): AuditQuery['conditions'] {
  return pairs.flatMap(([name, like]) => {
    const field = fieldOf(name.trim());
    return field && like ? [{ field, like }] : [];
  });
}

export function auditSort(parameters: Parameters): AuditQuery['sort'] {
  return {
    field: fieldOf(parameters.text('sortname') ?? 'number') ?? 'number',
    descending: parameters.text('sortorder') === 'desc',
  };
}

function fieldOf(name: string): AuditField | null {
  return Object.hasOwn(AUDIT_FIELDS, name) ? (AUDIT_FIELDS[name] ?? null) : null;
}

/** What does not parse is the default. @param largest more records a page does not have */
export function auditPage(parameters: Parameters, largest = Infinity): AuditPage {
  const positive = (name: string, byDefault: number) => {
    const value = pythonInteger(parameters.text(name) ?? '') ?? byDefault;
    return value > 0 ? value : byDefault;
  };
  const limit = Math.min(positive('rp', PAGE_SIZE), largest);
  return { offset: (positive('page', 1) - 1) * limit, limit };
}
