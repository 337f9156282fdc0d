import { type RealmHolders, TokenCounts, type TokenKind } from '@app/tokens';

import { type Queryable, asUnavailable } from '../database.js';
import { countActive, countHolders, kindsOf } from './token-holders.js';

export class SqlTokenCounts extends TokenCounts {
  constructor(private readonly database: Queryable) {
    super();
  }

  countActive(): Promise<number> {
    return countActive(this.database).catch(unavailable);
  }

  kinds(): Promise<readonly TokenKind[]> {
    return kindsOf(this.database, null).catch(unavailable);
  }

  async holders(realms: readonly string[]): Promise<readonly RealmHolders[]> {
    const { rows } = await this.database
      .query<{ realm: string; resolver: string; users: number }>(
        `SELECT realm, resolver, count(*) AS users FROM token_holder WHERE realm = ANY($1::text[])
         GROUP BY 1, 2 ORDER BY 1, 2`,
        [realms],
      )
      .catch(unavailable);
    return rows;
  }

  countHolders(realms: readonly string[]): Promise<number> {
    return countHolders(this.database, realms).catch(unavailable);
  }
}

function unavailable(error: unknown): never {
  throw asUnavailable(error);
}
