import type { UserReference } from '@app/realms';
import {
  LARGEST_PAGE,
  type ListedToken,
  type OwnerResolver,
  PageTooLarge,
  type TokenFilter,
  TokenList,
  type TokenPage,
  type TokenQuery,
  type TokenReading,
  type TokenSortKey,
} from '@app/tokens';
import type { DataSource } from 'typeorm';

import { type Queryable, asUnavailable } from '../database.js';
import { queryableOf } from '../data-source.js';
import { LongReadings } from '../long-readings.js';
import { SqlValues } from './token-conditions.js';
import { filterCondition } from './token-filter.js';
import { LISTED_COLUMNS, type ListedTokenRow, toListedToken } from './token-row.js';
import { countTokens, isTallied, tallyQuery } from './token-tally.js';

const SORT_COLUMNS: Readonly<Record<TokenSortKey, string>> = {
  id: 't.id',
  serial: 't.serial',
  type: 't.type',
  description: 't.description',
  active: 't.active',
  failures: 't.failures',
  counter: 't.counter',
  userId: `coalesce(t.owner_user_id, '')`,
  resolver: `coalesce(t.owner_resolver, '')`,
  createdAt: 't.created_at',
  lastMatchAt: 't.last_match_at',
  lastSuccessAt: 't.last_success_at',
};
const UNIQUE: ReadonlySet<TokenSortKey> = new Set(['id', 'serial']);

/** What tokens have an index for, which gives them in order. */
const INDEXED: ReadonlySet<TokenSortKey> = new Set(['id', 'serial', 'description']);

/** So few are all fetched and sorted; of more, a page is soon found by walking through the tokens in their order. */
const FEW = 10_000;
/** So far; then all that match are found first. */
const WALKED = 10_000;
/** Read at once, without holding a connection while the client takes them. */
const AT_ONCE = 500;

export class SqlTokenList extends TokenList {
  readonly #database: Queryable;
  readonly #readings: LongReadings;

  constructor(source: DataSource) {
    super();
    this.#readings = new LongReadings(source, 'tokens');
    this.#database = queryableOf(source);
  }

  /** A query for the first pages and the total of all tokens; two or three for what is searched for. */
  async find({
    page: asked,
    ...query
  }: TokenQuery & { readonly page: TokenPage }): Promise<{ tokens: ListedToken[]; total: number }> {
    // Behind the last token anyway, and a number to the database.
    const page = { offset: bounded(asked.offset), limit: bounded(asked.limit) };
    return guarded(async () => {
      const found = await this.#inOneGo(query, page);
      if (found) return found;
      const total = await countTokens(this.#database, query);
      if (page.offset >= total) return { tokens: [], total };
      if (Math.min(page.limit, total - page.offset) > LARGEST_PAGE) throw new PageTooLarge();
      const walked = total > FEW ? await this.#walked(query, page) : null;
      if (walked) return { tokens: walked, total };
      const values = new SqlValues();
      const selection = selectionOf(query, page, !isUnfiltered(query), values);
      const { rows } = await this.#database.query<ListedTokenRow>(selection, values.values);
      return { tokens: rows.map(toListedToken), total };
    });
  }

  /** @returns `null` where it takes more than a query */
  async #inOneGo(
    query: TokenQuery,
    page: TokenPage,
  ): Promise<{ tokens: ListedToken[]; total: number } | null> {
    if (!isTallied(query)) return this.#fewOf(query, page);
    // Where some are left out, it depends on their number how a page is found; and a large page may be refused for it.
    if (!isUnfiltered(query) || page.limit > LARGEST_PAGE) return null;
    const values = new SqlValues();
    const selection = selectionOf(query, page, false, values);
    const { rows } = await this.#database.query<ListedTokenRow & { total: number }>(
      `SELECT ${LISTED_COLUMNS}, c.count AS total FROM (${tallyQuery(query, values)}) c LEFT JOIN (${selection}) t ON true
       ORDER BY ${orderOf(query, SORT_COLUMNS[query.sort.key], 't.id')}`,
      values.values,
    );
    return foundIn(rows);
  }

  /**
   * What has to be counted by looking at tokens is found, counted and sorted in one go.
   * @returns `null` when there are many of them
   */
  async #fewOf(query: TokenQuery, page: TokenPage): Promise<{ tokens: ListedToken[]; total: number } | null> {
    const values = new SqlValues();
    const where = filterCondition(query, values);
    const { rows } = await this.#database.query<ListedTokenRow & { total: number }>(
      `WITH found AS MATERIALIZED (
         SELECT t.id, ${SORT_COLUMNS[query.sort.key]} AS place FROM token t WHERE ${where} LIMIT ${FEW + 1}
       ),
       page AS (
         SELECT id, row_number() OVER () AS number FROM (
           SELECT id FROM found ORDER BY ${orderOf(query, 'place', 'id')}
           LIMIT ${values.add(page.limit)} OFFSET ${values.add(page.offset)}
         ) p
       )
       SELECT ${LISTED_COLUMNS}, c.total FROM (SELECT count(*) AS total FROM found) c
       LEFT JOIN (page JOIN token t USING (id)) ON c.total <= ${FEW} ORDER BY number`,
      values.values,
    );
    const found = foundIn(rows);
    return found.total > FEW ? null : found;
  }

  /**
   * The page, if it is among the first tokens in the order. It mostly is where many match, but those that match may also
   * stand at the end of it all.
   */
  async #walked(query: TokenQuery, { offset, limit }: TokenPage): Promise<ListedToken[] | null> {
    if (isUnfiltered(query) || !INDEXED.has(query.sort.key)) return null;
    const values = new SqlValues();
    const order = orderOf(query, SORT_COLUMNS[query.sort.key], 't.id');
    const { rows } = await this.#database.query<ListedTokenRow>(
      `SELECT ${LISTED_COLUMNS} FROM (SELECT t.* FROM token t ORDER BY ${order} LIMIT ${WALKED}) t
       WHERE ${filterCondition(query, values)} ORDER BY ${order}
       LIMIT ${values.add(limit)} OFFSET ${values.add(offset)}`,
      values.values,
    );
    return rows.length < limit ? null : rows.map(toListedToken);
  }

  async read(query: TokenQuery): Promise<TokenReading> {
    const tokens = await guarded(async () => {
      const total = await countTokens(this.#database, query);
      if (total > AT_ONCE) return null;
      // One more: there may be more of them by now.
      const values = new SqlValues();
      const selection = selectionOf(query, { offset: 0, limit: AT_ONCE + 1 }, true, values);
      const { rows } = await this.#database.query<ListedTokenRow>(selection, values.values);
      return rows.length > AT_ONCE ? null : rows.map(toListedToken);
    });
    if (!tokens) return this.#readThrough(query);
    return { total: tokens.length, batches: oneBatch(tokens), close: () => Promise.resolve() };
  }

  count(filter: TokenFilter): Promise<number> {
    return guarded(() => countTokens(this.#database, filter));
  }

  async ownerResolvers(): Promise<OwnerResolver[]> {
    return guarded(async () => {
      const { rows } = await this.#database.query<OwnerResolver>(
        `SELECT owner_resolver AS name, coalesce(owner_resolver_type, '') AS type FROM token_tally
         WHERE owner_resolver IS NOT NULL GROUP BY 1, 2 HAVING sum(tokens) > 0 ORDER BY 1, 2`,
      );
      return rows;
    });
  }

  async owners(
    filter: TokenFilter,
    after: UserReference | null,
    limit: number,
  ): Promise<readonly UserReference[]> {
    return guarded(async () => {
      const values = new SqlValues();
      const where = [filterCondition(filter, values), 't.owner_resolver IS NOT NULL'];
      if (after) {
        const last = `(${values.add(after.resolver)}, ${values.add(after.userId)})`;
        where.push(`(t.owner_resolver, t.owner_user_id) > ${last}`);
      }
      const { rows } = await this.#database.query<{ resolver: string; user_id: string }>(
        `SELECT DISTINCT t.owner_resolver AS resolver, t.owner_user_id AS user_id FROM token t
         WHERE ${where.join(' AND ')} ORDER BY 1, 2 LIMIT ${values.add(limit)}`,
        values.values,
      );
      return rows.map(({ resolver, user_id: userId }) => ({ resolver, userId }));
    });
  }

  async #readThrough(query: TokenQuery): Promise<TokenReading> {
    const values = new SqlValues();
    const text = selectionOf(query, null, false, values);
    const { beside, batches, close } = await this.#readings.open<ListedTokenRow, number>(
      { text, values: values.values },
      AT_ONCE,
      (database) => countTokens(database, query),
    );
    return { total: beside, batches: listedBatches(batches), close };
  }
}

