import type { MarkedSecrets } from '../../../support/database/secret-traces.js';
import type { FuzzCase, Who } from './cases.js';
import { isLasting } from './kept-state.js';
import { EVALUATED, MARKUP } from './nasty.js';
import { PIN } from './usual.js';
import type { WireAnswer } from './wire.js';
import { DATA, USER_IDS } from './world.js';

interface Result {
  readonly status?: unknown;
  readonly value?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: unknown };
}

/** An answer, read. */
export interface Read {
  readonly text: string;
  readonly type: string;
  /** `undefined`: it is no JSON. */
  readonly json: unknown;
  /** `null`: it is no envelope. */
  readonly result: Result | null;
}

const STACK =
  /\n\s+at |node_modules|file:\/\/\/\S+\.[cm]?js|\.[cm]?[jt]s:\d+|\/dist\/src\/|TypeError|RangeError|ReferenceError|Cannot read prop|is not a function|is not iterable/;
const SQL =
  /syntax error at or near|violates|duplicate key|invalid byte sequence|out of range for type|invalid input syntax|does not exist\b.*(column|relation|operator|function)|(column|relation|operator|function) .{1,60} does not exist|unterminated|bind message|pg_catalog|SQLSTATE|current transaction is aborted|statement timeout|deadlock detected|value too long for type/i;
const TYPES =
  /^(application\/json|text\/html|text\/plain|text\/csv|text\/xml|application\/xml|image\/png|text\/css|application\/force-download|application\/openapi)/;
/** Whose data nobody else is told. */
const NOT_TOLD: Readonly<Record<Who, readonly string[]>> = {
  root: [],
  helpdesk: [DATA.berta],
  anna: [DATA.hans, DATA.berta],
  berta: [DATA.anna, DATA.hans],
  nobody: Object.values(DATA),
};
const MAY_CHANGE: Readonly<Record<Exclude<Who, 'root'>, readonly string[]>> = {
  helpdesk: [`tokens of ${USER_IDS.anna}`, `tokens of ${USER_IDS.hans}`],
  anna: [`tokens of ${USER_IDS.anna}`, 'tokens of nobody'],
  berta: [`tokens of ${USER_IDS.berta}`, 'tokens of nobody'],
  nobody: [],
};
const DESCRIPTION = /"linotp_tokendescription": "[^"]*"/g;
const READ_HEAD_BYTES = 16_384;
const READ_BODY_BYTES = 65_536;
const NO_ENVELOPE =
  /^\/(audit\/search|userservice\/history|manage\/\w+_flexi|healthcheck\/status|readyz|api\/docs\/openapi\.json)$/;

export function readAnswer({ headers, body }: WireAnswer): Read {
  const text = body.toString('utf8');
  const type = headers.get('content-type') ?? '';
  const json = type.startsWith('application/json') ? parsed(text) : undefined;
  const result = isObject(json) && isObject(json['result']) ? (json['result'] as Result) : null;
  return { text, type, json, result };
}

/** What is wrong with an answer, and with what came of it; empty where nothing is. */
export function judge(
  one: FuzzCase,
  answer: WireAnswer,
  read: Read,
  changes: ReadonlySet<string>,
  secrets: MarkedSecrets,
): string[] {
  return [
    ...wrongStatus(one, answer, read),
    ...wrongForm(one, answer, read),
    ...wrongWords(one, answer, read, secrets),
    ...wrongAdmission(one, answer, read),
    ...wrongChanges(one, answer, read, changes),
  ];
}

function wrongStatus(
  { endpoint, request, parameter, what }: FuzzCase,
  { status, isLate }: WireAnswer,
  { text }: Read,
): string[] {
  if (isLate) return ['no answer in time'];
  if (request.isCutShort) return [];
  // Of what is too long nobody reads the rest, and what ends the connection may overtake the answer.
  const isLong = headBytes(request) > READ_HEAD_BYTES || request.body.length > READ_BODY_BYTES;
  if (status === null) return isLong ? [] : ['no answer'];
  const isAskedFor =
    parameter === 'httperror' ||
    /^httperror|^two at once/.test(what) ||
    // spec/admin-api §4.4
    (status === 500 && endpoint.path.startsWith('/api/v2/resolvers/') && text.includes('-311'));
  if (status >= 500 && !isAskedFor) return [`status ${status}`];
  return /internal error/i.test(text) ? ['an internal error'] : [];
}

