import { mkdtempSync, chmodSync, existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the built server's own embedded PostgreSQL is: the tests run on what the product runs on. */
const EMBEDDED = new URL('../../../dist/src/persistence/embedded/embedded-postgres.js', import.meta.url);

/**
 * Before the end-to-end suites: one real PostgreSQL for all of them, on which each makes a database of its own.
 * TEST_DATABASE_URL names one that is there already, with a role that may create databases.
 */
export default async function startDatabase() {
  const given = process.env.TEST_DATABASE_URL;
  const server = given ? { url: given, stop: async () => undefined } : await startEmbedded();
  // Read by the suites, which run in other processes.
  process.env.TWINLOCK_TEST_SERVER_URL = server.url;
  globalThis.twinlockTestServer = server;
}

async function startEmbedded() {
  if (!existsSync(EMBEDDED)) {
    throw new Error(
      'the end-to-end suites need the build: run `npm run build`, or `npm test`, which does it',
    );
  }
  const { startEmbeddedPostgres } = await import(EMBEDDED.href);
  // Below a checkout that others may not enter, a database that does not run as root would not find its files.
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-test-database-'));
  chmodSync(folder, 0o755);
  const database = await startEmbeddedPostgres({
    folder: join(folder, 'postgres'),
    log: () => undefined,
    // Nothing of a test run has to survive a power cut.
    // A worker that vacuums a database keeps it from being dropped.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' },
  });
  const stop = async () => {
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void stop().finally(() => process.kill(process.pid, signal)));
  }
  return { url: urlOf(database.target), stop };
}

function urlOf({ user, password, host, port, database }) {
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(typeof password === 'function' ? password() : password)}`;
  const place = new URLSearchParams({ host, ...(port !== undefined && { port: String(port) }) });
  return `postgres://${login}@/${database}?${place}`;
}
