import { type AuditField, type AuditQuery, AuditSearch, type FoundRecord, starPattern } from '@app/audit';
import { Req } from '@nestjs/common';

import { Envelopes, type LegacyAnswer, reply } from '../envelope/envelope.js';
import { GetsOnly, LegacyController } from '../envelope/routes/legacy-controller.js';
import type { Parameters } from '../envelope/parameters/parameters.js';
import { rightsOf } from '../envelope/access/rights.guard.js';
import { UNSPECIFIC, WireError } from '../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../exchange.js';
import { countParameter } from './count-parameter.js';

const FIELDS: Readonly<Record<string, AuditField>> = {
  id: 'number',
  timestamp: 'at',
  action: 'action',
  actionDetail: 'detail',
  success: 'succeeded',
  serial: 'serial',
  tokenType: 'tokenType',
  user: 'user',
  realm: 'realm',
  administrator: 'administrator',
  info: 'info',
  linotpServer: 'node',
  client: 'client',
  logLevel: 'logLevel',
  clearanceLevel: 'clearanceLevel',
};
const PAGE_SIZE = 15;
/** More are sent while they are read. */
const AT_ONCE = 500;
const TRUTHS: Readonly<Record<string, string>> = { true: '1', false: '0' };

/** `/api/v2/auditlog/` (spec/admin-api §4.5). */
@LegacyController('api/v2/auditlog')
export class AuditLogController {
  constructor(
    private readonly audit: AuditSearch,
    private readonly envelopes: Envelopes,
  ) {}

  @GetsOnly('/', {
    right: { scope: 'audit', action: 'view' },
    summary: 'Search the audit trail',
    parameters: [
      { name: 'page', description: 'from 0' },
      { name: 'pageSize', description: 'records on a page (15); 0: all' },
      { name: 'sortBy', description: 'a field; id by default' },
      { name: 'sortOrder', description: 'asc, or desc (default)' },
      ...Object.keys(FIELDS).map((name) => ({
        name,
        description: name === 'success' ? 'true or false' : 'exact, or a pattern with *',
      })),
    ],
  })
  async list(@Req() { exchange }: ExchangeRequest): Promise<LegacyAnswer> {
    const { parameters } = exchange;
    const page = countParameter(parameters, 'page', 0);
    const size = countParameter(parameters, 'pageSize', PAGE_SIZE);
    const query = { ...queryOf(parameters), within: rightsOf(exchange).auditedRealms().realms };
    const answer = await (size === 0 ? this.#all(query, page) : this.#page(query, page, size));
    note(exchange, { succeeded: true });
    return answer;
  }

  async #page(query: AuditQuery, page: number, size: number): Promise<LegacyAnswer> {
    const part = { offset: page * size, limit: size };
    if (size > AT_ONCE) {
      const { total, batches } = await this.audit.read({ ...query, page: part });
      return this.#list(batches, total, page, () => totals(total, size));
    }
    const { records, total } = await this.audit.find({ ...query, page: part });
    const pageRecords = records.map(shown);
    return reply({ page, pageSize: records.length, ...totals(total, size), pageRecords });
  }

  async #all(query: AuditQuery, page: number): Promise<LegacyAnswer> {
    if (page > 0) return reply({ page, pageSize: 0, totalPages: 1, totalRecords: 0, pageRecords: [] });
    const { total, batches } = await this.audit.read(query);
    return this.#list(batches, total, page, (count) => totals(count, count));
  }

  /** How many there are is known behind them: its members come last. */
  #list(
    batches: AsyncIterable<readonly FoundRecord[]>,
    length: number,
    page: number,
    totalsOf: (count: number) => object,
  ): Promise<LegacyAnswer> {
    const list = {
      before: { page },
      name: 'pageRecords',
      batches: shownBatches(batches),
      after: (count: number) => ({ pageSize: count, ...totalsOf(count) }),
    };
    return this.envelopes.list(list, length, () => Promise.resolve());
  }
}

async function* shownBatches(
  batches: AsyncIterable<readonly FoundRecord[]>,
): AsyncGenerator<readonly object[]> {
  for await (const records of batches) yield records.map(shown);
}

function totals(total: number, size: number): { totalPages: number; totalRecords: number } {
  return { totalPages: total === 0 ? 0 : Math.ceil(total / size), totalRecords: total };
}

function queryOf(parameters: Parameters): Omit<AuditQuery, 'within'> {
  const sortBy = parameters.text('sortBy') || 'id';
  const field = fieldOf(sortBy);
  if (!field) throw new WireError(UNSPECIFIC, `sortBy: ${Object.keys(FIELDS).join(', ')}`);
  return {
    conditions: Object.entries(FIELDS).flatMap(([name, asked]) => {
      const text = parameters.text(name);
      if (text === null || text === '') return [];
      return [{ field: asked, like: asked === 'succeeded' ? truth(text) : starPattern(text) }];
    }),
    combine: 'all',
    sort: { field, descending: parameters.text('sortOrder') !== 'asc' },
  };
}

function fieldOf(name: string): AuditField | null {
  return Object.hasOwn(FIELDS, name) ? (FIELDS[name] ?? null) : null;
}

function truth(text: string): string {
  return TRUTHS[text.toLowerCase()] ?? starPattern(text);
}

/** `null` for what is empty; the administrator keeps the quotes of the legacy interface. */
function shown({ record, number, isSound }: FoundRecord): object {
  return {
    id: number,
    timestamp: record.at.toISOString().replace('Z', '+00:00'),
    serial: record.serial || null,
    action: record.action || null,
    actionDetail: record.detail || null,
    success: record.succeeded,
    tokenType: record.tokenType || null,
    user: record.user || null,
    realm: record.realm || null,
    administrator: `'${record.administrator}'`,
    info: record.info || null,
    linotpServer: record.node || null,
    client: record.client || null,
    logLevel: record.logLevel || null,
    clearanceLevel: record.clearanceLevel,
    signatureCheck: isSound,
  };
}
