import { Unavailable } from '@app/kernel';
import pg from 'pg';

import { DescribedOnce, type NamedStatement } from './described-once.js';

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
  readonly #readOnlySince = new Map<pg.ClientConfig, number>();
  #findings = 0;

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

  /** A server turned out to be no primary any more: whoever was connected to it before this looks for another. */
  foundReadOnly(target: pg.ClientConfig): void {
    this.#readOnlySince.set(target, ++this.#findings);
    this.giveUpOn(target);
  }

  /** How many such findings there were, for `isLeft`. */
  get findings(): number {
    return this.#findings;
  }

  /** Whether a server was found read-only after the `findings` that a connection to it remembers. */
  isLeft(target: pg.ClientConfig, findings: number): boolean {
    return (this.#readOnlySince.get(target) ?? 0) > findings;
  }
}

const CONNECT_TIMEOUT_MS = 3_000;
const END_WITHIN_MS = 1_000;
// The text of pg's error: it has no code.
const SILENCE = 'Query read timeout';

const READ_ONLY_TRANSACTION = '25006';

/**
 * What each connection is asked and told first. The warning of a commit that is not replicated is heard whatever the role or the
 * database says of `client_min_messages`; and a commit that is acknowledged before it is flushed would not be one.
 */
const FIRST_QUERY = `SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS usable,
  set_config('client_min_messages', 'warning', false),
  CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END`;

/**
 * The server committed, and said that a standby may not have it: after a failover it would not have happened. Nobody may be
 * told of success for it.
 */
export class CommitInDoubt extends Error {
  constructor() {
    super('the transaction was committed on the primary alone');
  }
}

/** What was to be asked could not be put into a statement: a mistake of ours, which never left this process. */
export class NotSent extends Error {
  constructor(cause: unknown) {
    super('a statement could not be made', { cause });
  }
}

/** @throws NotSent for whatever `make` throws */
export function orNotSent<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new NotSent(cause);
  }
}

// What pg does to parameters while it sends them; its types do not know it.
const { prepareValue } = (pg as unknown as { utils: { prepareValue(value: unknown): unknown } }).utils;
const prepared = (values: readonly unknown[]) => orNotSent(() => values.map((value) => prepareValue(value)));

/**
 * The parameters of a query as they are sent. pg would fail halfway through, and with an error that looks like that of a broken connection.
 */
function asSent([query, values, ...rest]: readonly unknown[]): unknown[] {
  if (Array.isArray(values)) return [query, prepared(values), ...rest];
  const isConfig = typeof query === 'object' && query !== null && !('submit' in query) && 'values' in query;
  if (!isConfig || !Array.isArray(query.values)) return [query, values, ...rest];
  return [{ ...query, values: prepared(query.values) }, values, ...rest];
}

interface Notice {
  readonly code: string | undefined;
  /** Of PostgreSQL's source. */
  readonly file: string | undefined;
}

/**
 * Whether a notice says that the wait for synchronous replication was given up, by a cancelled query or the end of the session
 * (PostgreSQL's `SyncRepWaitForLSN`). Its SQLSTATE is that of any warning (01000), its text is translated; where it
 * comes from is neither. A warning that does not say where it comes from is taken for it.
 */
export function tellsOfMissingReplica({ code, file }: Notice): boolean {
  return file === undefined ? /^(?:01|57)/.test(code ?? '') : /(?:^|[/\\])syncrep\.\w+$/.test(file);
}

/** A client that only ever is on the primary. */
export class PrimaryClient extends pg.Client {
  readonly #address: DatabaseAddress;
  readonly #target: pg.ClientConfig;
  readonly #findings: number;
  #isInDoubt = false;

  constructor(config: pg.ClientConfig & { address: DatabaseAddress }) {
    const { address, ...rest } = config;
    const target = address.current;
    super({
      keepAlive: true,
      ...rest,
      ...target,
      // TypeORM passes one that is undefined: it would wait for ever.
      connectionTimeoutMillis: target.connectionTimeoutMillis ?? CONNECT_TIMEOUT_MS,
      types: columnTypes,
    });
    this.#address = address;
    this.#target = target;
    this.#findings = address.findings;
    // A connection that dies idle shows at its next use; without a listener the process would end.
    this.on('error', () => undefined);
    this.on('notice', (notice) => {
      if (tellsOfMissingReplica(notice)) this.#isInDoubt = true;
    });
    this.#looksAtQueries();
  }