function headBytes({ target, headers }: FuzzCase['request']): number {
  return target.length + headers.flat().join('').length;
}

function wrongForm(
  { endpoint, request }: FuzzCase,
  { status, headers, body }: WireAnswer,
  { type, json, result, text }: Read,
): string[] {
  const wrong: string[] = [];
  if (headers.has('x-fuzz')) wrong.push('a header of the client’s');
  const location = headers.get('location');
  if (location !== undefined && !/^\/(?![/\\])/.test(location))
    wrong.push(`a redirection to ${location.slice(0, 60)}`);
  if (body.length === 0 || request.method === 'HEAD') return wrong;
  if (!TYPES.test(type)) wrong.push(`content type ${type}`);
  if (type.startsWith('text/html') && text.includes(MARKUP)) wrong.push('markup of the client’s in a page');
  if (!type.startsWith('application/json')) return wrong;
  if (json === undefined) wrong.push('JSON that is none');
  else if (result === null) {
    if (!NO_ENVELOPE.test(endpoint.path)) wrong.push('JSON that is no envelope');
  } else if (typeof result.status !== 'boolean') wrong.push('an envelope without a status');
  else if (result.error !== undefined) {
    const { code, message } = result.error;
    if (result.status || typeof code !== 'number' || typeof message !== 'string')
      wrong.push('an error in another form');
  } else if (!('value' in result)) wrong.push(`an envelope without a value (${status})`);
  return wrong;
}

function wrongWords(
  { who, endpoint, request }: FuzzCase,
  { headers }: WireAnswer,
  { text }: Read,
  secrets: MarkedSecrets,
): string[] {
  const said = `${[...headers].flat().join('\n')}\n${text}`;
  // A challenge says which token asks (spec/validate-api §3), to whoever has its PIN.
  const mayName = endpoint.path.startsWith('/validate/') && `${request.target}${request.body}`.includes(PIN);
  const beside = mayName ? said.replaceAll(DESCRIPTION, '') : said;
  const told = NOT_TOLD[who].filter((datum) => beside.includes(datum));
  return [
    ...(STACK.test(said) ? [`a stack: ${around(said, STACK)}`] : []),
    ...(SQL.test(said) ? [`SQL: ${around(said, SQL)}`] : []),
    ...(said.includes(EVALUATED) ? ['a template was evaluated'] : []),
    ...told.map((datum) => `${datum} told to ${who}`),
    ...secrets.tracesIn('the answer', said).map((trace) => trace.slice(0, 200)),
  ];
}

/** Whether somebody was served whom it does not serve. */
function wrongAdmission(
  { endpoint: { route, isForUsers }, who, request }: FuzzCase,
  { status }: WireAnswer,
  { result }: Read,
): string[] {
  if (!route || route.isPublic || status !== 200 || result?.status !== true) return [];
  if (request.method === 'OPTIONS') return [];
  const isUser = who === 'anna' || who === 'berta';
  return isUser === isForUsers && who !== 'nobody' ? [] : [`${who} was served`];
}

function wrongChanges(
  { who, endpoint: { route, path } }: FuzzCase,
  { status }: WireAnswer,
  { result }: Read,
  changes: ReadonlySet<string>,
): string[] {
  const lasting = [...changes].filter((name) => isLasting(name) && !isOfDevice(name, path));
  if (lasting.length === 0) return [];
  const wrong: string[] = [];
  const isRefused = (status !== null && status >= 300) || result?.status === false;
  if (isRefused) wrong.push(`refused, and changed ${lasting.join()}`);
  else if (route?.kind !== 'changes' && !isUserOf(who)) wrong.push(`reads, and changed ${lasting.join()}`);
  const foreign = who === 'root' ? [] : lasting.filter((name) => !MAY_CHANGE[who].includes(name));
  if (foreign.length > 0) wrong.push(`${who} changed ${foreign.join()}`);
  return wrong;
}

/** What a device answers is kept with the token: what it has counted, and that it is paired. */
function isOfDevice(name: string, path: string): boolean {
  return path.startsWith('/validate/') && name === `tokens of ${USER_IDS.anna}`;
}

function isUserOf(who: Who): boolean {
  return who === 'anna' || who === 'berta';
}

function around(text: string, pattern: RegExp): string {
  const at = text.search(pattern);
  return text.slice(Math.max(0, at - 60), at + 100).replaceAll(/\s+/g, ' ');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
