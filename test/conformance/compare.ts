import { hostname } from 'node:os';

import { type CarriedValues, isObject } from './carried-values.js';
import type { Answer } from './client.js';
import type { RowIds } from './row-ids.js';
import { withoutRows } from './rows.js';
import type { Json, RecordedResponse } from './recordings.js';

/** The node that answered in the recording. */
const RECORDED_NODE = 'vm';

const PICTURE = /(<img id="challenge_qrcode" +width=\d+ +src="data:image\/png;base64,)[A-Za-z0-9+/=]+("\/>)/g;
const DATES: readonly [RegExp, string][] = [
  [/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\b/g, '<HTTP date>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00/g, '<ISO date with milliseconds>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00/g, '<ISO date>'],
  [/\b\d\d\/\d\d\/\d\d 23:59\b/g, '<end of a day>'],
  [/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/g, '<time with microseconds>'],
  [/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/g, '<time>'],
];

/** Numbers that grow with time. */
const DURATIONS = new Set(['uptime']);
/** Names of the node: whatever it is called, it has a name. */
const NODES = new Set(['linotpServer']);
const AUDIT_CELLS = { id: 0, node: 13 };

export interface Comparison {
  readonly carried: CarriedValues;
  readonly ids: RowIds;
  /** Serials of tokens that are not enrolled here: their rows are left out of recorded lists, and out of the counts. */
  readonly missingTokens: ReadonlySet<string>;
}

/** How an answer differs from the recorded one: `<place>: <recorded>, but <ours>`; empty: not at all. */
export function differences(recorded: RecordedResponse, answer: Answer, comparison: Comparison): string[] {
  const found: string[] = [];
  if (answer.status !== recorded.status) found.push(`status: ${recorded.status}, but ${answer.status}`);
  if (answer.contentType.toLowerCase() !== recorded.contentType.toLowerCase()) {
    found.push(`content type: ${recorded.contentType}, but ${answer.contentType}`);
  }
  found.push(...headerDifferences(recorded, answer));
  if (recorded.json !== undefined) {
    const expected = withoutRows(comparison.carried.inJson(recorded.json), comparison.missingTokens);
    if (answer.json === undefined) found.push(`body: JSON, but ${shown(answer.text)}`);
    else found.push(...jsonDifferences(expected, answer.json, '', comparison.ids));
  } else if (isTextCompared(recorded)) {
    const expected = withoutRows(comparison.carried.inText(recorded.text ?? ''), comparison.missingTokens);
    const [wanted, got] = [normalText(String(expected), RECORDED_NODE), normalText(answer.text, hostname())];
    if (wanted !== got) found.push(`body: ${shown(wanted)}, but ${shown(got)}`);
  }
  return found;
}

/** Pages of the framework count by their status, but for 404 and 405, which clients and probes look at. */
function isTextCompared({ status }: RecordedResponse): boolean {
  return status < 300 || status === 404 || status === 405;
}

function headerDifferences({ headers = {} }: RecordedResponse, answer: Answer): string[] {
  const found: string[] = [];
  const same = (name: string, wanted: string | undefined, form: (text: string) => string) => {
    const got = answer.headers.get(name);
    if (wanted !== undefined && (got === null || form(got) !== form(wanted))) {
      found.push(`${name}: ${wanted}, but ${got ?? 'none'}`);
    }
  };
  same('location', headers.location, (text) => text);
  same('content-disposition', headers['content-disposition'], (text) => text);
  same('allow', headers.allow, (text) =>
    text
      .split(/\s*,\s*/)
      .toSorted()
      .join(),
  );
  found.push(...cookieDifferences(headers['set-cookie'] ?? [], answer.headers.getSetCookie()));
  return found;
}

/**
 * Each recorded cookie is set, or cleared, with the same path and the same access for scripts. Meant to differ: lifetime
 * (that of the session), SameSite, and the refresh cookies, which there are none of (spec/admin-api §2.4, "Do better").
 */
function cookieDifferences(recorded: readonly string[], ours: readonly string[]): string[] {
  const form = (cookie: string) => {
    const [pair = '', ...attributes] = cookie.split('; ');
    const name = pair.slice(0, pair.indexOf('='));
    const kept = attributes.filter((attribute) => /^(HttpOnly|Path=.*)$/.test(attribute)).toSorted();
    return { name, text: `${name}=${pair.endsWith('=') ? '' : '…'}; ${kept.join('; ')}` };
  };
  const got = new Map(ours.map(form).map(({ name, text }) => [name, text]));
  return recorded
    .map(form)
    .filter(({ name, text }) => !name.includes('refresh') && got.get(name) !== text)
    .map(({ name, text }) => `cookie: ${text}, but ${got.get(name) ?? 'none'}`);
}

