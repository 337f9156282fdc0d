import { isObject } from './carried-values.js';
import type { Json } from './recordings.js';

/**
 * A recorded list of tokens without the rows of some serials; counts of the whole list follow. Lists that were asked for
 * page by page cannot be treated so: they differ.
 */
export function withoutRows(recorded: Json, serials: ReadonlySet<string>): Json {
  if (typeof recorded === 'string') return csvWithoutRows(recorded, serials);
  if (!isObject(recorded) || !isObject(recorded['result'] ?? null)) return recorded;
  const result = recorded['result'] as { readonly [key: string]: Json };
  const value = result['value'] ?? null;
  if (!isObject(value)) return recorded;
  return {
    ...recorded,
    result: { ...result, value: legacyList(value, serials) ?? v2List(value, serials) ?? value },
  };
}

function legacyList(value: { readonly [key: string]: Json }, serials: ReadonlySet<string>): Json | null {
  const { data, resultset = null } = value;
  if (!Array.isArray(data) || !isObject(resultset)) return null;
  const kept = data.filter((row: Json) => !hasSerial(row, 'LinOtp.TokenSerialnumber', serials));
  const left = data.length - kept.length;
  const less = (count: Json | undefined) => (typeof count === 'number' ? count - left : (count ?? null));
  return {
    ...value,
    data: kept,
    resultset: { ...resultset, tokens: less(resultset['tokens']), pagesize: less(resultset['pagesize']) },
  };
}

function v2List(value: { readonly [key: string]: Json }, serials: ReadonlySet<string>): Json | null {
  const { pageRecords, totalRecords, pageSize } = value;
  if (!Array.isArray(pageRecords) || typeof totalRecords !== 'number' || typeof pageSize !== 'number')
    return null;
  const kept = pageRecords.filter((row: Json) => !hasSerial(row, 'serial', serials));
  const total = totalRecords - (pageRecords.length - kept.length);
  return { ...value, pageRecords: kept, totalRecords: total, totalPages: Math.ceil(total / pageSize) };
}

function hasSerial(row: Json, key: string, serials: ReadonlySet<string>): boolean {
  return isObject(row) && serials.has(String(row[key]));
}

/** Rows of the export: `'<id>'; '<description>'; '<serial>'; …`. */
function csvWithoutRows(text: string, serials: ReadonlySet<string>): string {
  return text
    .split('\n')
    .filter((line) => !serials.has(/^'\d+'; '[^']*'; '([^']*)';/.exec(line)?.[1] ?? ''))
    .join('\n');
}
