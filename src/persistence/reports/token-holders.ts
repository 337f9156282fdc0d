import type { Token, TokenKind, TokenTypeId } from '@app/tokens';

import type { Queryable } from '../database.js';

/** Sums of the tally. @param realms `''`: tokens of none; `null`: all tokens */
export async function kindsOf(
  database: Queryable,
  realms: readonly string[] | null,
): Promise<readonly TokenKind[]> {
  const { rows } = await database.query<TokenKind & { readonly isActive: boolean }>(
    `SELECT realms, active AS "isActive", owner_resolver IS NOT NULL AS "isAssigned", sum(tokens)::bigint AS tokens
     FROM token_tally
     WHERE $1::text[] IS NULL OR realms && $1 OR (realms = '{}' AND '' = ANY($1))
     GROUP BY 1, 2, 3 HAVING sum(tokens) <> 0`,
    [realms],
  );
  return rows;
}

const FORWARDS: TokenTypeId = 'forward';

/** Counts active tokens but those that only forward logins. */
export const COUNT_ACTIVE = `SELECT coalesce(sum(tokens), 0)::bigint AS count FROM token_tally
  WHERE active AND type <> '${FORWARDS}'`;

/** Whether that query counts such a token. */
export function isCountedActive({ active, type }: Pick<Token, 'active' | 'type'>): boolean {
  return active && type !== FORWARDS;
}

export async function countActive(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ count: number }>(COUNT_ACTIVE);
  return rows[0]?.count ?? 0;
}

/** Users with active tokens in any of the realms, each once. */
export async function countHolders(database: Queryable, realms: readonly string[]): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    realms.length === 1
      ? 'SELECT count(*) AS count FROM token_holder WHERE realm = $1'
      : `SELECT count(*) AS count FROM (
           SELECT resolver, user_id FROM token_holder WHERE realm = ANY($1::text[]) GROUP BY 1, 2
         ) h`,
    [realms.length === 1 ? realms[0] : realms],
  );
  return rows[0]?.count ?? 0;
}
