import type mysql from 'mysql2/promise';

import type { ConnectionSettings } from './connection-settings.js';
import { MYSQL } from './dialect.js';
import { readAuthorities } from './postgres-database.js';
import {
  CONNECTIONS,
  CONNECT_TIMEOUT_MS,
  IDLE_MS,
  QUERY_TIMEOUT_MS,
  type SqlDatabase,
} from './sql-database.js';
import type { Statement } from './user-queries.js';

/** Requests that may wait for a connection. */
const WAITING = 256;
/** Illegal mix of collations, incorrect string value, cannot convert string. */
const UNHOLDABLE = new Set([1267, 1366, 3854, 3988]);

/** MySQL and MariaDB. */
export class MySqlDatabase implements SqlDatabase {
  readonly dialect = MYSQL;

  private constructor(private readonly pool: mysql.Pool) {}

  /** @throws Invalid when the file of authorities cannot be read */
  static async open(settings: ConnectionSettings): Promise<MySqlDatabase> {
    const { host, port, database, user, password } = settings;
    const ssl = await tlsOptions(settings);
    // Loaded where there is such a database: it is large.
    const { createPool } = await import('mysql2/promise');
    const pool = createPool({
      ...(host.startsWith('/') ? { socketPath: host } : host !== '' && { host }),
      ...(port !== null && { port }),
      ...(database !== '' && { database }),
      ...(user !== '' && { user }),
      password,
      ...(ssl && { ssl }),
      charset: 'utf8mb4',
      connectTimeout: CONNECT_TIMEOUT_MS,
      connectionLimit: CONNECTIONS,
      maxIdle: CONNECTIONS,
      idleTimeout: IDLE_MS,
      queueLimit: WAITING,
      supportBigNumbers: true,
      dateStrings: true,
      rowsAsArray: true,
      multipleStatements: false,
    });
    return new MySqlDatabase(pool);
  }

  async rows({ sql, values }: Statement): Promise<readonly (readonly unknown[])[]> {
    const connection = await this.pool.getConnection();
    let isSound = false;
    try {
      const [rows] = await connection.execute<mysql.RowDataPacket[][]>({ sql, timeout: QUERY_TIMEOUT_MS }, [
        ...values,
      ]);
      isSound = true;
      return rows;
    } finally {
      // One that has not answered yet would give the next caller the answer of this one.
      if (isSound) connection.release();
      else connection.destroy();
    }
  }

  isUnholdable(error: unknown): boolean {
    return error instanceof Error && 'errno' in error && UNHOLDABLE.has(Number(error.errno));
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

async function tlsOptions({ tls, authorities }: ConnectionSettings): Promise<mysql.SslOptions | null> {
  if (tls === 'off') return null;
  if (tls === 'no-verify') return { rejectUnauthorized: false };
  const ca = authorities === null ? {} : { ca: await readAuthorities(authorities) };
  return { ...ca, rejectUnauthorized: true, verifyIdentity: tls === 'verify-full' };
}
