import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import pg from 'pg';

import { startDatabase } from '../servers/database.mjs';

// pgbench takes one for each of its clients.
const MOST_CONNECTIONS = '300';

/**
 * A database to measure on.
 *
 * @param {string} name `own`: a PostgreSQL that is started for it; `embedded`: the one that Twinlock starts; else the address of a
 *                      server on which databases may be created
 * @returns `env` for Twinlock's process; once that is ready, `environment` of libpq
 */
export async function openDatabase(name, dataFolder) {
  if (name === 'embedded') {
    return {
      name,
      env: {},
      environment: () => embeddedEnvironment(dataFolder),
      close: async () => undefined,
    };
  }
  if (name !== 'own') return openGiven(name);
  const server = await startDatabase({ max_connections: MOST_CONNECTIONS });
  return {
    name,
    env: { DATABASE_URL: server.url },
    environment: () => server.environment,
    close: () => server.stop(),
  };
}

export async function connected({
  PGHOST: host,
  PGPORT: port,
  PGUSER: user,
  PGPASSWORD: password,
  PGDATABASE: database,
}) {
  const client = new pg.Client({ host, port: Number(port), user, password, database });
  await client.connect();
  return client;
}

async function openGiven(url) {
  const database = `bench_twinlock_${process.pid}`;
  const server = new pg.Client(url);
  await server.connect();
  await server.query(`CREATE DATABASE ${database}`);
  const { host, port, user, password } = server;
  return {
    name: 'given',
    env: { DATABASE_URL: withDatabase(url, database) },
    environment: () => ({
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password ?? '',
      PGDATABASE: database,
    }),
    async close() {
      // Not WITH (FORCE): that may not end an autovacuum of the server's, which gives way to this.
      await server.query(`DROP DATABASE ${database}`);
      await server.end();
    },
  };
}

/** Everything else of the address may be needed to get in. */
function withDatabase(url, name) {
  const [, start = '', query = ''] = /^([^?]*\/)[^/?]*(\?.*)?$/.exec(url) ?? [];
  return `${start}${name}${query}`;
}

/** As docs/operations.md tells operators to reach it. */
function embeddedEnvironment(dataFolder) {
  const folder = join(dataFolder, 'postgres');
  const lines = readFileSync(join(folder, 'cluster/postmaster.pid'), 'utf8').split('\n');
  const socketFolder = lines[4];
  const socket = readdirSync(socketFolder).find((file) => /^\.s\.PGSQL\.\d+$/.test(file)) ?? '';
  return {
    PGHOST: socketFolder,
    PGPORT: socket.slice(socket.lastIndexOf('.') + 1),
    PGUSER: 'twinlock',
    PGPASSWORD: readFileSync(join(folder, 'password'), 'utf8').trim(),
    PGDATABASE: 'twinlock',
  };
}
