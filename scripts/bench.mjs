#!/usr/bin/env node
/**
 * Measures: `npm run bench`. Needs the build, and pgbench (Debian: `postgresql-contrib` or `postgresql`) for the reference.
 * Prints figures and judges none of them.
 *
 *   npm run bench                      everything
 *   npm run bench -- logins directory  these parts of: logins, answers, start, import, directory, lists (1,000,000 tokens; a
 *                                      quarter of an hour), audit (10,000,000 records; an hour),
 *                                      verify (500,000 records), replication (what a login writes, and waiting for a
 *                                      standby)
 *
 *   --concurrency 1,8,32   connections that log in
 *   --rounds 3             of each, alternated with pgbench; medians are printed
 *   --seconds 2            of each round
 *   --tokens 20000         enrolled beforehand
 *   --import 100000        tokens of an imported file
 *   --records 10000000     of the audit trail
 *   --profile FOLDER       a CPU profile of the server is left there
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { startDatabase } from '../test/bench/database.mjs';
import { importFile } from '../test/bench/import.mjs';
import { isInstalled, preparePgbench } from '../test/bench/pgbench.mjs';
import { startServer } from '../test/bench/server.mjs';
import { runSuites } from '../test/bench/suites.mjs';
import { enrolTokens } from '../test/bench/tokens.mjs';
import { argumentsOrUsage, usageError } from './usage.mjs';

const ROOT = join(import.meta.dirname, '..');
const MAIN = join(ROOT, 'dist/src/main.js');

const { values, positionals } = argumentsOrUsage(import.meta.filename, {
  allowPositionals: true,
  options: {
    concurrency: { type: 'string', default: '1,8,32' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    tokens: { type: 'string', default: '20000' },
    import: { type: 'string', default: '100000' },
    records: { type: 'string', default: '10000000' },
    profile: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const tokens = Number(values.tokens);

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** A folder for a server's data, with the password that its first administrator is to have. */
function dataFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-bench-data-'));
  // The embedded database does not run as root, and must find its files.
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'password'), 'a password for the bench', { mode: 0o600 });
  return { folder, env: { TWINLOCK_DATA: folder, TWINLOCK_ADMIN_PASSWORD_FILE: join(folder, 'password') } };
}

async function measureStart() {
  const { folder, env } = dataFolder();
  const command = ['npm', 'start', '--silent'];
  const first = await startServer(command, env);
  await first.stop();
  const second = await startServer(command, env);
  await second.stop();
  rmSync(folder, { recursive: true, force: true });
  console.log(
    `npm start to ready, built: ${first.secondsToReady.toFixed(2)} s on an empty folder, ${second.secondsToReady.toFixed(2)} s once initialised\n`,
  );
}

async function loadFor(load, connections, duration) {
  load.send({ connections, seconds: duration });
  const [result] = await once(load, 'message');
  if (result.refused > 0) throw new Error(`${result.refused} right OTPs were refused`);
  return result;
}

/**
 * What the database has done so far for how many logins. Its sessions report at the end of a transaction, once a second:
 * a few logins make them.
 */
async function counted({ load, database }) {
  await delay(1_000);
  await loadFor(load, 8, 0.1);
  const { rows } = await database.query(
    `SELECT xact_commit::int AS transactions, (SELECT count(*)::int FROM audit_record) AS logins,
       (SELECT count(*)::int FROM audit_record WHERE signature IS NOT NULL) AS commits
     FROM pg_stat_database WHERE datname = current_database()`,
  );
  return rows[0];
}

async function measureRound(connections, parts) {
  const { load, server, pgbench } = parts;
  const before = await counted(parts);
  const cpuBefore = server.cpuSeconds();
  const { requests, seconds: taken, latencies } = await loadFor(load, connections, seconds);
  const cpu = server.cpuSeconds() - cpuBefore;
  const reference = pgbench ? await pgbench.run(connections, seconds) : Number.NaN;
  const after = await counted(parts);
  const sorted = latencies.toSorted((a, b) => a - b);
  const logins = after.logins - before.logins;
  return {
    rate: requests / taken,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    cpuMicroseconds: (cpu * 1e6) / requests,
    // Each statement of a login is a transaction of its own.
    roundTrips: (after.transactions - before.transactions) / logins,
    batch: logins / (after.commits - before.commits),
    reference,
  };
}

function printRow(cells) {
  const widths = [11, 11, 9, 9, 13, 18, 12, 13, 6];
  console.log(cells.map((cell, place) => String(cell).padStart(widths[place])).join(' '));
}

