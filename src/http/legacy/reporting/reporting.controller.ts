import { Configuration } from '@app/realms';
import { type HighestCount, type ReportSortKey, TokenReports } from '@app/tokens';
import { Req } from '@nestjs/common';

import { Envelopes, type LegacyReply, reply } from '../../envelope/envelope.js';
import { Changes, LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { rightsOf } from '../../envelope/access/rights.guard.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { type Exchange, type ExchangeRequest, note } from '../../exchange.js';
import type { StreamedReply } from '../../server/raw-reply.js';
import { localDate, startOfDay } from '../tokens/local-time.js';
import { realmName, type ReportedRealms, reportedRealms } from '../users/reported-realms.js';
import { reportCsv, reportRow } from './report-rows.js';
import { dayOf, offsetOf, reportPageOf, statusesOf, unreadableDay } from './reporting-parameters.js';

const REALMS = { name: 'realms', description: 'comma-separated; /:no realm:/; *, as when absent: all' };
const STATUS = {
  name: 'status',
  description:
    'comma-separated: total (as when absent), active, inactive, assigned, unassigned, one of each pair joined by &, total users; *: all',
};
const EPOCH = '1970-01-01';

const SORT_KEYS: Readonly<Record<string, ReportSortKey>> = {
  event: 'event',
  realm: 'realm',
  parameter: 'status',
  count: 'count',
};

/** `/reporting`: what was counted when tokens changed (spec/admin-api §5.3). */
@LegacyController('reporting')
export class ReportingController {
  constructor(
    private readonly configuration: Configuration,
    private readonly reports: TokenReports,
    private readonly envelopes: Envelopes,
  ) {}

  @Reads('maximum', {
    right: { scope: 'reporting.access', action: 'maximum' },
    summary: 'The highest number that was reported of each realm; -1: none was',
    parameters: [REALMS, STATUS],
  })
  async maximum(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const statuses = statusesOf(exchange.parameters, 'total');
    const { realms } = this.#realms(exchange, 'maximum');
    const highest = countsOf(await this.reports.highest({ realms, statuses }));
    note(exchange, { succeeded: true });
    return reply(
      Object.fromEntries(
        realms.map((realm) => [
          realmName(realm),
          Object.fromEntries(statuses.map((status) => [status, highest(realm, status) ?? -1])),
        ]),
      ),
    );
  }

  @Reads('period', {
    right: { scope: 'reporting.access', action: 'period' },
    summary: 'The highest number of a period; where there is none in it, the last one before',
    parameters: [
      REALMS,
      STATUS,
      { name: 'from', description: `YYYY-MM-DD; absent: ${EPOCH}` },
      { name: 'to', description: 'YYYY-MM-DD, not part of the period; absent: tomorrow' },
    ],
  })
  async period(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const tomorrow = new Date();
    tomorrow.setDate(tomorrow.getDate() + 1);
    const boundary = (name: 'from' | 'to', what: string, usual: string) => {
      const text = parameters.text(name) ?? usual;
      const day = startOfDay(text);
      if (day) return day;
      throw new WireError(
        UNSPECIFIC,
        `Failed to convert ${what} time paramter to timestamp: ${name}: ${unreadableDay(text)}`,
      );
    };
    const from = boundary('from', 'start', EPOCH);
    const to = boundary('to', 'end', localDate(tomorrow));
    const statuses = statusesOf(parameters, 'total');
    const { realms } = this.#realms(exchange, 'period');
    const highest = countsOf(await this.reports.highestIn({ realms, statuses }, { from, to }));
    note(exchange, { succeeded: true });
    return reply({
      realms: realms.map((realm) => ({
        name: realmName(realm),
        maxtokencount: Object.fromEntries(statuses.map((status) => [status, highest(realm, status) ?? null])),
      })),
      period: { from: `${localDate(from)}T00:00:00`, to: `${localDate(to)}T00:00:00` },
    });
  }

  @Reads('show', {
    right: { scope: 'reporting.access', action: 'show' },
    summary: 'All that was reported',
    parameters: [
      { name: 'date', description: 'YYYY-MM-DD: only what is as old or newer' },
      REALMS,
      { ...STATUS, description: `${STATUS.description}, as when absent here` },
      { name: 'sortby', description: `${Object.keys(SORT_KEYS).join(', ')}; else the time` },
      { name: 'sortdir', description: 'desc reverses' },
      { name: 'page', description: 'from 1; absent: all' },
      { name: 'pagesize', description: 'reports on a page' },
      { name: 'outform', description: 'csv' },
    ],
  })
  async show(@Req() { exchange }: ExchangeRequest): Promise<StreamedReply> {
    const { parameters } = exchange;
    const since = dayOf(parameters, 'date');
    const statuses = statusesOf(parameters, '*');
    const page = reportPageOf(parameters, this.configuration.current().settings.pageSize);
    const asked = this.#realms(exchange, 'show');
    const sortBy = parameters.text('sortby') ?? '';
    const reading = await this.reports.read({
      realms: filterOf(asked),
      statuses,
      ...(since && { since }),
      sort: {
        key: (Object.hasOwn(SORT_KEYS, sortBy) && SORT_KEYS[sortBy]) || 'at',
        descending: parameters.text('sortdir') === 'desc',
      },
      ...(page && { page: { offset: offsetOf(page), limit: page.size } }),
    });
    note(exchange, { succeeded: true });
    if (parameters.text('outform') === 'csv') return reportCsv(reading);
    const size = page?.size ?? reading.total;
    const detail = {
      pages: page ? Math.max(1, Math.ceil(reading.total / page.size)) : 1,
      pagesize: size,
      report_rows: reading.total,
      page: page?.page ?? 1,
    };
    let queried = 0;
    async function* rows(): AsyncGenerator<object> {
      for await (const reports of reading.batches) {
        queried += reports.length;
        for (const report of reports) yield reportRow(report);
      }
    }
    return this.envelopes.streamed(
      rows(),
      () => ({ queried, page: null, detail }),
      () => reading.close(),
    );
  }

  @Changes('delete_all', {
    right: { scope: 'reporting.access', action: 'delete_all' },
    summary: 'Remove reports; the answer is how many there were',
    parameters: [REALMS, STATUS],
  })
  async deleteAll(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const statuses = statusesOf(exchange.parameters, 'total');
    const realms = filterOf(this.#realms(exchange, 'delete_all'));
    const count = await this.reports.remove({ realms, statuses }, null, exchange.audit);
    exchange.isRecorded = true;
    return reply(count);
  }

  @Changes('delete_before', {
    right: { scope: 'reporting.access', action: 'delete_before' },
    summary: 'Remove reports that are older than a day; the answer is how many there were',
    parameters: [REALMS, STATUS, { name: 'date', description: 'YYYY-MM-DD', required: true }],
  })
  async deleteBefore(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const text = parameters.text('date');
    // Texts of Python's own errors: recorded, and clients have no others.
    if (text === null) throw new WireError(UNSPECIFIC, 'strptime() argument 1 must be str, not None');
    const date = startOfDay(text);
    if (!date) throw new WireError(UNSPECIFIC, unreadableDay(text));
    const statuses = statusesOf(parameters, 'total');
    const realms = filterOf(this.#realms(exchange, 'delete_before'));
    const count = await this.reports.remove({ realms, statuses }, date, exchange.audit);
    exchange.isRecorded = true;
    return reply(count);
  }

  #realms(exchange: Exchange, action: string): ReportedRealms {
    const rights = rightsOf(exchange).realmsIn('reporting.access', action);
    return reportedRealms(exchange.parameters, '*', rights, this.configuration.current());
  }
}

/** Who asks for everything and may see it means what was reported of realms that are gone, too. */
function filterOf({ realms, isEverything }: ReportedRealms): readonly string[] | null {
  return isEverything ? null : realms;
}

function countsOf(highest: readonly HighestCount[]): (realm: string, status: string) => number | undefined {
  const counts = new Map(highest.map(({ realm, status, count }) => [`${status}\t${realm}`, count]));
  return (realm, status) => counts.get(`${status}\t${realm}`);
}
