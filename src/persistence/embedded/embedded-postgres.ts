import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { findBinaries } from './binaries.js';
import { clusterIn, DATABASE, passwordFileIn, prepareCluster, readPassword, ROLE } from './cluster.js';
import { identityFor, openFolder, refuseUnreachable } from './database-folder.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { OwnerLock } from './owner-lock.js';
import { clearLeftovers, Postmaster, readPidFile } from './postmaster.js';
import { RunningServer } from './running-server.js';
import { ServerLog } from './server-log.js';
import { closeSocketFolder, openSocketFolder, PORT, removeSocket } from './socket-folder.js';

export { EmbeddedPostgresError } from './embedded-postgres-error.js';

const RETRY_MS = 50;
const PATIENCE_MS = 10_000;
// SQLSTATE classes 28 and 57 (PostgreSQL manual, appendix A); the latter while starting up or shutting down.
const INVALID_PASSWORD = '28P01';
const CANNOT_CONNECT_NOW = '57P03';

export type EmbeddedLog = (level: 'info' | 'warn', message: string) => void;

export interface EmbeddedOptions {
  /** The database's own folder (`Settings.embeddedFolder`); made when missing. */
  readonly folder: string;
  readonly log: EmbeddedLog;
  /** PostgreSQL's settings that differ from ours, e.g. `{ fsync: 'off' }` for throw-away tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What a `pg` client needs. Stays the same while the server runs, also over a crash of the database. */
export interface EmbeddedTarget {
  /** A folder: `pg` finds the socket in it. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** A function: a target that is logged by accident then shows no password. */
  readonly password: () => string;
  readonly database: string;
}

export interface EmbeddedServer {
  readonly target: EmbeddedTarget;
  /** To be called when no request runs any more: ends all sessions. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts the private PostgreSQL of this folder, after setting it up where there is none. It listens on a Unix socket only, runs
 * as an unprivileged user when we are root, and is started again when it dies.
 *
 * @throws EmbeddedPostgresError when another process owns the folder, or the database cannot run here
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const folder = await openFolder(options.folder);
  const lock = await OwnerLock.take(folder);
  try {
    return await startOwned({ ...options, folder }, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function startOwned(
  { folder, log, settings = {} }: EmbeddedOptions,
  lock: OwnerLock,
): Promise<EmbeddedServer> {
  const cluster = clusterIn(folder);
  const warn = (message: string) => log('warn', message);
  const identity = await identityFor(cluster);
  refuseUnreachable(folder, identity);
  const binaries = await findBinaries(identity, folder);
  const left = await clearLeftovers(cluster, warn);
  if (left) await closeSocketFolder(left.socketFolder);
  await prepareCluster(folder, binaries, identity);

  const serverLog = new ServerLog(join(folder, 'postgres.log'));
  const socketFolder = await openSocketFolder(folder, identity);
  const close = async () => {
    serverLog.close();
    await closeSocketFolder(socketFolder);
  };
  const run = { program: binaries.postgres, cluster, socketFolder, identity, settings, log: serverLog };
  const start = async () => {
    await removeSocket(socketFolder);
    return Postmaster.start(run);
  };
  try {
    // Sessions of a server that was killed may hold its shared memory for a moment longer.
    const postmaster = await (left ? retrying(start) : start());
    const target = targetAt(socketFolder, (await readPassword(folder)) ?? '');
    await refuseUnusable(target, folder, postmaster);
    const restart = async () => {
      await clearLeftovers(cluster, warn);
      return start();
    };
    const closeAll = async () => {
      await close();
      await lock.release();
    };
    const server = new RunningServer(postmaster, { start: restart, close: closeAll, warn });
    return { target, stop: () => server.stop() };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The server that another process runs on this folder, for a command line beside it.
 *
 * @returns `null` when none runs
 * @throws EmbeddedPostgresError when this user may not use it
 */
export async function attachEmbeddedPostgres(
  folder: string,
): Promise<{ readonly target: EmbeddedTarget } | null> {
  const [found, password] = await Promise.all([
    readPidFile(clusterIn(folder)).catch((error: unknown) => {
      throw new EmbeddedPostgresError(`the database in ${folder} is another user's`, { cause: error });
    }),
    readPassword(folder),
  ]);
  if (!found || password === null) return null;
  const target = targetAt(found.socketFolder, password);
  return (await answers(target, folder)) ? { target } : null;
}

function targetAt(host: string, password: string): EmbeddedTarget {
  return Object.freeze({ host, port: PORT, user: ROLE, password: () => password, database: DATABASE });
}

async function refuseUnusable(target: EmbeddedTarget, folder: string, postmaster: Postmaster): Promise<void> {
  try {
    if (await answers(target, folder)) return;
    throw new EmbeddedPostgresError(`the embedded database in ${folder} ended just after its start`);
  } catch (error) {
    await postmaster.stop();
    throw error;
  }
}

/** @returns `false` when nobody is there */
async function answers(target: EmbeddedTarget, folder: string): Promise<boolean> {
  for (let waited = 0; ; waited += RETRY_MS) {
    const client = new pg.Client({ ...target });
    try {
      await client.connect();
      return true;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ECONNREFUSED') return false;
      if (code === INVALID_PASSWORD) {
        const file = passwordFileIn(folder);
        throw new EmbeddedPostgresError(
          `${file} is not the password of this database: remove it and start the server`,
        );
      }
      if (code !== CANNOT_CONNECT_NOW || waited >= PATIENCE_MS) {
        throw new EmbeddedPostgresError(`the embedded database in ${folder} does not answer`, {
          cause: error,
        });
      }
      await delay(RETRY_MS);
    } finally {
      await client.end();
    }
  }
}

async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += RETRY_MS) {
    try {
      return await work();
    } catch (error) {
      if (waited >= PATIENCE_MS / 2) throw error;
      await delay(RETRY_MS);
    }
  }
}