async function measureLogins() {
  const postgres = await startDatabase();
  const { folder, env } = dataFolder();
  const profiling = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : [];
  const server = await startServer([process.execPath, ...profiling, MAIN], {
    ...env,
    DATABASE_URL: postgres.url,
  });
  const { PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password, PGDATABASE } = postgres.environment;
  const database = new pg.Client({ host, port: Number(port), user, password, database: PGDATABASE });
  await database.connect();
  await enrolTokens(database, folder, tokens);
  const pgbench = isInstalled() ? await preparePgbench(postgres.environment, tokens) : null;
  if (!pgbench) console.log('pgbench is not installed: no reference, no ratio');
  const load = fork(join(ROOT, 'test/bench/load.mjs'), [String(server.port), String(tokens)]);

  await loadFor(load, 8, 2);
  printRow([
    'connections',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'CPU µs/login',
    'round trips/login',
    'logins/commit',
    'pgbench tps',
    'ratio',
  ]);
  const parts = { load, server, database, pgbench };
  for (const connections of values.concurrency.split(',').map(Number)) {
    const measured = [];
    for (let round = 0; round < rounds; round++) measured.push(await measureRound(connections, parts));
    const of = (name) => median(measured.map((one) => one[name]));
    const ratios = measured.map(({ rate, reference }) => rate / reference);
    printRow([
      connections,
      of('rate').toFixed(0),
      of('p50').toFixed(1),
      of('p99').toFixed(1),
      of('cpuMicroseconds').toFixed(0),
      of('roundTrips').toFixed(2),
      of('batch').toFixed(1),
      of('reference').toFixed(0),
      median(ratios).toFixed(2),
    ]);
  }
  console.log(`\nserver's memory at the end: ${server.memoryMegabytes().toFixed(0)} MB`);
  load.disconnect();
  await database.end();
  pgbench?.remove();
  await server.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** A file of tokens by the command line: as new ones, once more over those, and with an owner for each. */
async function measureImport() {
  const postgres = await startDatabase();
  const { folder, env: own } = dataFolder();
  const env = { ...own, DATABASE_URL: postgres.url };
  const server = await startServer([process.execPath, MAIN], env);
  const { PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password, PGDATABASE } = postgres.environment;
  const database = new pg.Client({ host, port: Number(port), user, password, database: PGDATABASE });
  await database.connect();
  const count = Number(values.import);
  const run = async (what, options) => {
    const { summary, seconds: taken, megabytes } = await importFile(folder, env, count, options);
    const rate = (count / taken).toFixed(0);
    console.log(
      `${what}: ${taken.toFixed(1)} s for the whole command, ${rate} tokens/s, peak ${megabytes.toFixed(0)} MB (${summary})`,
    );
  };
  // What a process without work needs of memory.
  const { megabytes } = await importFile(folder, env, 1, { args: ['--dry-run'] });
  console.log(`import of one token: peak ${megabytes.toFixed(0)} MB`);
  await run(`import of ${count} tokens`);
  await run('the same again, overwriting them', { args: ['--overwrite'] });
  await database.query('TRUNCATE token');
  await giveManagedUsers(database, count);
  await run('with an owner each', { owners: true });
  await database.end();
  await server.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Users `user0` … in a realm `bench`, past the interface. */
async function giveManagedUsers(database, count) {
  await database.query('BEGIN');
  await database.query(
    `INSERT INTO resolver (name, type, parameters, readonly) VALUES ('bench', 'managed', '{"Where": "groupid = ''bench''"}', true)`,
  );
  await database.query(`INSERT INTO realm (name) VALUES ('bench')`);
  await database.query(`INSERT INTO realm_resolver (realm, resolver, position) VALUES ('bench', 'bench', 0)`);
  await database.query(
    `INSERT INTO managed_user (resolver, user_id, username)
     SELECT 'bench', n::text, 'user' || n FROM generate_series(0, $1::int - 1) AS n`,
    [count],
  );
  await database.query('UPDATE configuration_version SET version = version + 1 WHERE id = 1');
  await database.query('COMMIT');
  await database.query('ANALYZE');
}

/** The suites beside this: how long answers take; users of passwd files and of LDAP, policies; lists of many tokens. They need `node scripts/test-servers.mjs`. */
async function measureSuites(pattern) {
  process.env.TWINLOCK_BENCH_RECORDS = values.records;
  const code = await runSuites('bench', [pattern]);
  if (code !== 0) process.exitCode = code;
}

const PARTS = {
  logins: measureLogins,
  start: measureStart,
  import: measureImport,
  answers: () => measureSuites(String.raw`answers\.bench\.ts$`),
  directory: () => measureSuites(String.raw`(?<!lists|answers|audit|audit-verify|replication)\.bench\.ts$`),
  audit: () => measureSuites(String.raw`audit\.bench\.ts$`),
  lists: () => measureSuites(String.raw`lists\.bench\.ts$`),
  replication: () => measureSuites(String.raw`replication\.bench\.ts$`),
  verify: () => measureSuites(String.raw`audit-verify\.bench\.ts$`),
};
const chosen = positionals.length > 0 ? positionals : Object.keys(PARTS);
for (const name of chosen) {
  if (!Object.hasOwn(PARTS, name)) usageError(`no such part: ${name} (${Object.keys(PARTS).join(', ')})`);
}
console.log(
  `Node ${process.version}, ${cpus().length} cores shared by server, database and load; medians of ${rounds} rounds of ${seconds} s\n`,
);
for (const name of chosen) await PARTS[name]();
