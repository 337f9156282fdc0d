import { type AuditField, type AuditPage, type AuditQuery, AuditSearch } from '@app/audit';
import { Invalid, Unavailable } from '@app/kernel';
import { Req } from '@nestjs/common';

import type { LegacyAnswer } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/legacy-controller.js';
import type { Parameters } from '../../envelope/parameters.js';
import { rightsOf } from '../../envelope/rights.guard.js';
import { UNSPECIFIC, WireError } from '../../envelope/wire-error.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { RawReply, StreamedReply } from '../../server/raw-reply.js';
import { pythonInteger } from '../python-text.js';
import { type RecordTable, contentType, headersOf, tableEnd, tableHead, tableRows } from './record-table.js';

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

const PAGE_SIZE = 15;
/** More are sent while they are read. */
const AT_ONCE = 500;

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
      ...Object.keys(FIELDS).map((name) => ({
        name,
        description: 'pattern for the column, with % and _; not with query',
      })),
    ],
  })
  async search(@Req() { exchange }: ExchangeRequest): Promise<LegacyAnswer> {
    const { parameters } = exchange;
    const query = { ...parseQuery(parameters), within: rightsOf(exchange).auditedRealms().realms };
    const page = pageOf(parameters);
    const table = { isCsv: parameters.text('outform') === 'csv', hasHeaders: parameters.has('headers') };
    try {
      const answer = await (page && page.limit <= AT_ONCE
        ? this.#page(query, page, table)
        : this.#stream(query, page, table));
      note(exchange, { succeeded: true });
      return answer;
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      const reason = error instanceof Invalid ? `: ${error.message}` : '';
      throw new WireError(UNSPECIFIC, `audit/search failed${reason}`, { envelopeId: 0, cause: error });
    }
  }

  async #page(query: AuditQuery, page: AuditPage, table: RecordTable): Promise<RawReply> {
    const { records, total } = await this.audit.find({ ...query, page });
    const text = [...tableHead(table, page), tableRows(table, records, true), tableEnd(table, total)].join(
      '',
    );
    return new RawReply(text, contentType(table), headersOf(table));
  }

  /** Of any size, in bounded memory. */
  async #stream(query: AuditQuery, page: AuditPage | null, table: RecordTable): Promise<StreamedReply> {
    const { total, batches } = await this.audit.read({ ...query, ...(page && { page }) });
    async function* chunks(): AsyncGenerator<string> {
      yield* tableHead(table, page);
      let count = 0;
      for await (const records of batches) {
        yield tableRows(table, records, count === 0);
        count += records.length;
      }
      yield tableEnd(table, page ? total : count);
    }
    return new StreamedReply(chunks(), contentType(table), () => Promise.resolve(), headersOf(table));
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
function pageOf(parameters: Parameters): AuditPage | null {
  if (!parameters.has('page') && !parameters.has('rp')) return null;
  const positive = (name: string, byDefault: number) => {
    const value = pythonInteger(parameters.text(name) ?? '') ?? byDefault;
    return value > 0 ? value : byDefault;
  };
  const limit = positive('rp', PAGE_SIZE);
  return { offset: (positive('page', 1) - 1) * limit, limit };
}
