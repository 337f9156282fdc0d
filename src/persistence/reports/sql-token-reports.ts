import type { AuditContext } from '@app/audit';
import {
  type HighestCount,
  type ReportFilter,
  type ReportPeriod,
  type ReportQuery,
  type ReportReading,
  type ReportSelection,
  type ReportSortKey,
  type TokenReport,
  TokenReports,
} from '@app/tokens';
import type { DataSource } from 'typeorm';

import { type Queryable, asUnavailable } from '../database.js';
import { queryableOf } from '../data-source.js';
import type { AdministrationLane } from '../lanes/administration-lane.js';
import { LongReadings } from '../long-readings.js';
import { SqlValues } from '../tokens/token-conditions.js';

const AT_ONCE = 1_000;
/** In one transaction: other changes of this node wait for it. */
const REMOVED_AT_ONCE = 20_000;

const SORT_COLUMNS: Readonly<Record<ReportSortKey, string>> = {
  at: 'at',
  event: 'event',
  realm: 'realm',
  status: 'status',
  count: 'count',
};

export class SqlTokenReports extends TokenReports {
  readonly #database: Queryable;
  readonly #readings: LongReadings;

  constructor(
    source: DataSource,
    private readonly lane: AdministrationLane,
  ) {
    super();
    this.#database = queryableOf(source);
    this.#readings = new LongReadings(source, 'reports');
  }

  // Both answer from the end of an index for each realm and state, however many reports there are.
  highest(selection: ReportSelection): Promise<readonly HighestCount[]> {
    return this.#each(
      selection,
      `SELECT count FROM token_report WHERE realm = wanted.realm AND status = wanted.status
       ORDER BY count DESC LIMIT 1`,
      [],
    );
  }

  highestIn(selection: ReportSelection, { from, to }: ReportPeriod): Promise<readonly HighestCount[]> {
    return this.#each(
      selection,
      `SELECT coalesce(
         (SELECT max(count) FROM token_report
          WHERE realm = wanted.realm AND status = wanted.status AND at >= $3 AND at < $4),
         (SELECT count FROM token_report
          WHERE realm = wanted.realm AND status = wanted.status AND at < $3 ORDER BY at DESC, id DESC LIMIT 1)
       ) AS count`,
      [from, to],
    );
  }

  async #each(
    { realms, statuses }: ReportSelection,
    one: string,
    more: readonly unknown[],
  ): Promise<readonly HighestCount[]> {
    const { rows } = await this.#database
      .query<HighestCount & { count: number }>(
        `SELECT wanted.realm, wanted.status, found.count
         FROM (SELECT * FROM unnest($1::text[]) AS r(realm), unnest($2::text[]) AS s(status)) AS wanted
         CROSS JOIN LATERAL (${one}) AS found
         WHERE found.count IS NOT NULL`,
        [realms, statuses, ...more],
      )
      .catch((error: unknown) => {
        throw asUnavailable(error);
      });
    return rows;
  }

  async read(query: ReportQuery): Promise<ReportReading> {
    const { text: where, values } = conditionOf(query, query.since ?? null, 'since');
    const counting = {
      text: `SELECT count(*) AS count FROM token_report WHERE ${where}`,
      values: [...values.values],
    };
    const direction = query.sort.descending ? 'DESC' : 'ASC';
    const limits = query.page
      ? ` LIMIT ${values.add(query.page.limit)} OFFSET ${values.add(query.page.offset)}`
      : '';
    const text = `SELECT at, event, realm, status, count FROM token_report WHERE ${where}
      ORDER BY ${SORT_COLUMNS[query.sort.key]} ${direction}, id ${direction}${limits}`;
    const { beside, batches, close } = await this.#readings.open<TokenReport & { count: number }, number>(
      { text, values: values.values },
      AT_ONCE,
      async (database) => (await database.query<{ count: number }>(counting)).rows[0]?.count ?? 0,
    );
    return { total: beside, batches, close };
  }

  async remove(filter: ReportFilter, before: Date | null, context: AuditContext): Promise<number> {
    const { text: where, values } = conditionOf(filter, before, 'before');
    for (let total = 0; ;) {
      const removed = await this.lane.run(context, async ({ database }) => {
        const { rowCount } = await database.query(
          `DELETE FROM token_report WHERE id IN (
             SELECT id FROM token_report WHERE ${where} LIMIT ${REMOVED_AT_ONCE}
           )`,
          values.values,
        );
        const count = rowCount ?? 0;
        return { result: count, facts: { succeeded: true, info: `reports removed: ${count}` } };
      });
      total += removed;
      if (removed < REMOVED_AT_ONCE) return total;
    }
  }
}

/** @param bound the time that `side` says on which side of; `null`: any */
function conditionOf(
  { realms, statuses }: ReportFilter,
  bound: Date | null,
  side: 'since' | 'before',
): { text: string; values: SqlValues } {
  const values = new SqlValues();
  const parts = [`status = ANY(${values.add(statuses)}::text[])`];
  if (realms) parts.push(`realm = ANY(${values.add(realms)}::text[])`);
  if (bound) parts.push(`at ${side === 'since' ? '>=' : '<'} ${values.add(bound)}`);
  return { text: parts.join(' AND '), values };
}