async function* listedBatches(
  batches: AsyncIterable<readonly ListedTokenRow[]>,
): AsyncGenerator<readonly ListedToken[]> {
  for await (const rows of batches) yield rows.map(toListedToken);
}

async function* oneBatch(tokens: readonly ListedToken[]): AsyncGenerator<readonly ListedToken[]> {
  yield tokens;
}

/**
 * @param page `null`: everything
 * @param isFew all that match are found first, by whichever index knows them; else the planner may walk along the order,
 *              which takes long where those that match stand close together
 */
function selectionOf(query: TokenQuery, page: TokenPage | null, isFew: boolean, values: SqlValues): string {
  const where = filterCondition(query, values);
  const order = orderOf(query, SORT_COLUMNS[query.sort.key], 't.id');
  const limits = page ? ` LIMIT ${values.add(page.limit)} OFFSET ${values.add(page.offset)}` : '';
  const found = isFew ? `(SELECT t.* FROM token t WHERE ${where} OFFSET 0) t` : `token t WHERE ${where}`;
  // Of what is passed over, ids are enough.
  const from = page?.offset
    ? `token t WHERE t.id IN (SELECT t.id FROM ${found} ORDER BY ${order}${limits})`
    : `${found}`;
  return `SELECT ${LISTED_COLUMNS} FROM ${from} ORDER BY ${order}${page?.offset ? '' : limits}`;
}

/** Of rows with the total in each; without a token on the page there is one, of nothing else. */
function foundIn(rows: readonly (ListedTokenRow & { readonly total: number })[]): {
  tokens: ListedToken[];
  total: number;
} {
  return {
    tokens: rows.filter(({ id }) => id !== null).map(toListedToken),
    total: rows[0]?.total ?? 0,
  };
}

function orderOf({ sort: { key, descending } }: TokenQuery, column: string, id: string): string {
  const direction = descending ? 'DESC' : 'ASC';
  return `${column} ${direction}${UNIQUE.has(key) ? '' : `, ${id} ${direction}`}`;
}

function bounded(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

/** Whether every token matches, so that the order alone says which are on a page. */
function isUnfiltered(query: TokenQuery): boolean {
  return filterCondition(query, new SqlValues()) === 'true';
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof PageTooLarge ? error : asUnavailable(error);
  }
}
