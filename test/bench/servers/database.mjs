import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EMBEDDED = new URL('../../../dist/src/persistence/embedded/embedded-postgres.js', import.meta.url);

/**
 * A PostgreSQL of its own, with the settings that Twinlock's embedded one has: flushed to the disk at every commit.
 *
 * @param {Record<string, string>} settings of PostgreSQL, beside those
 * @returns its address as DATABASE_URL and as libpq's environment; `stop` removes everything
 */
export async function startDatabase(settings = {}) {
  if (!existsSync(EMBEDDED)) throw new Error('this needs the build: run `npm run build` first');
  const { startEmbeddedPostgres } = await import(EMBEDDED.href);
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-bench-'));
  // It does not run as root, and must find its files.
  chmodSync(folder, 0o755);
  const server = await startEmbeddedPostgres({
    folder: join(folder, 'postgres'),
    log: () => undefined,
    settings,
  });
  const { host, port, user, password, database } = server.target;
  const secret = typeof password === 'function' ? password() : password;
  return {
    url: `postgres://${encodeURIComponent(user)}:${encodeURIComponent(secret)}@/${database}?${new URLSearchParams({ host, port: String(port) })}`,
    environment: {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: secret,
      PGDATABASE: database,
    },
    folder,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
