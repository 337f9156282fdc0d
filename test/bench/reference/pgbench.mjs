import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import pg from 'pg';

import { endedChildrenCpu, postgresCpu } from '../measure/cpu.mjs';

const DATABASE = `bench_reference_${process.pid}`;

/** The least that a login could be, without looking at anything: five statements, each a round trip. */
const TRANSACTION = `\\set id random(1, :tokens)
BEGIN;
SELECT serial, counter, failures, sealed FROM bench_token WHERE id = :id;
UPDATE bench_token SET counter = counter + 1, failures = 0 WHERE id = :id;
INSERT INTO bench_record (at, action, succeeded, serial, detail, client) VALUES (now(), 'validate/check_s', true, 'BENCH00000001', 'serial ''BENCH00000001'' successfully authenticated.', '127.0.0.1');
COMMIT;
`;
/** The least that a commit could be. */
const STATEMENT = `\\set id random(1, :tokens)
UPDATE bench_token SET counter = counter + 1, failures = 0 WHERE id = :id;
`;

/** Left to those who come and go meanwhile. */
const SPARE_CONNECTIONS = 8;

export const isInstalled = () => spawnSync('pgbench', ['--version']).status === 0;

/**
 * @param {Record<string, string>} environment libpq's, of the server
 * @param {number} tokens
 */
export async function preparePgbench(environment, tokens) {
  const client = new pg.Client(clientOf(environment));
  await client.connect();
  await client.query(`CREATE DATABASE ${DATABASE}`);
  await client.end();
  const reference = new pg.Client({ ...clientOf(environment), database: DATABASE });
  await reference.connect();
  await reference.query(`
    CREATE TABLE bench_token (id int PRIMARY KEY, serial text, counter bigint, failures int, sealed bytea) WITH (fillfactor = 80);
    CREATE TABLE bench_record (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz, action text,
      succeeded boolean, serial text, detail text, client text)`);
  await reference.query(
    `INSERT INTO bench_token SELECT i, 'BENCH' || i, 0, 0, decode(repeat('ab', 53), 'hex') FROM generate_series(1, $1::int) i`,
    [tokens],
  );
  await reference.query('ANALYZE bench_token');
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-pgbench-'));
  const scripts = { transaction: join(folder, 'transaction.sql'), statement: join(folder, 'statement.sql') };
  writeFileSync(scripts.transaction, TRANSACTION);
  writeFileSync(scripts.statement, STATEMENT);
  return {
    environment: { ...environment, PGDATABASE: DATABASE },
    tokens,
    /**
     * @param {'transaction' | 'statement'} what five statements, or one
     * @param {number} connections fewer where the server has no more of them to give
     * @returns transactions per second, and microseconds of CPU of each: PostgreSQL's, and pgbench's own
     */
    async run(what, connections, seconds) {
      const clients = Math.min(connections, await freeConnections(reference));
      const before = { postgres: await postgresCpu(reference), client: endedChildrenCpu() };
      const { stdout } = await promisify(execFile)(
        'pgbench',
        [
          '-n',
          '-M',
          'prepared',
          '-f',
          scripts[what],
          '-D',
          `tokens=${tokens}`,
          '-c',
          String(clients),
          '-j',
          String(Math.min(2, clients)),
          '-T',
          // It knows whole seconds only, and many clients need one or two to connect.
          String(Math.ceil(seconds) + Math.min(2, Math.floor(clients / 32))),
          DATABASE,
        ],
        { env: { PATH: process.env.PATH, ...environment } },
      );
      const transactions = Number(/actually processed: (\d+)/.exec(stdout)?.[1]);
      const each = (cpuSeconds) => (cpuSeconds / transactions) * 1e6;
      return {
        rate: Number(/tps = ([\d.]+) \(without/.exec(stdout)?.[1]),
        databaseMicroseconds: each((await postgresCpu(reference)) - before.postgres),
        clientMicroseconds: each(endedChildrenCpu() - before.client),
      };
    },
    async remove() {
      await reference.end();
      rmSync(folder, { recursive: true, force: true });
      const after = new pg.Client(clientOf(environment));
      await after.connect();
      await after.query(`DROP DATABASE ${DATABASE}`);
      await after.end();
    },
  };
}

async function freeConnections(database) {
  const { rows } = await database.query(
    `SELECT sum(setting::int * CASE name WHEN 'max_connections' THEN 1 ELSE -1 END)::int
       - (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS free
     FROM pg_settings WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')`,
  );
  return rows[0].free - SPARE_CONNECTIONS;
}

function clientOf({ PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE }) {
  return { host: PGHOST, port: Number(PGPORT), user: PGUSER, password: PGPASSWORD, database: PGDATABASE };
}
