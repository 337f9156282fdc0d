import {
  type AuditPage,
  type AuditQuery,
  AuditSearch,
  COUNTED_RECORDS,
  type FoundPage,
  type FoundRecord,
  NotSortable,
  SearchTooWide,
} from '@app/audit';
import { Occupied } from '@app/kernel';

import { type Queryable, asUnavailable, sqlState } from '../../database.js';
import type { AuditSigner } from '../../lanes/audit-signer.js';
import { SqlValues } from '../../tokens/token-conditions.js';
import { type SearchedRecords, orderOf, orderOfFound, searchedRecords } from './audit-conditions.js';
import { readMany, readNumbers, recordsOf } from './read-records.js';
import { type RecordRow, toChainedRecord } from '../record-row.js';
import { rowKey, soundRows } from './sound-rows.js';
import { trailExtent } from './trail-extent.js';
import { COUNT_RECORDS } from '../retention/sql-trail-cleanup.js';

const QUERY_CANCELED = '57014';
/** A search may take long: the administration's other connections stay free. */
const SEARCHES = 4;

/** From so far on, the end of everything is found from behind. */
const DEEP = 10_000;

interface Counted {
  readonly total: number;
  /** Numbers of the records on the page, in order; `null`: it is among so many that it has to be looked for. */
  readonly numbers: readonly number[] | null;
}

export class SqlAuditSearch extends AuditSearch {
  #running = 0;

  constructor(
    private readonly database: Queryable,
    private readonly signer: AuditSigner,
  ) {
    super();
  }

  find({ page, ...query }: AuditQuery & { readonly page: AuditPage }): Promise<FoundPage> {
    return this.#guarded(async () => {
      const { offset, limit } = bounded(page);
      const { total, numbers } = await this.#count(query, { offset, limit });
      const rows = await (numbers
        ? recordsOf(this.database, numbers)
        : this.#pageOfMany(query, { offset, limit }, total));
      // Whoever looks at the last page knows how many there are.
      const isLast = rows.length > 0 && rows.length < limit;
      return { records: await this.#checked(rows), total: isLast ? offset + rows.length : total };
    });
  }

  read({ page, ...query }: AuditQuery & { readonly page?: AuditPage }) {
    return this.#guarded(async () => {
      const part = bounded(page ?? { offset: 0, limit: Number.MAX_SAFE_INTEGER });
      const { total, numbers } = await this.#count(query, part);
      const rows = numbers
        ? readNumbers(this.database, numbers)
        : readMany(this.database, query, { extent: await trailExtent(this.database), page: part });
      return { total, batches: this.#batches(rows) };
    });
  }

  async *#batches(rows: AsyncGenerator<readonly RecordRow[]>): AsyncGenerator<readonly FoundRecord[]> {
    for (;;) {
      const records = await this.#guarded(async () => {
        const { value, done } = await rows.next();
        return done === true ? null : this.#checked(value);
      });
      if (!records) return;
      yield records;
    }
  }

  /** @throws NotSortable */
  async #count(query: AuditQuery, { offset, limit }: AuditPage): Promise<Counted> {
    const values = new SqlValues();
    const searched = searchedRecords(query, values);
    if (searched.isUnfiltered && searched.isSortable) return { total: await this.#all(), numbers: null };
    const filterValues = [...values.values];
    // In order, where an index has it: the planner might otherwise read the table from its beginning.
    const order = searched.isSortable ? ` ORDER BY ${orderOf(searched)}` : '';
    const { rows } = await this.database.query<{ count: number; numbers: number[] }>(
      `WITH found AS MATERIALIZED (
         SELECT r.number, ${searched.place} AS place FROM audit_record r WHERE ${searched.where}${order}
         LIMIT ${COUNTED_RECORDS + 1}
       )
       SELECT (SELECT count(*) FROM found) AS count,
         ARRAY(
           SELECT f.number FROM found f ORDER BY ${orderOfFound('f', searched)}
           LIMIT ${values.add(limit)} OFFSET ${values.add(offset)}
         ) AS numbers`,
      values.values,
    );
    const { count = 0, numbers = [] } = rows[0] ?? {};
    if (count <= COUNTED_RECORDS) return { total: count, numbers };
    if (!searched.isSortable) throw new NotSortable();
    const total = await this.#estimate(searched, filterValues);
    return { total, numbers: offset + limit <= count ? numbers : null };
  }

  /** Every record raised its lane's sequence by one, and marks say how many were removed. */
  async #all(): Promise<number> {
    const { rows } = await this.database.query<{ count: number }>(COUNT_RECORDS);
    return rows[0]?.count ?? 0;
  }

  async #estimate({ where }: SearchedRecords, values: unknown[]): Promise<number> {
    const { rows } = await this.database.query<{
      'QUERY PLAN': readonly [{ Plan: { 'Plan Rows': number } }];
    }>(`EXPLAIN (FORMAT JSON) SELECT 1 FROM audit_record r WHERE ${where}`, values);
    const estimate = rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
    return Math.max(estimate, COUNTED_RECORDS + 1);
  }

  async #pageOfMany(
    query: AuditQuery,
    { offset, limit }: AuditPage,
    total: number,
  ): Promise<readonly RecordRow[]> {
    const values = new SqlValues();
    const searched = searchedRecords(query, values);
    const isReversed = searched.isUnfiltered && offset > Math.max(DEEP, total / 2);
    const count = isReversed ? Math.max(0, Math.min(limit, total - offset)) : limit;
    const passed = isReversed ? Math.max(0, total - offset - limit) : offset;
    const { rows } = await this.database.query<RecordRow>(
      `SELECT r.* FROM audit_record r
       JOIN (
         SELECT r.number FROM audit_record r WHERE ${searched.where}
         ORDER BY ${orderOf(searched, isReversed)} LIMIT ${values.add(count)} OFFSET ${values.add(passed)}
       ) p USING (number)
       ORDER BY ${orderOf(searched)}`,
      values.values,
    );
    return rows;
  }

  async #checked(rows: readonly RecordRow[]): Promise<FoundRecord[]> {
    const sound = await soundRows(this.database, this.signer, rows);
    return rows.map((row) => ({
      record: toChainedRecord(row),
      number: row.number,
      isSound: sound.has(rowKey(row)),
    }));
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= SEARCHES) throw new Occupied('too many searches of the audit trail run at once');
    this.#running++;
    try {
      return await work();
    } catch (error) {
      if (error instanceof NotSortable) throw error;
      if (stateOf(error) === QUERY_CANCELED) throw new SearchTooWide({ cause: error });
      throw asUnavailable(error);
    } finally {
      this.#running--;
    }
  }
}

/** TypeORM wraps what the database says. */
function stateOf(error: unknown): string | null {
  const driverError = error instanceof Error && 'driverError' in error ? error.driverError : error;
  return sqlState(driverError);
}

function bounded({ offset, limit }: AuditPage): AuditPage {
  const most = (count: number) => Math.min(count, Number.MAX_SAFE_INTEGER);
  return { offset: most(offset), limit: most(limit) };
}
