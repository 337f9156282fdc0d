import { randomBytes } from 'node:crypto';

import pg from 'pg';

import { parseDatabaseUrl } from '../../../src/config/database-url.js';

/** A database that one suite has for itself. */
export interface TestDatabase {
  /** As DATABASE_URL takes it. */
  readonly url: string;
  /** For looking in from outside, past the application. */
  connect(): Promise<pg.Client>;
  drop(): Promise<void>;
}

/** An empty database on the server of this test run. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = process.env['TWINLOCK_TEST_SERVER_URL'];
  if (server === undefined) throw new Error('no database server: is this suite named *.e2e-spec.ts?');
  const name = `t_${randomBytes(8).toString('hex')}`;
  const url = withDatabase(server, name);
  await onServer(server, `CREATE DATABASE ${name}`);
  return {
    url,
    connect: () => connect(url),
    drop: async () => {
      // Not WITH (FORCE): that may not end an autovacuum, which belongs to the server; a plain DROP makes it give way.
      await onServer(
        server,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND usename = current_user`,
      );
      await onServer(server, `DROP DATABASE IF EXISTS ${name}`);
    },
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(parseDatabaseUrl(url)[0]);
  await client.connect();
  return client;
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = await connect(url);
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The same URL with another database; everything else of it may be needed to get in. */
function withDatabase(url: string, name: string): string {
  const [, start = '', query = ''] = /^([^?]*\/)[^/?]*(\?.*)?$/.exec(url) ?? [];
  return `${start}${name}${query}`;
}