function jsonDifferences(recorded: Json, ours: Json, path: string, ids: RowIds): string[] {
  const place = path === '' ? 'body' : path;
  if (Array.isArray(recorded) && Array.isArray(ours)) {
    const found =
      recorded.length === ours.length ? [] : [`${place}: ${recorded.length} items, but ${ours.length}`];
    const isCell = path.endsWith('.cell');
    return recorded.slice(0, ours.length).reduce<string[]>((all, item: Json, index) => {
      const inner = `${path}[${index}]`;
      if (isCell && index === AUDIT_CELLS.id && typeof item === 'number')
        return [...all, ...idDifferences(item, ours[index], inner, 'audit', ids)];
      if (isCell && index === AUDIT_CELLS.node) return [...all, ...nodeDifferences(ours[index], inner)];
      return [...all, ...jsonDifferences(item, ours[index], inner, ids)];
    }, found);
  }
  if (isObject(recorded) && isObject(ours)) return objectDifferences(recorded, ours, path, ids);
  const [wanted, got] = [recorded, ours].map((json) => (typeof json === 'string' ? normalText(json) : json));
  return wanted === got ? [] : [`${place}: ${shown(wanted)}, but ${shown(got)}`];
}

function objectDifferences(
  recorded: { readonly [key: string]: Json },
  ours: { readonly [key: string]: Json },
  path: string,
  ids: RowIds,
): string[] {
  const unexpected = Object.keys(ours).filter((key) => !(key in recorded));
  const found = unexpected.map((key) => `${path}.${key}: nothing, but ${shown(ours[key])}`);
  for (const [key, wanted] of Object.entries(recorded)) {
    const inner = `${path}.${key}`;
    const got = ours[key];
    if (got === undefined) found.push(`${inner}: ${shown(wanted)}, but nothing`);
    else if (DURATIONS.has(key)) found.push(...(typeof got === 'number' ? [] : [`${inner}: no number`]));
    else if (NODES.has(key)) found.push(...nodeDifferences(got, inner));
    else {
      const scope = idScope(key, recorded);
      found.push(
        ...(scope ? idDifferences(wanted, got, inner, scope, ids) : jsonDifferences(wanted, got, inner, ids)),
      );
    }
  }
  return found;
}

/** Whose row an id is of; `null`: it is no row's id. */
function idScope(key: string, object: { readonly [key: string]: Json }): 'token' | 'audit' | null {
  if (key === 'LinOtp.TokenId') return 'token';
  if (key !== 'id') return null;
  if ('tokenConfiguration' in object) return 'token';
  return 'cell' in object || 'actionDetail' in object ? 'audit' : null;
}

function idDifferences(
  recorded: Json,
  ours: Json | undefined,
  path: string,
  scope: string,
  ids: RowIds,
): string[] {
  if (typeof recorded !== 'number' || typeof ours !== 'number') return [`${path}: an id, but ${shown(ours)}`];
  return ids.fits(scope, recorded, ours) ? [] : [`${path}: the row of id ${recorded}, but another (${ours})`];
}

function nodeDifferences(ours: Json | undefined, path: string): string[] {
  return ours === hostname() ? [] : [`${path}: the name of the node, but ${shown(ours)}`];
}

function normalText(text: string, node?: string): string {
  const undated = DATES.reduce((result, [pattern, name]) => result.replaceAll(pattern, name), text);
  const unpictured = undated.replaceAll(PICTURE, '$1…$2').replaceAll(SEALED, '');
  if (node === undefined) return unpictured;
  // Rows of CSV exports begin with their id; records of the audit trail name the node.
  return unpictured.replaceAll(/^('?)\d+(?='?[;,] )/gm, '$1<id>').replaceAll(`"${node}"`, '"<node>"');
}

/** What LinOTP shows sealed of a token that is rolled out in phases: nothing is shown of it here. */
const SEALED = /, ?\n?"sharedSecret": "[0-9a-f:]+"/g;

const LONGEST_SHOWN = 300;

function shown(value: Json | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
