import { type AuditField, type AuditQuery, AuditSearch, type FoundRecord } from '@app/audit';
import { Unavailable } from '@app/kernel';
import { Req } from '@nestjs/common';

import { LegacyController, Reads } from '../../envelope/legacy-controller.js';
import type { Parameters } from '../../envelope/parameters.js';
import { rightsOf } from '../../envelope/rights.guard.js';
import { UNSPECIFIC, WireError } from '../../envelope/wire-error.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { RawReply } from '../../server/raw-reply.js';
import { pythonInteger } from '../python-text.js';

/** Column names of requests. */
const FIELDS: Readonly<Record<string, AuditField>> = {
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

const HEADERS = [
  'number',
  'date',
  'sig_check',
  'missing_line',
  'action',
  'success',
  'serial',
  'token_type',
  'user',
  'realm',
  'administrator',
  'action_detail',
  'info',
  'linotp_server',
  'client',
  'log_level',
  'clearance_level',
];

const PAGE_SIZE = 15;

/** `/audit/search` (spec/system-api §7.3). */
@LegacyController('audit')
export class AuditController {
  constructor(private readonly audit: AuditSearch) {}

  @Reads('search', {
    right: { scope: 'audit', action: 'view' },
    summary: 'Search the audit trail',
    parameters: [
      { name: 'page', description: 'from 1; without page and rp: all records' },
      { name: 'rp', description: 'records on a page (15)' },
      { name: 'sortname', description: `number (default), ${Object.keys(FIELDS).slice(1).join(', ')}` },
      { name: 'sortorder', description: 'desc reverses' },
      { name: 'query', description: 'pattern for the column qtype; col=pattern;… with qtype=extsearch' },
      { name: 'qtype', description: 'a column, or extsearch' },
      { name: 'or', description: 'true: one condition is enough' },
      { name: 'outform', description: 'csv' },
      { name: 'headers', description: 'adds the names of the columns' },
    ],
  })
  async search(@Req() { exchange }: ExchangeRequest): Promise<RawReply> {
    const { parameters } = exchange;
    const query = { ...parseQuery(parameters), within: rightsOf(exchange).auditedRealms().realms };
    const found = await this.audit.find(query).catch((error: unknown) => {
      if (error instanceof Unavailable) throw error;
      throw new WireError(UNSPECIFIC, 'audit/search failed', { envelopeId: 0, cause: error });
    });
    note(exchange, { succeeded: true });
    const rows = found.records.map(cellsOf);
    const hasHeaders = parameters.has('headers');
    if (parameters.text('outform') === 'csv') return csvReply(rows, hasHeaders);
    const page = query.page ? query.page.offset / query.page.limit + 1 : 1;
    const body = {
      page,
      rows: rows.map((cell) => ({ id: cell[0], cell, ...(hasHeaders && { data: HEADERS }) })),
      total: found.total,
    };
    return new RawReply(JSON.stringify(body), 'application/json');
  }
}

function parseQuery(parameters: Parameters): Omit<AuditQuery, 'within'> {
  const sortName = parameters.text('sortname') ?? 'number';
  return {
    conditions: conditionsOf(parameters),
    combine: parameters.text('or')?.toLowerCase() === 'true' ? 'any' : 'all',
    sort: {
      field: fieldOf(sortName) ?? 'number',
      descending: parameters.text('sortorder') === 'desc',
    },
    ...pageOf(parameters),
  };
}

function conditionsOf(parameters: Parameters): AuditQuery['conditions'] {
  const query = parameters.text('query');
  const column = parameters.text('qtype');
  const pairs: (readonly [string, string | null])[] =
    query && column
      ? column === 'extsearch'
        ? query
            .split(';')
            .map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)] as const)
        : [[column, query]]
      : Object.keys(FIELDS).map((name) => [name, parameters.text(name)] as const);
  return pairs.flatMap(([name, like]) => {
    const field = fieldOf(name.trim());
    return field && like ? [{ field, like }] : [];
  });
}

function fieldOf(name: string): AuditField | null {
  return Object.hasOwn(FIELDS, name) ? (FIELDS[name] ?? null) : null;
}

/** Paging only if asked for; what does not parse is the default. */
function pageOf(parameters: Parameters): Pick<AuditQuery, 'page'> {
  if (!parameters.has('page') && !parameters.has('rp')) return {};
  const positive = (name: string, byDefault: number) => {
    const value = pythonInteger(parameters.text(name) ?? '') ?? byDefault;
    return value > 0 ? value : byDefault;
  };
  const limit = positive('rp', PAGE_SIZE);
  return { page: { offset: (positive('page', 1) - 1) * limit, limit } };
}

function cellsOf({ record, number, isSound }: FoundRecord): (string | number)[] {
  return [
    number,
    record.at.toISOString().replace('Z', '+00:00'),
    isSound ? 'OK' : 'FAIL',
    // Rows that are missing are found by `audit verify`, over the whole chain.
    '',
    record.action,
    record.succeeded ? '1' : '0',
    record.serial,
    record.tokenType,
    record.user,
    record.realm,
    `'${record.administrator}'`,
    record.detail,
    record.info,
    record.node,
    record.client,
    record.logLevel,
    record.clearanceLevel,
  ];
}

/** Fields as JSON scalars; double quotes in them become single ones (spec/system-api §7.3). */
function csvReply(rows: readonly (string | number)[][], hasHeaders: boolean): RawReply {
  const line = (cells: readonly (string | number)[]) =>
    cells
      .map((cell) => JSON.stringify(typeof cell === 'string' ? cell.replaceAll('"', "'") : cell))
      .join(', ');
  const lines = [...(hasHeaders ? [HEADERS] : []), ...rows].map(line);
  return new RawReply(`${lines.join('\n')}\n\n`, 'text/csv; charset=utf-8', {
    headers: { 'content-disposition': 'attachment; filename=linotp-audit.csv' },
  });
}