  /** Another connection found this server read-only: what is read here may be old, and nothing can be written. */
  get isLeft(): boolean {
    return this.#address.isLeft(this.#target, this.#findings);
  }

  #looksAtQueries(): void {
    const query = this.query.bind(this) as (...parameters: unknown[]) => unknown;
    this.query = ((...parameters: unknown[]) => {
      if (typeof parameters.at(-1) === 'function') return query(...parameters);
      let sent: unknown[];
      try {
        sent = asSent(parameters);
      } catch (error) {
        return Promise.reject(error);
      }
      const answer = query(...sent);
      return answer instanceof Promise ? this.#lookedAt(answer) : answer;
    }) as typeof this.query;
  }

  /** As `query`, for a statement that is asked over and over. */
  async ask<R extends pg.QueryResultRow>({ name, text, values }: NamedStatement): Promise<pg.QueryResult<R>> {
    const statement = { name, text, values: prepared(values) };
    return this.#lookedAt(
      new Promise((resolve, reject) => {
        super.query(
          new DescribedOnce<R>(statement, (error, result) => (error ? reject(error) : resolve(result))),
        );
      }),
    );
  }

  #lookedAt<T>(answer: Promise<T>): Promise<T> {
    return answer.then(
      (result) => {
        // The warning comes before the end of the statement that it is about.
        if (!this.#isInDoubt) return result;
        this.#leave();
        throw new CommitInDoubt();
      },
      (error: unknown) => {
        // After `query_timeout` pg stops waiting for a query, but would queue the next one behind it.
        if (error instanceof Error && error.message === SILENCE) this.#leave();
        if (sqlState(error) === READ_ONLY_TRANSACTION) {
          this.#address.foundReadOnly(this.#target);
          this.#leave();
        }
        throw error;
      },
    );
  }

  #leave(): void {
    this.end().catch(() => undefined);
  }

  /** A server that stands still never answers this either: it is waited for a moment only. */
  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | void {
    const { connection } = this;
    const timer = setTimeout(() => connection.stream.destroy(), END_WITHIN_MS).unref();
    connection.once('end', () => clearTimeout(timer));
    return callback ? super.end(callback) : super.end();
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
      const { rows } = await super.query<{ usable: boolean }>(FIRST_QUERY);
      if (rows[0]?.usable !== true) {
        this.#address.foundReadOnly(this.#target);
        throw new Error('the database server is read-only or a standby');
      }
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
        return await this.#onPrimary();
      } catch (error) {
        if (tried >= this.#address.count) throw error;
      }
    }
  }

  /** Connections that lie in the pool may be to a server that was the primary when they were made. */
  async #onPrimary(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await super.connect();
      if (!(client as unknown as PrimaryClient).isLeft) return client;
      client.release(true);
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

/** SQLSTATE of an error that PostgreSQL itself reported; `null`: it reported none, the outcome is open unless nothing was sent. */
export function sqlState(error: unknown): string | null {
  return error instanceof pg.DatabaseError && error.code !== undefined ? error.code : null;
}

/**
 * States after which the server will not go on with this connection, or never began: shutting down, cannot connect,
 * read-only after a failover.
 */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof NotSent) return false;
  const state = sqlState(error);
  return (
    state === null || state.startsWith('08') || state.startsWith('57P') || state === READ_ONLY_TRANSACTION
  );
}

/** What a failed query means to a use case. */
export function asUnavailable(error: unknown): Unavailable {
  return error instanceof Unavailable
    ? error
    : new Unavailable('the database does not answer', { cause: error });
}

/** Whether there is such a table on the connection's search path. */
export async function hasTable(database: Queryable, name: string): Promise<boolean> {
  const { rows } = await database.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
    name,
  ]);
  return rows[0]?.found === true;
}
