import type { TokenFilter } from '@app/tokens';

import type { Queryable } from '../database.js';
import { SqlValues } from './token-conditions.js';
import {
  containsCondition,
  filterCondition,
  hasOnlyKinds,
  kindCondition,
  textKindConditions,
} from './token-filter.js';

/**
 * How many tokens match, exactly. What the tally knows (realms, state, type, resolver) is not counted token by token; of a
 * text that is part of a type's or resolver's name only those tokens are that have it elsewhere.
 */
export async function countTokens(database: Queryable, filter: TokenFilter): Promise<number> {
  if (!hasOnlyKinds(filter)) {
    const values = new SqlValues();
    return counted(database, `SELECT count(*) FROM token t WHERE ${filterCondition(filter, values)}`, values);
  }
  const { text } = filter;
  if (!text) return tallied(database, filter, () => 'true');
  const named = (values: SqlValues) => textKindConditions(text, values).join(' OR ');
  const hasNames = text.types.length + text.resolvers.length > 0;
  const byName = hasNames ? await tallied(database, filter, (values) => `(${named(values)})`) : 0;
  const values = new SqlValues();
  const where = [kindCondition(filter, values), containsCondition(text, values)];
  // `IS NOT TRUE`: an unassigned token has no resolver.
  if (hasNames) where.push(`(${named(values)}) IS NOT TRUE`);
  return (
    byName + (await counted(database, `SELECT count(*) FROM token t WHERE ${where.join(' AND ')}`, values))
  );
}

function tallied(
  database: Queryable,
  filter: TokenFilter,
  more: (values: SqlValues) => string,
): Promise<number> {
  const values = new SqlValues();
  return counted(database, tally(`${kindCondition(filter, values)} AND ${more(values)}`), values);
}

function tally(where: string): string {
  return `SELECT coalesce(sum(tokens), 0)::bigint AS count FROM token_tally t WHERE ${where}`;
}

/** The query that counts them where no token has to be looked at for it: a row with `count`. */
export function tallyQuery(filter: TokenFilter, values: SqlValues): string {
  return tally(kindCondition(filter, values));
}

/** Whether no token has to be looked at to count them. */
export function isTallied(filter: TokenFilter): boolean {
  return hasOnlyKinds(filter) && !filter.text;
}

async function counted(database: Queryable, text: string, { values }: SqlValues): Promise<number> {
  const { rows } = await database.query<{ count: number }>(text, values);
  return rows[0]?.count ?? 0;
}
