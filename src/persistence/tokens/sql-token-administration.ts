import type { AuditContext, Audited } from '@app/audit';
import { type Secret, Unavailable } from '@app/kernel';
import type { UserReference } from '@app/realms';
import {
  AmbiguousToken,
  type MadeChallenge,
  type NewToken,
  type OwnedTokens,
  PLAIN_ATTRIBUTES,
  type ReportedCount,
  type Token,
  TokenAdministration,
  type TokenChanges,
  type TokenKind,
  type TokenSelection,
  type TokenTransaction,
  type TokenTypeId,
  UnknownToken,
} from '@app/tokens';

import type { Keyring } from '../../keyring/keyring.js';
import type { Queryable } from '../database.js';
import {
  type AdministrationLane,
  type AdministrationWork,
  lockStatement,
} from '../lanes/administration-lane.js';
import { type ColumnTypes, columnTypes, insertRows } from './insert-rows.js';
import { SqlValues, conditionsOf, ownerCondition } from './token-conditions.js';
import {
  COUNT_ACTIVE,
  countActive,
  countHolders,
  isCountedActive,
  kindsOf,
} from '../reports/token-holders.js';
import { TokenIds } from './token-ids.js';
import { type SealedColumn, TOKEN_COLUMNS, type TokenRow, secretPlace, toToken } from './token-row.js';

export class SqlTokenAdministration extends TokenAdministration {
  readonly #ids = new TokenIds();

  constructor(
    private readonly lane: AdministrationLane,
    private readonly keyring: Keyring,
  ) {
    super();
  }

