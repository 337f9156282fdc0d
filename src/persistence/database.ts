import { Unavailable } from '@app/kernel';
import pg from 'pg';

/** Anything that runs SQL: a client, a pool, a TypeORM runner behind a wrapper. */
export interface Queryable {
  query<R extends pg.QueryResultRow>(
    query: pg.QueryConfig | string,
    values?: unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }>;
}

// int8 as a number: counters, revisions and ids stay far below 2^53.
const INT8 = 20;
const INT8_ARRAY = 1016;
const parseIntegers: (text: string) => (string | null)[] = pg.types.getTypeParser(INT8_ARRAY as number);

export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return (text: string) => Number(text);
    if (oid === INT8_ARRAY) {
      return (text: string) => parseIntegers(text).map((item) => (item === null ? null : Number(item)));
    }
    return pg.types.getTypeParser(oid, format as 'text');
  }) as pg.CustomTypesConfig['getTypeParser'],
};

/**
 * Where the database is: one server, or several of which the writable one is used. All reads go to the primary as well;
 * a connection that finds itself on a standby or read-only is dropped (docs/operations.md, "Several nodes").
 */
export class DatabaseAddress {
  #preferred = 0;

  constructor(private readonly targets: readonly pg.ClientConfig[]) {
    if (targets.length === 0) throw new Error('no database server given');
  }

  get count(): number {
    return this.targets.length;
  }

  get current(): pg.ClientConfig {
    return this.targets[this.#preferred] ?? {};
  }

  /** Goes on to the next server, unless somebody else did already. */
  giveUpOn(target: pg.ClientConfig): void {
    if (target === this.current) this.#preferred = (this.#preferred + 1) % this.targets.length;
  }
}

const CONNECT_TIMEOUT_MS = 5_000;
// The text of pg's error: it has no code.
const SILENCE = 'Query read timeout';

/** A client that only ever is on the primary. */
export class PrimaryClient extends pg.Client {
  readonly #address: DatabaseAddress;
  readonly #target: pg.ClientConfig;

  constructor(config: pg.ClientConfig & { address: DatabaseAddress }) {
    const { address, ...rest } = config;
    const target = address.current;
    super({
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      ...rest,
      ...target,
      types: columnTypes,
    });
    this.#address = address;
    this.#target = target;
    // A connection that dies idle shows at its next use; without a listener the process would end.
    this.on('error', () => undefined);
    this.#endsWhenSilent();
  }

  /** After `query_timeout` pg stops waiting for a query, but would queue the next one behind it. */
  #endsWhenSilent(): void {
    const query = this.query.bind(this) as (...parameters: unknown[]) => unknown;
    this.query = ((...parameters: unknown[]) => {
      const answer = query(...parameters);
      if (answer instanceof Promise) {
        answer.catch((error: unknown) => {
          if (error instanceof Error && error.message === SILENCE) this.end().catch(() => undefined);
        });
      }
      return answer;
    }) as typeof this.query;
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
  override connect(
    callback?: ((error: Error) => void) | ((error: null, client: pg.Client) => void),
  ): Promise<pg.Client> | void {
    const connected = this.#connectToPrimary();
    if (!callback) return connected;
    const notify = callback as (error: unknown, client?: pg.Client) => void;
    connected.then(
      (client) => notify(null, client),
      (error: unknown) => notify(error),
    );
  }

  async #connectToPrimary(): Promise<pg.Client> {
    try {
      await super.connect();
      const { rows } = await super.query<{ usable: boolean }>(
        `SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS usable`,
      );
      if (rows[0]?.usable !== true) throw new Error('the database server is read-only or a standby');
      return this;
    } catch (error) {
      this.#address.giveUpOn(this.#target);
      this.end().catch(() => undefined);
      throw error;
    }
  }
}

/** A pool of primary clients. With several servers, a connection is tried on each before it fails. */
export class PrimaryPool extends pg.Pool {
  readonly #address: DatabaseAddress;

  constructor(config: pg.PoolConfig & { address: DatabaseAddress }) {
    super({ ...config, Client: PrimaryClient } as unknown as pg.PoolConfig);
    this.#address = config.address;
    this.on('error', () => undefined);
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(
    callback: (
      error: Error | undefined,
      client: pg.PoolClient | undefined,
      done: (release?: unknown) => void,
    ) => void,
  ): void;
  override connect(
    callback?: (
      error: Error | undefined,
      client: pg.PoolClient | undefined,
      done: (release?: unknown) => void,
    ) => void,
  ): Promise<pg.PoolClient> | void {
    const connected = this.#connectAnywhere();
    if (!callback) return connected;
    connected.then(
      (client) => callback(undefined, client, (release) => client.release(release as boolean | undefined)),
      (error: unknown) => callback(error as Error, undefined, () => undefined),
    );
  }

  async #connectAnywhere(): Promise<pg.PoolClient> {
    for (let tried = 1; ; tried++) {
      try {
        return await super.connect();
      } catch (error) {
        if (tried >= this.#address.count) throw error;
      }
    }
  }
}

/** A dedicated connection to the primary. @throws Unavailable */
export async function connectPrimary(
  address: DatabaseAddress,
  options: pg.ClientConfig = {},
): Promise<PrimaryClient> {
  for (let tried = 1; ; tried++) {
    const client = new PrimaryClient({ ...options, address });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (tried >= address.count) throw new Unavailable('the database does not answer', { cause: error });
    }
  }
}

/** SQLSTATE of an error that PostgreSQL itself reported; `null`: the connection failed, the outcome is open. */
export function sqlState(error: unknown): string | null {
  return error instanceof pg.DatabaseError && error.code !== undefined ? error.code : null;
}

/**
 * States after which the server will not go on with this connection, or never began: shutting down, cannot connect,
 * read-only after a failover.
 */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlState(error);
  return state === null || state.startsWith('08') || state.startsWith('57P') || state === '25006';
}

/** What a failed query means to a use case. */
export function asUnavailable(error: unknown): Unavailable {
  return error instanceof Unavailable
    ? error
    : new Unavailable('the database does not answer', { cause: error });
}
