import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';

import { Invalid } from '@app/kernel';
import pg from 'pg';

import type { ConnectionSettings } from './connection-settings.js';
import { POSTGRESQL } from './dialect.js';
import {
  CONNECTIONS,
  CONNECT_TIMEOUT_MS,
  IDLE_MS,
  QUERY_TIMEOUT_MS,
  type SqlDatabase,
} from './sql-database.js';
import type { Statement } from './user-queries.js';

const INT8 = 20;
/** character_not_in_repertoire, untranslatable_character (PostgreSQL manual, appendix A). */
const UNHOLDABLE = new Set(['22021', '22P05']);

const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid !== INT8) return pg.types.getTypeParser(oid, format as 'text');
    // As a number where one can hold it.
    return (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : text);
  }) as pg.CustomTypesConfig['getTypeParser'],
};

export class PostgresDatabase implements SqlDatabase {
  readonly dialect = POSTGRESQL;

  private constructor(private readonly pool: pg.Pool) {
    // A connection that dies idle shows at its next use; without a listener the process would end.
    pool.on('error', () => undefined);
  }

  /** @throws Invalid when the file of authorities cannot be read */
  static async open(settings: ConnectionSettings): Promise<PostgresDatabase> {
    const { host, port, database, user, password } = settings;
    const pool = new pg.Pool({
      ...(host !== '' && { host }),
      ...(port !== null && { port }),
      ...(database !== '' && { database }),
      ...(user !== '' && { user }),
      // A function: an object that is logged by accident then shows no password.
      password: () => password,
      ssl: await tlsOptions(settings),
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_MS,
      allowExitOnIdle: true,
      query_timeout: QUERY_TIMEOUT_MS,
      // The server gives up as well, or queries that nobody waits for would pile up there.
      statement_timeout: QUERY_TIMEOUT_MS,
      types: TYPES,
      application_name: 'twinlock',
    });
    return new PostgresDatabase(pool);
  }

  async rows({ sql, values }: Statement): Promise<readonly (readonly unknown[])[]> {
    // The pool drops the connection when the query fails, by its own time limit, too.
    const { rows } = await this.pool.query<unknown[]>({ text: sql, values: [...values], rowMode: 'array' });
    return rows;
  }

  isUnholdable(error: unknown): boolean {
    return error instanceof pg.DatabaseError && UNHOLDABLE.has(error.code ?? '');
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

async function tlsOptions({ tls, authorities }: ConnectionSettings): Promise<false | ConnectionOptions> {
  if (tls === 'off') return false;
  if (tls === 'no-verify') return { rejectUnauthorized: false };
  const ca = authorities === null ? {} : { ca: await readAuthorities(authorities) };
  return { ...ca, ...(tls === 'verify-ca' && { checkServerIdentity: () => undefined }) };
}

/** @throws Invalid */
export async function readAuthorities(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Invalid('conParams', 'the file of certificate authorities cannot be read', { cause });
  }
}
