import { type ListedToken, TokenList, type TokenQuery, type TokenSortKey } from '@app/tokens';

import { type Queryable, asUnavailable } from '../database.js';
import { SqlValues, likePattern, ownerCondition, serialCondition } from './token-conditions.js';
import { LISTED_COLUMNS, type ListedTokenRow, toListedToken } from './token-row.js';

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

export class SqlTokenList extends TokenList {
  constructor(private readonly database: Queryable) {
    super();
  }

  /** One query for the page, one for the total where there are pages. */
  async find(query: TokenQuery): Promise<{ tokens: ListedToken[]; total: number }> {
    const values = new SqlValues();
    const where = whereOf(query, values);
    const { key, descending } = query.sort;
    const direction = descending ? 'DESC' : 'ASC';
    const counted = [...values.values];
    const limits = query.page
      ? ` LIMIT ${values.add(query.page.limit)} OFFSET ${values.add(Math.min(query.page.offset, Number.MAX_SAFE_INTEGER))}`
      : '';
    try {
      const { rows } = await this.database.query<ListedTokenRow>(
        `SELECT ${LISTED_COLUMNS} FROM token t WHERE ${where}
         ORDER BY ${SORT_COLUMNS[key]} ${direction}, t.id ${direction}${limits}`,
        values.values,
      );
      const tokens = rows.map(toListedToken);
      if (!query.page) return { tokens, total: tokens.length };
      const total = await this.database.query<{ count: number }>(
        `SELECT count(*) AS count FROM token t WHERE ${where}`,
        counted,
      );
      return { tokens, total: total.rows[0]?.count ?? 0 };
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}

function whereOf(query: TokenQuery, values: SqlValues): string {
  const parts: string[] = [];
  if (query.within) parts.push(`t.realms && ${values.add(query.within)}::text[]`);
  if (query.serial !== undefined) parts.push(serialCondition(query.serial, values));
  if (query.active !== undefined) parts.push(`t.active = ${values.add(query.active)}`);
  if (query.text) {
    const contains = values.add(`%${likePattern(query.text.contains)}%`);
    const columns = ['t.description', 't.serial', 't.owner_user_id', 't.owner_resolver'];
    const matches = columns.map((column) => `${column} LIKE ${contains}`);
    parts.push(`(${[...matches, `t.type = ANY(${values.add(query.text.types)}::text[])`].join(' OR ')})`);
  }
  if (query.realms === 'none') parts.push(`t.realms = '{}'`);
  else if (query.realms) parts.push(`t.realms && ${values.add(query.realms)}::text[]`);
  if (query.unassigned) parts.push('t.owner_resolver IS NULL');
  if (query.owner) {
    parts.push(ownerCondition(query.owner.references, values));
    if (query.owner.realms) {
      parts.push(`(t.realms = '{}' OR t.realms && ${values.add(query.owner.realms)}::text[])`);
    }
  }
  if (query.userId !== undefined) parts.push(`t.owner_user_id = ${values.add(query.userId)}`);
  if (query.resolver !== undefined) parts.push(`t.owner_resolver = ${values.add(query.resolver)}`);
  return parts.join(' AND ') || 'true';
}
