import { type Token, type TokenScan, TokenStore } from '@app/tokens';

import type { Keyring } from '../../keyring/keyring.js';
import { type Queryable, asUnavailable } from '../database.js';
import { SqlValues } from './token-conditions.js';
import { TOKEN_COLUMNS, type TokenRow, toToken } from './token-row.js';

const AT_A_TIME = 500;

export class SqlTokenStore extends TokenStore {
  constructor(
    private readonly database: Queryable,
    private readonly keyring: Keyring,
  ) {
    super();
  }

  async find(serial: string): Promise<Token | null> {
    const [token] = await this.#read('t.serial = $1', [serial]);
    return token ?? null;
  }

  /** Page by page behind the last id: no connection, and no snapshot of the database, is held between pages. */
  async *batches({ types, realm, assigned }: TokenScan): AsyncGenerator<readonly Token[]> {
    for (let last = 0; ;) {
      const values = new SqlValues();
      const parts = [`t.id > ${values.add(last)}`, `t.type = ANY(${values.add(types)}::text[])`];
      if (realm !== undefined) parts.push(`t.realms @> ARRAY[${values.add(realm)}::text]`);
      if (assigned !== undefined) parts.push(`t.owner_resolver IS ${assigned ? 'NOT ' : ''}NULL`);
      const tokens = await this.#read(
        `${parts.join(' AND ')} ORDER BY t.id LIMIT ${AT_A_TIME}`,
        values.values,
      );
      if (tokens.length > 0) yield tokens;
      if (tokens.length < AT_A_TIME) return;
      last = tokens.at(-1)?.id ?? last;
    }
  }

  async taken(serials: readonly string[]): Promise<ReadonlySet<string>> {
    try {
      const { rows } = await this.database.query<{ serial: string }>(
        'SELECT serial FROM token WHERE serial = ANY($1::text[])',
        [serials],
      );
      return new Set(rows.map(({ serial }) => serial));
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async #read(where: string, values: unknown[]): Promise<readonly Token[]> {
    try {
      const { rows } = await this.database.query<TokenRow>(
        `SELECT ${TOKEN_COLUMNS} FROM token t WHERE ${where}`,
        values,
      );
      return rows.map((row) => toToken(row, this.keyring));
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}
