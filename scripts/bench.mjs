#!/usr/bin/env node
/**
 * How fast logins are: `npm run bench`. Needs the build, and pgbench (Debian: postgresql-contrib) for the comparison. Prints
 * figures and asserts nothing; on a shared machine only the ratios tell something.
 *
 *   --rounds N    of pgbench and load, one after the other, for each number of connections (3)
 *   --seconds N   of each of them (3)
 *   --filler N    tokens in the table beside those that log in (50000)
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import pg from 'pg';

import { startDatabase } from '../test/bench/database.mjs';
import { startServer } from '../test/bench/server.mjs';

const LOAD = new URL('../test/bench/load.mjs', import.meta.url).pathname;
const SEED = '3132333435363738393031323334353637383930';
const PIN = '1234';
const TOKENS = 128;
const CONNECTIONS = [1, 8, 32];
// Statistics of PostgreSQL come in up to a second late.
const STATISTICS_MS = 1_500;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    filler: { type: 'string', default: '50000' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);

const database = await startDatabase();
const folder = mkdtempSync(join(tmpdir(), 'twinlock-bench-'));
const environment = { ...process.env, ...database.environment };
const sql = new pg.Client({ connectionString: database.url });
await sql.connect();
try {
  await startTimes();
  await bench();
} finally {
  await sql.end();
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function startTimes() {
  for (const what of ['initialising', 'initialised']) {
    const began = performance.now();
    const server = await startServer({ DATABASE_URL: database.url, TWINLOCK_KEYRING_FILE: keyring() });
    process.stdout.write(`start to first session, ${what}: ${ms(performance.now() - began)}\n`);
    await server.stop();
  }
}

async function bench() {
  const server = await startServer({ DATABASE_URL: database.url, TWINLOCK_KEYRING_FILE: keyring() });
  const tokens = await enrol(server);
  const script = await pgbenchTables();
  process.stdout.write(
    `\n${TOKENS} tokens log in, ${values.filler} others in the table; medians of ${rounds}\n`,
  );
  row('clients', 'logins/s', 'p50 ms', 'p99 ms', 'CPU us', 'round trips', 'batch', 'pgbench/s', 'ratio');
  for (const connections of CONNECTIONS) {
    // Once for nothing: plans, caches and the compiler warm up.
    await load(server, tokens, connections, 1);
    const measured = [];
    for (let round = 0; round < rounds; round++) {
      const tps = pgbench(script, connections);
      measured.push({ tps, ...(await measure(server, tokens, connections)) });
    }
    const median = (key) => measured.map((one) => one[key]).toSorted((a, b) => a - b)[measured.length >> 1];
    const [rate, tps] = [median('rate'), median('tps')];
    row(
      connections,
      rate.toFixed(0),
      median('p50').toFixed(1),
      median('p99').toFixed(1),
      median('cpu').toFixed(0),
      median('trips').toFixed(2),
      median('batch').toFixed(1),
      tps > 0 ? tps.toFixed(0) : 'none',
      tps > 0 ? (rate / tps).toFixed(2) : '-',
    );
  }
  await server.stop();
}

async function measure(server, tokens, connections) {
  // What pgbench did is in the statistics before anything is counted.
  await delay(STATISTICS_MS);
  const before = await counts(server);
  const result = await load(server, tokens, connections, seconds);
  const cpu = server.cpuSeconds() - before.cpu;
  await delay(STATISTICS_MS);
  const after = await counts(server);
  if (result.refused > 0) process.stdout.write(`${result.refused} of ${result.logins} were refused\n`);
  const { p50, p99 } = result.milliseconds;
  return {
    rate: result.logins / result.seconds,
    p50,
    p99,
    cpu: (cpu / result.logins) * 1e6,
    trips: (after.transactions - before.transactions) / result.logins,
    batch: (after.records - before.records) / (after.commits - before.commits),
  };
}

/** Each read and each commit of a batch is a statement, a transaction and a round trip of its own. */
async function counts(server) {
  const { rows } = await sql.query(
    'SELECT xact_commit + xact_rollback AS n FROM pg_stat_database WHERE datname = current_database()',
  );
  const metrics = await server.metrics();
  return { transactions: Number(rows[0].n), cpu: server.cpuSeconds(), ...metrics };
}

async function load(server, tokens, connections, duration) {
  const child = spawn(process.execPath, [LOAD], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(
    JSON.stringify({ port: server.port, connections, seconds: duration, seed: SEED, pin: PIN, tokens }),
  );
  const result = JSON.parse(await text(child.stdout));
  for (const token of tokens) token.counter = result.counters[token.serial];
  return result;
}

async function enrol(server) {
  const tokens = Array.from({ length: TOKENS }, (_, index) => ({ serial: `BENCH${index}`, counter: 0 }));
  for (const { serial } of tokens) {
    await server.admin('/admin/init', { type: 'hmac', serial, otpkey: SEED, pin: PIN });
  }
  // Rows for the indexes; their seals do not open, and nobody asks them to.
  await sql.query(
    `INSERT INTO token (serial, type, digits, hash, max_failures, look_ahead, sync_window, secret_sealed, pin_sealed)
     SELECT 'FILLER' || n, type, digits, hash, max_failures, look_ahead, sync_window, secret_sealed, pin_sealed
     FROM (SELECT * FROM token LIMIT 1) t, generate_series(1, $1::int) n`,
    [values.filler],
  );
  await sql.query('VACUUM ANALYZE token');
  return tokens;
}

/** The work of a login without its checks, one transaction for each. */
async function pgbenchTables() {
  await sql.query('CREATE TABLE bench_token (id int PRIMARY KEY, counter bigint NOT NULL)');
  await sql.query(`INSERT INTO bench_token SELECT n, 0 FROM generate_series(1, $1::int) n`, [values.filler]);
  await sql.query(
    'CREATE TABLE bench_record (id bigserial PRIMARY KEY, token int, at timestamptz DEFAULT now())',
  );
  const file = join(folder, 'login.sql');
  writeFileSync(
    file,
    `\\set id random(1, ${values.filler})
BEGIN;
SELECT counter FROM bench_token WHERE id = :id;
UPDATE bench_token SET counter = counter + 1 WHERE id = :id;
INSERT INTO bench_record (token) VALUES (:id);
COMMIT;
`,
  );
  return file;
}

/** @returns transactions a second; 0 where there is no pgbench */
function pgbench(script, connections) {
  try {
    const printed = execFileSync(
      'pgbench',
      ['-n', '-M', 'prepared', '-f', script, '-c', String(connections), '-j', '2', '-T', String(seconds)],
      { env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    return Number(/tps = ([\d.]+)/.exec(printed)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function keyring() {
  return join(folder, 'keyring.json');
}

function ms(milliseconds) {
  return `${milliseconds.toFixed(0)} ms`;
}

function row(...cells) {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(11)).join(' ')}\n`);
}
