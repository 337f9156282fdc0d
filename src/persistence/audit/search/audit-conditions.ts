import {
  type AuditField,
  type AuditFilter,
  type AuditQuery,
  likePattern,
  tidyPattern,
  timesThatBegin,
} from '@app/audit';

import type { SqlValues } from '../../tokens/token-conditions.js';

const COLUMNS: Readonly<Record<AuditField, string>> = {
  number: 'r.number',
  at: 'r.at',
  action: 'r.action',
  succeeded: 'r.succeeded',
  serial: 'r.serial',
  tokenType: 'r.token_type',
  user: 'r.username',
  realm: 'r.realm',
  administrator: 'r.administrator',
  detail: 'r.detail',
  info: 'r.info',
  node: 'r.node',
  client: 'r.client',
  logLevel: 'r.log_level',
  clearanceLevel: 'r.clearance_level',
};

// What clients match against is the text that they are shown.
const AS_TEXT: Partial<Record<AuditField, string>> = {
  number: 'r.number::text',
  at: `to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"')`,
  succeeded: `CASE WHEN r.succeeded THEN '1' ELSE '0' END`,
  administrator: `('''' || r.administrator || '''')`,
  clearanceLevel: 'r.clearance_level::text',
};

/** In the collation of the indexes. */
const textOf = (field: AuditField) => `(${AS_TEXT[field] ?? COLUMNS[field]} COLLATE "C")`;

const TYPED: ReadonlySet<AuditField> = new Set(['number', 'at', 'succeeded', 'clearanceLevel']);
/** What records have an index for, all of them, which gives them in order. */
const SORTED: ReadonlySet<AuditField> = new Set(['number', 'at', 'user', 'serial']);
const LOGINS = 'validate/';

/** What a search asks the database for. */
export interface SearchedRecords {
  readonly where: string;
  /** As much of it as is about times. */
  readonly times: string;
  /** What they are sorted by, beside the number, which comes last. */
  readonly place: string;
  readonly descending: boolean;
  /** Every record matches, so that the order alone says which are on a page. */
  readonly isUnfiltered: boolean;
  /** Whether there is an index for the order. */
  readonly isSortable: boolean;
  /** Those that match stand together in an index. */
  readonly isIndexed: boolean;
}

export function searchedRecords(query: AuditQuery, values: SqlValues): SearchedRecords {
  const times = timesOf(query);
  const asked = conditionsOf(query, values);
  const isNarrowed = query.combine === 'all' && asked.some(({ isIndexed }) => isIndexed);
  const range = [
    ...times.from.map((time) => `r.at >= ${values.add(time)}`),
    ...times.until.map((time) => `r.at < ${values.add(time)}`),
  ];
  const parts = [
    ...range,
    ...(asked.length > 0
      ? [`(${asked.map(({ text }) => text).join(query.combine === 'all' ? ' AND ' : ' OR ')})`]
      : []),
    // A record of several tokens names their realms, each after a blank.
    ...(query.within
      ? [`r.realm <> '' AND string_to_array(lower(r.realm), ' ') <@ ${values.add(query.within)}::text[]`]
      : []),
  ];
  const { field, descending } = query.sort;
  const isByTime = field === 'number' && range.length > 0 && !isNarrowed;
  const place = isByTime ? COLUMNS.at : TYPED.has(field) ? COLUMNS[field] : textOf(field);
  return {
    where: parts.join(' AND ') || 'true',
    times: range.join(' AND ') || 'true',
    place,
    descending,
    isUnfiltered: parts.length === 0,
    isSortable: SORTED.has(field),
    isIndexed: isNarrowed,
  };
}

/** The order of records `r`, or the other way round. */
export function orderOf({ place, descending }: SearchedRecords, isReversed = false): string {
  const direction = descending === isReversed ? 'ASC' : 'DESC';
  return isByNumber(place) ? `r.number ${direction}` : `${place} ${direction}, r.number ${direction}`;
}

/** The same of rows that were found, with their place and number. */
export function orderOfFound(rows: string, { descending }: SearchedRecords, isReversed = false): string {
  const direction = descending === isReversed ? 'ASC' : 'DESC';
  return `${rows}.place ${direction}, ${rows}.number ${direction}`;
}

/** A condition: only what comes behind a record of this place and number. */
export function behind(
  { place, descending }: SearchedRecords,
  last: { readonly place: unknown; readonly number: number },
  values: SqlValues,
): string {
  const sign = descending ? '<' : '>';
  if (isByNumber(place)) return `r.number ${sign} ${values.add(last.number)}`;
  return `(${place}, r.number) ${sign} (${values.add(last.place)}, ${values.add(last.number)})`;
}

function isByNumber(place: string): boolean {
  return place === COLUMNS.number;
}

interface Condition {
  readonly text: string;
  readonly isIndexed: boolean;
}

/** Those that restrict anything. */
function conditionsOf({ conditions, combine }: AuditFilter, values: SqlValues): Condition[] {
  const restricting = conditions.filter(({ like }) => !likePattern(like).isAnything);
  if (combine === 'any' && restricting.length < conditions.length) return [];
  return restricting.map((condition) => conditionOf(condition, values));
}

function conditionOf({ field, like }: AuditFilter['conditions'][number], values: SqlValues): Condition {
  const { prefix, isExact } = likePattern(like);
  if (field === 'number' && isExact && /^\d{1,15}$/.test(prefix)) {
    return { text: `r.number = ${values.add(Number(prefix))}`, isIndexed: true };
  }
  if (field === 'succeeded' && isExact && /^[01]$/.test(prefix)) {
    return { text: prefix === '1' ? 'r.succeeded' : 'NOT r.succeeded', isIndexed: false };
  }
  const text = isExact
    ? `${textOf(field)} = ${values.add(prefix)}`
    : `${textOf(field)} LIKE ${values.add(tidyPattern(like))}`;
  const part = partOfIndex(field, prefix);
  return { text: part === null ? text : `${text}${part}`, isIndexed: part !== null && prefix !== '' };
}

/** What an index holds only a part for, and that part is asked for; `null`: there is none. */
function partOfIndex(field: AuditField, prefix: string): string | null {
  switch (field) {
    case 'user':
    case 'serial':
      return '';
    case 'administrator':
      return prefix.startsWith("'") && prefix.length > 1 && prefix !== "''"
        ? ` AND r.administrator <> ''`
        : null;
    case 'action':
      return prefix !== '' && !prefix.startsWith(LOGINS) && !LOGINS.startsWith(prefix)
        ? ` AND (r.action COLLATE "C") NOT LIKE '${LOGINS}%'`
        : null;
    default:
      return null;
  }
}

/** From what the filter says, and from patterns of dates that every record must match. */
function timesOf({ conditions, combine, from, until }: AuditFilter): { from: Date[]; until: Date[] } {
  const patterns = combine === 'all' ? conditions.filter(({ field }) => field === 'at') : [];
  const ranges = patterns.flatMap(({ like }) => timesThatBegin(likePattern(like).prefix) ?? []);
  return {
    from: [...(from ? [from] : []), ...ranges.map((range) => range.from)],
    until: [...(until ? [until] : []), ...ranges.map((range) => range.until)],
  };
}
