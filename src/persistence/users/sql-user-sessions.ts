import { cleanText } from '@app/kernel';
import {
  type LoginProof,
  type UserSession,
  type UserSessionReading,
  UserSessions,
  type UserSessionState,
} from '@app/self-service';

import { asUnavailable, type Queryable } from '../database.js';

interface SessionRow {
  version: number;
  /** This and the rest are null where there is no session. */
  state: UserSessionState | null;
  proof: LoginProof;
  resolver: string;
  user_id: string;
  login: string;
  realm: string;
  client: string;
  transaction: string | null;
  expires_at: Date;
}

const COLUMNS = 'state, proof, resolver, user_id, login, realm, client, transaction';

const VERSION = {
  name: 'user-session-version',
  text: 'SELECT version FROM configuration_version WHERE id = 1',
};

const READ = {
  name: 'user-session-read',
  text: `SELECT v.version, s.state, s.proof, s.resolver, s.user_id, s.login, s.realm, s.client, s.transaction, s.expires_at
    FROM configuration_version v
    LEFT JOIN user_session s ON s.hash = $1 AND s.expires_at > now()
    WHERE v.id = 1`,
};

const OPEN = {
  name: 'user-session-open',
  text: `INSERT INTO user_session (hash, ${COLUMNS}, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + make_interval(secs => $10)) RETURNING expires_at`,
};

/** $11 the predecessor: whoever deletes it makes the successor. */
const REPLACE = {
  name: 'user-session-replace',
  text: `WITH gone AS (DELETE FROM user_session WHERE hash = $11 AND expires_at > now() RETURNING expires_at)
    INSERT INTO user_session (hash, ${COLUMNS}, expires_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce(now() + make_interval(secs => $10), gone.expires_at) FROM gone
    RETURNING expires_at`,
};

export class SqlUserSessions extends UserSessions {
  /**
   * @param database for sessions one by one, as logins need them
   * @param upkeep   for many at once, which may take longer
   */
  constructor(
    private readonly database: Queryable,
    private readonly upkeep: Queryable,
  ) {
    super();
  }

  async configurationVersion(): Promise<number> {
    const [row] = await this.#run<{ version: number }>(VERSION, []);
    if (!row) throw asUnavailable(new Error('the database holds no configuration version'));
    return row.version;
  }

  async read(hash: Uint8Array): Promise<UserSessionReading> {
    const [row] = await this.#run<SessionRow>(READ, [hash]);
    if (!row) throw asUnavailable(new Error('the database holds no configuration version'));
    return { configurationVersion: row.version, session: sessionOf(row) };
  }

  async open(hash: Uint8Array, session: UserSession, lifetimeSeconds: number): Promise<Date> {
    const [row] = await this.#run<{ expires_at: Date }>(OPEN, valuesOf(hash, session, lifetimeSeconds));
    if (!row) throw asUnavailable(new Error('the session was not kept'));
    return row.expires_at;
  }

  async replace(
    predecessor: Uint8Array,
    hash: Uint8Array,
    session: UserSession,
    lifetimeSeconds: number | null,
  ): Promise<Date | null> {
    const values = [...valuesOf(hash, session, lifetimeSeconds), predecessor];
    const [row] = await this.#run<{ expires_at: Date }>(REPLACE, values);
    return row?.expires_at ?? null;
  }

  async end(hash: Uint8Array): Promise<void> {
    await this.#run({ text: 'DELETE FROM user_session WHERE hash = $1' }, [hash]);
  }

  async endAllOf(login: string, realm: string | null): Promise<number> {
    const ended = await this.#run(
      {
        text: `DELETE FROM user_session WHERE lower(login) = lower($1) AND ($2::text IS NULL OR realm = lower($2))
          RETURNING expires_at`,
      },
      [cleanText(login), realm === null ? null : cleanText(realm)],
      this.upkeep,
    );
    return ended.length;
  }

  async purgeExpired(): Promise<void> {
    await this.#run({ text: 'DELETE FROM user_session WHERE expires_at < now()' }, [], this.upkeep);
  }

  async #run<R extends object>(
    query: { name?: string; text: string },
    values: unknown[],
    database = this.database,
  ): Promise<R[]> {
    try {
      return (await database.query<R>({ ...query, values })).rows;
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}

function valuesOf(hash: Uint8Array, session: UserSession, lifetimeSeconds: number | null): unknown[] {
  const { state, proof, user, client, transaction } = session;
  const { resolver, userId, login, realm } = user;
  return [hash, state, proof, resolver, userId, login, realm, client, transaction, lifetimeSeconds];
}

function sessionOf(row: SessionRow): UserSessionReading['session'] {
  const { state, proof, resolver, user_id: userId, login, realm, client, transaction } = row;
  if (state === null) return null;
  const user = { resolver, userId, login, realm };
  return { state, proof, user, client, transaction, expiresAt: row.expires_at };
}
