import { type AuditPage, type AuditQuery, AuditSearch } from '@app/audit';
import { Invalid, Unavailable } from '@app/kernel';
import { Req } from '@nestjs/common';

import type { LegacyAnswer } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { rightsOf } from '../../envelope/access/rights.guard.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { RawReply, StreamedReply } from '../../server/raw-reply.js';
import { AUDIT_FIELDS, auditPage, auditQuery } from './audit-query.js';
import { type RecordTable, contentType, headersOf, tableEnd, tableHead, tableRows } from './record-table.js';

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
      { name: 'sortname', description: `number (default), ${Object.keys(AUDIT_FIELDS).slice(1).join(', ')}` },
      { name: 'sortorder', description: 'desc reverses' },
      { name: 'query', description: 'pattern for the column qtype; col=pattern;… with qtype=extsearch' },
      { name: 'qtype', description: 'a column, or extsearch' },
      { name: 'or', description: 'true: one condition is enough' },
      { name: 'outform', description: 'csv' },
      { name: 'headers', description: 'adds the names of the columns' },
      ...Object.keys(AUDIT_FIELDS).map((name) => ({
        name,
        description: 'pattern for the column, with % and _; not with query',
      })),
    ],
  })
  async search(@Req() { exchange }: ExchangeRequest): Promise<LegacyAnswer> {
    const { parameters } = exchange;
    const query = { ...auditQuery(parameters), within: rightsOf(exchange).auditedRealms().realms };
    // Paging only if asked for.
    const isPaged = parameters.has('page') || parameters.has('rp');
    const page = isPaged ? auditPage(parameters) : null;
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
