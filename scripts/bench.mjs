#!/usr/bin/env node
/**
 * Measures: `npm run bench`. Needs the build, pgbench (Debian: `postgresql-contrib` or `postgresql`) for the reference, and nginx
 * for two processes. Prints figures and judges none of them; docs/benchmarks.md says how to read them.
 *
 *   npm run bench                      the whole matrix of logins, overload, start, answers and directory: half an hour on two cores
 *   npm run bench -- logins            the whole matrix of logins: twenty minutes
 *   npm run bench -- logins --quick    1,000 tokens, 1 and 32 connections, one process, one round: two minutes
 *   npm run bench -- start directory   these parts of: logins, overload, answers, start, import, directory, lists (1,000,000
 *                                      tokens; a quarter of an hour), audit (10,000,000 records; an hour), verify (500,000
 *                                      records), replication (what a login writes, and waiting for a standby)
 *
 * Of logins (and, of these, `--database`, `--seconds` and `--rounds` of overload):
 *
 *   --database own,embedded   where: a PostgreSQL that is started for it, Twinlock's own, or the address of a server on which
 *                             databases may be created (TEST_DATABASE_URL in place of `own`)
 *   --tokens 1000,1000000     sealed and copied beforehand; 100,000 of them with an owner in a passwd file
 *   --processes 1,2           two are behind nginx, on loopback
 *   --concurrency 1,8,32,128  connections, each with one request at a time
 *   --kinds "a,b"             of: check_s and check (PIN and OTP of a user in a realm), hotp and totp, right and wrong, as in
 *                             "check_s hotp right"; challenge (a PIN triggers, the OTP answers), show (pages of 50 tokens), init
 *   --rounds 3                of each, alternated with pgbench and with the other kinds; medians are printed
 *   --seconds 0.8             of each round; pgbench's are whole ones
 *   --no-floors               floors (servers that do the I/O of a login and decide nothing) are not measured beside it (they are, for the first of these combinations)
 *   --factors 2,3             of overload: times the rate that can be sustained
 *   --json FILE               the same figures, and where they come from (bench-results/<date>.json)
 *   --profile FOLDER          CPU profiles of the servers are left there
 *
 * Before each round tokens are set back past the server. Requests go over the tokens in turn. Wrong OTPs: nine failures of a
 * token at most, then the round ends early, so that no token is locked and nobody has to wait; what is measured is a login that
 * is refused and counted. 1,000 tokens are enough for 4,500 of them a round.
 *
 * Of other parts:
 *
 *   --import 100000        tokens of an imported file
 *   --records 10000000     of the audit trail
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';

import pg from 'pg';

import { startDatabase } from '../test/bench/servers/database.mjs';
import { KINDS } from '../test/bench/gateway/sources.mjs';
import { importFile } from '../test/bench/servers/import.mjs';
import { dataFolder } from '../test/bench/matrix/installation.mjs';
import { measureLogins } from '../test/bench/matrix/logins.mjs';
import { measureOverload } from '../test/bench/matrix/overload.mjs';
import { startServer } from '../test/bench/servers/server.mjs';
import { runSuites } from '../test/bench/suites/run-suites.mjs';
import { argumentsOrUsage, usageError } from './usage.mjs';

const ROOT = join(import.meta.dirname, '..');
const MAIN = join(ROOT, 'dist/src/main.js');
/** Tokens of the part `overload`: so many that none comes again before its login is answered, or it would be a right OTP twice. */
const OVERLOAD_TOKENS = 80_000;
const OVERLOAD_SECONDS = 5;

const { values, positionals } = argumentsOrUsage(import.meta.filename, {
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    database: { type: 'string' },
    tokens: { type: 'string' },
    processes: { type: 'string' },
    concurrency: { type: 'string' },
    kinds: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    factors: { type: 'string', default: '2,3' },
    'no-floors': { type: 'boolean' },
    json: { type: 'string' },
    profile: { type: 'string' },
    import: { type: 'string', default: '100000' },
    records: { type: 'string', default: '10000000' },
  },
});

const given = process.env.TEST_DATABASE_URL || 'own';
const usual = values.quick
  ? { database: given, tokens: '1000', processes: '1', concurrency: '1,32', rounds: '1', seconds: '1' }
  : {
      database: `${given},embedded`,
      tokens: '1000,1000000',
      processes: '1,2',
      concurrency: '1,8,32,128',
      rounds: '3',
      seconds: '0.8',
    };
const asked = { ...usual, kinds: KINDS.join(','), ...values };
const rounds = oneNumber('rounds');
if (!Number.isInteger(rounds)) usageError(`--rounds: no whole number: ${asked.rounds}`);
const databases = asked.database.split(',');
const kinds = asked.kinds.split(',');
for (const kind of kinds) {
  if (!KINDS.includes(kind)) usageError(`--kinds: no such requests: ${kind} (${KINDS.join(', ')})`);
}

function numbers(option) {
  const all = asked[option].split(',').map(Number);
  if (all.some((number) => !(number > 0))) usageError(`--${option}: not numbers above 0: ${asked[option]}`);
  return all;
}

function oneNumber(option) {
  const [number] = numbers(option);
  return number;
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
  async logins() {
    const { rows, floors } = await measureLogins({
      databases,
      kinds,
      rounds,
      tokens: numbers('tokens'),
      processes: numbers('processes'),
      concurrency: numbers('concurrency'),
      seconds: oneNumber('seconds'),
      floors: !values['no-floors'],
      profile: values.profile,
    });
    results.floors = floors;
    return rows;
  },
  overload: () =>
    measureOverload({
      database: databases[0],
      tokens: OVERLOAD_TOKENS,
      seconds: values.seconds ? oneNumber('seconds') : OVERLOAD_SECONDS,
      rounds,
      factors: numbers('factors'),
      profile: values.profile,
    }),
  start: measureStart,
  import: measureImport,
  answers: () => measureSuites(String.raw`answers\.bench\.ts$`),
  directory: () => measureSuites(String.raw`(?<!lists|answers|audit|audit-verify|replication)\.bench\.ts$`),
  audit: () => measureSuites(String.raw`audit\.bench\.ts$`),
  lists: () => measureSuites(String.raw`lists\.bench\.ts$`),
  replication: () => measureSuites(String.raw`replication\.bench\.ts$`),
  verify: () => measureSuites(String.raw`audit-verify\.bench\.ts$`),
};
/** Those that end within half an hour, together. */
const USUAL_PARTS = ['logins', 'overload', 'start', 'answers', 'directory'];
const chosen = positionals.length > 0 ? positionals : USUAL_PARTS;
for (const name of chosen) {
  if (!Object.hasOwn(PARTS, name)) usageError(`no such part: ${name} (${Object.keys(PARTS).join(', ')})`);
}

const machine = {
  date: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  loadBefore: loadavg(),
};
console.log(
  `${machine.date}, Node ${machine.node}, ${machine.cores} cores (${machine.cpu}) shared by servers, database and load; ` +
    `load of the machine beforehand ${machine.loadBefore.map((load) => load.toFixed(1)).join(' ')}; medians of ${rounds} rounds\n`,
);
const results = { machine };
const file = values.json ?? join(ROOT, 'bench-results', `${machine.date.replaceAll(':', '-')}.json`);
for (const name of chosen) {
  const measured = await PARTS[name]();
  if (measured === undefined) continue;
  // After each part: what was measured stays, whatever becomes of the next one.
  results[name] = measured;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`figures: ${file}\n`);
}
