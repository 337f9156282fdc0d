import { chmodSync, createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { copyTokens, passwdLines } from '../seed/copy-tokens.mjs';
import { NODE, startServer } from '../servers/server.mjs';
import { loggedIn } from './administrator.mjs';
import { startBalancer } from './balancer.mjs';
import { connected, openDatabase } from './databases.mjs';

const ROOT = join(import.meta.dirname, '../../..');
const QUERIES = join(ROOT, 'test/bench/servers/server-queries.mjs');
const MAIN = join(ROOT, 'dist/src/main.js');
const PASSWORD = 'a password for the bench';
const METRICS_TOKEN = 'a-token-for-the-bench';
/** Tokens beyond so many have no owner: passwd files are for that many users. */
const MOST_OWNED = 100_000;

export const REALM = 'bench';

/** A folder for a server's data, with the password that its first administrator is to have. */
export function dataFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-bench-data-'));
  // The embedded database does not run as root, and must find its files.
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'password'), PASSWORD, { mode: 0o600 });
  writeFileSync(join(folder, 'metrics-token'), METRICS_TOKEN, { mode: 0o600 });
  return {
    folder,
    env: {
      TWINLOCK_DATA: folder,
      TWINLOCK_ADMIN_PASSWORD_FILE: join(folder, 'password'),
      TWINLOCK_METRICS_TOKEN_FILE: join(folder, 'metrics-token'),
    },
  };
}

/**
 * A database with tokens and their owners in the realm `bench`, and servers on it.
 *
 * @param {string} databaseName as `openDatabase` takes it
 * @param {number} tokens
 * @param {string | undefined} profileFolder of CPU profiles of the servers
 */
export async function openInstallation(databaseName, tokens, profileFolder) {
  const { folder, env } = dataFolder();
  const postgres = await openDatabase(databaseName, folder);
  const profiling = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
  const command = [...NODE, '--import', QUERIES, ...profiling, MAIN];
  const startNode = () =>
    startServer(
      command,
      { ...env, ...postgres.env, TWINLOCK_TRUSTED_PROXIES: '127.0.0.1' },
      { answersMessages: true },
    );
  const nodes = [await startNode()];
  const environment = postgres.environment();
  const database = await connected(environment);
  const owned = Math.min(tokens, MOST_OWNED);
  await giveUsers(nodes[0].url, folder, owned);
  const started = performance.now();
  await copyTokens(database, folder, tokens, { resolver: 'bench', type: 'passwd', realm: REALM, owned });
  const seedSeconds = (performance.now() - started) / 1000;
  let balancer = null;
  return {
    databaseName: postgres.name,
    nodes,
    database,
    environment,
    owned,
    seedSeconds,
    /** @param {number} count one alone, or that many behind a load balancer @returns the port to ask */
    async serve(count) {
      while (nodes.length < count) nodes.push(await startNode());
      while (nodes.length > count) await nodes.pop().stop();
      await balancer?.stop();
      balancer = count > 1 ? await startBalancer(nodes.map(({ port }) => port)) : null;
      return balancer?.port ?? nodes[0].port;
    },
    /** CPU of what stands between the client and the servers, so far. */
    balancerSeconds: () => balancer?.cpuSeconds() ?? 0,
    administrator: () => loggedIn(nodes[0].url, PASSWORD),
    async metrics() {
      const headers = { Authorization: `Bearer ${METRICS_TOKEN}` };
      return (await fetch(`${nodes[0].url}/metrics`, { headers })).text();
    },
    async close() {
      await database.end();
      await balancer?.stop();
      for (const node of nodes) await node.stop();
      await postgres.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function giveUsers(url, folder, owned) {
  const file = join(folder, 'passwd');
  await pipeline(Readable.from(passwdLines(owned)), createWriteStream(file));
  const administrator = await loggedIn(url, PASSWORD);
  await administrator.post('/system/setResolver', { name: 'bench', type: 'passwdresolver', fileName: file });
  await administrator.post('/system/setRealm', { realm: REALM, resolvers: 'passwdresolver.bench' });
}