  async change<T>(
    context: AuditContext,
    work: (tokens: TokenTransaction) => Promise<Audited<T>>,
    alone: readonly string[] = [],
  ): Promise<T> {
    let isAgain = false;
    const change = ({ database, now }: AdministrationWork) => {
      // The connection may have broken since, and another server have taken over.
      if (isAgain) this.#ids.forget();
      isAgain = true;
      return work(new SqlTokenTransaction(database, now, this.keyring, this.#ids));
    };
    try {
      return await this.lane.run(context, change, locksOf(alone));
    } catch (error) {
      if (error instanceof Unavailable) this.#ids.forget();
      throw error;
    }
  }
}

/** In the same order everywhere, so that no two wait for each other. */
function locksOf(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted().map((name) => `token limit ${name}`);
}

class SqlTokenTransaction implements TokenTransaction {
  #types: ColumnTypes | null = null;
  /** How many are active, while nothing was done since that was read. */
  #active: number | null = null;

  constructor(
    private readonly database: Queryable,
    readonly now: Date,
    private readonly keyring: Keyring,
    private readonly ids: TokenIds,
  ) {}

  async find(selection: TokenSelection): Promise<Token[]> {
    const { where, values } = conditionsOf(selection);
    const { rows } = await this.database.query<TokenRow>(
      `SELECT ${TOKEN_COLUMNS} FROM token t WHERE ${where} ORDER BY t.id FOR NO KEY UPDATE`,
      values,
    );
    return rows.map((row) => toToken(row, this.keyring));
  }

  async get(serial: string): Promise<Token> {
    const [token, ...others] = await this.find({ serial });
    if (!token) throw new UnknownToken(serial);
    if (others.length > 0) throw new AmbiguousToken(serial);
    return token;
  }

  async has(serial: string): Promise<boolean> {
    const { rows } = await this.database.query('SELECT 1 FROM token WHERE serial = $1', [serial]);
    return rows.length > 0;
  }

  async insert(token: NewToken): Promise<Token> {
    // The id is bound into the seals: it must be known before the row is.
    const [id] = await this.ids.take(this.database, 1);
    if (id === undefined) throw new Error('no id for a new token');
    const columns = { id, serial: token.serial, type: token.type, ...this.#columns(id, token) };
    const names = Object.keys(columns);
    const { rows } = await this.database.query<{ created_at: Date; active: number }>(
      `WITH added AS (
         INSERT INTO token (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})
         RETURNING created_at
       )
       SELECT created_at, (${COUNT_ACTIVE}) AS active FROM added`,
      Object.values(columns),
    );
    const [added] = rows;
    if (!added) throw new Error('no row of a new token');
    // Counted as it was before this statement, like all that a statement reads.
    this.#active = added.active + (isCountedActive(token) ? 1 : 0);
    return { ...PLAIN_ATTRIBUTES, ...token, id, failures: 0, revision: 1, createdAt: added.created_at };
  }

  async idsOf(serials: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.database.query<{ id: number; serial: string }>(
      'SELECT id, serial FROM token WHERE serial = ANY($1::text[])',
      [serials],
    );
    return new Map(rows.map(({ id, serial }) => [serial, id]));
  }

  async lock(ids: readonly number[]): Promise<Token[]> {
    const { rows } = await this.database.query<TokenRow>(
      `SELECT ${TOKEN_COLUMNS} FROM token t WHERE t.id = ANY($1::bigint[]) ORDER BY t.id FOR NO KEY UPDATE`,
      [ids],
    );
    return rows.map((row) => toToken(row, this.keyring));
  }

  async insertAll(tokens: readonly NewToken[]): Promise<void> {
    const ids = await this.ids.take(this.database, tokens.length);
    this.#active = null;
    this.#types ??= await columnTypes(this.database, 'token');
    const inserted = tokens.map((token, place) => {
      const id = ids[place];
      if (id === undefined) throw new Error('no id for a new token');
      return { id, serial: token.serial, type: token.type, ...this.#columns(id, token) };
    });
    await insertRows(this.database, 'token', this.#types, inserted);
  }

  async update(id: number, changes: TokenChanges): Promise<void> {
    await this.#write([id], this.#columns(id, changes));
  }

  async updateAll(
    tokens: readonly Token[],
    { active, failures }: Pick<TokenChanges, 'active' | 'failures'>,
  ): Promise<void> {
    const columns = { ...(active !== undefined && { active }), ...(failures !== undefined && { failures }) };
    await this.#write([...new Set(tokens.map(({ id }) => id))], columns);
  }

  async #write(ids: readonly number[], columns: Readonly<Record<string, unknown>>): Promise<void> {
    this.#active = null;
    const assignments = Object.keys(columns).map((name, index) => `${name} = $${index + 2}`);
    await this.database.query(
      `UPDATE token SET ${[...assignments, 'revision = revision + 1'].join(', ')} WHERE id = ANY($1::bigint[])`,
      [ids, ...Object.values(columns)],
    );
  }

  async remove(ids: readonly number[]): Promise<void> {
    this.#active = null;
    await this.database.query('DELETE FROM token WHERE id = ANY($1::bigint[])', [ids]);
  }

  async ask({ id, serial, owner }: Token, challenge: MadeChallenge): Promise<void> {
    const { transaction, message, realm, seconds, data } = challenge;
    await this.database.query(
      `INSERT INTO challenge (root, place, token_id, serial, message, owner_resolver, owner_user_id, realm, data,
         created_at, expires_at)
       VALUES ($1, 0, $2, $3, $4, $5, $6, $7, $8, now(), now() + make_interval(secs => $9))`,
      [
        transaction,
        id,
        serial,
        message,
        owner?.resolver ?? null,
        owner?.userId ?? null,
        realm,
        JSON.stringify(data),
        seconds,
      ],
    );
  }

  async closeChallenges(ids: readonly number[]): Promise<void> {
    // Locked in order of id, as logins lock them.
    await this.database.query(
      `WITH held AS MATERIALIZED (
         SELECT id FROM challenge WHERE token_id = ANY($1::bigint[]) AND state <> 'closed'
         ORDER BY id FOR NO KEY UPDATE
       )
       UPDATE challenge SET state = 'closed' WHERE id IN (SELECT id FROM held)`,
      [ids],
    );
  }

  async countActive(): Promise<number> {
    return this.#active ?? countActive(this.database);
  }

  async countOwned(owners: readonly UserReference[], type?: TokenTypeId): Promise<number> {
    const values = new SqlValues();
    const owned = ownerCondition(owners, values);
    const typed = type === undefined ? '' : ` AND t.type = ${values.add(type)}`;
    const { rows } = await this.database.query<{ count: number }>(
      `SELECT count(*) AS count FROM token t WHERE ${owned}${typed}`,
      values.values,
    );
    return rows[0]?.count ?? 0;
  }

  async countOwnedEach(owners: readonly UserReference[]): Promise<readonly OwnedTokens[]> {
    const { rows } = await this.database.query<OwnedTokens>(
      `SELECT t.owner_resolver AS resolver, t.owner_user_id AS "userId", t.type, count(*) AS count
       FROM token t
       JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS o(resolver, user_id)) AS o
         ON t.owner_resolver = o.resolver AND t.owner_user_id = o.user_id
       GROUP BY 1, 2, 3`,
      [owners.map(({ resolver }) => resolver), owners.map(({ userId }) => userId)],
    );
    return rows;
  }

  async countActiveIn(realm: string): Promise<number> {
    const { rows } = await this.database.query<{ count: number }>(
      `SELECT coalesce(sum(tokens), 0)::bigint AS count FROM token_tally
       WHERE active AND realms @> ARRAY[$1::text]`,
      [realm],
    );
    return rows[0]?.count ?? 0;
  }

  kindsIn(realms: readonly string[]): Promise<readonly TokenKind[]> {
    return kindsOf(this.database, realms);
  }

  countHolders(realm: string): Promise<number> {
    return countHolders(this.database, [realm]);
  }

  async report(counts: readonly ReportedCount[]): Promise<void> {
    if (counts.length === 0) return;
    const column = <K extends keyof ReportedCount>(name: K) => counts.map((count) => count[name]);
    await this.database.query(
      `INSERT INTO token_report (event, realm, status, count)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])`,
      [column('event'), column('realm'), column('status'), column('count')],
    );
  }

  async alone(names: readonly string[]): Promise<void> {
    this.#active = null;
    for (const name of locksOf(names)) {
      await this.database.query(lockStatement(name));
    }
  }

  /** Columns for what is given; column names are constants of this function, never input. */
  #columns(id: number, token: TokenChanges): Record<string, unknown> {
    const columns: Record<string, unknown> = {};
    const put = (name: string, value: unknown) => {
      if (value !== undefined) columns[name] = value;
    };
    const seal = (column: SealedColumn, secret: Secret) =>
      secret.use((bytes) => this.keyring.seal(secretPlace(id, column), bytes));
    put('description', token.description);
    put('active', token.active);
    if (token.owner !== undefined) {
      put('owner_resolver', token.owner?.resolver ?? null);
      put('owner_resolver_type', token.owner?.resolverType ?? null);
      put('owner_user_id', token.owner?.userId ?? null);
    }
    put('realms', token.realms);
    if (token.secret) put('secret_sealed', seal('secret_sealed', token.secret));
    if (token.pin !== undefined) put('pin_sealed', token.pin && seal('pin_sealed', token.pin));
    if (token.userPin !== undefined) {
      put('user_pin_sealed', token.userPin && seal('user_pin_sealed', token.userPin));
    }
    if (token.sharedSecret !== undefined) {
      put('shared_secret_sealed', token.sharedSecret && seal('shared_secret_sealed', token.sharedSecret));
    }
    put('digits', token.digits);
    put('hash', token.hash);
    put('counter', token.counter);
    put('failures', token.failures);
    put('max_failures', token.maxFailures);
    put('look_ahead', token.lookAhead);
    put('sync_window', token.syncWindow);
    if (token.time !== undefined) {
      put('step_seconds', token.time?.stepSeconds ?? null);
      put('window_seconds', token.time?.windowSeconds ?? null);
      put('shift_seconds', token.time?.shiftSeconds ?? null);
    }
    put('valid_from', token.validity?.from);
    put('valid_until', token.validity?.until);
    put('attempts', token.uses?.attempts);
    put('max_attempts', token.uses?.maxAttempts);
    put('successes', token.uses?.successes);
    put('max_successes', token.uses?.maxSuccesses);
    put('paths', token.paths);
    put('info', token.info && JSON.stringify(token.info));
    if (token.device !== undefined) {
      put('device_public_id', token.device?.publicId ?? null);
      put('device_private_id', token.device?.privateId ?? null);
    }
    return columns;
  }
}
