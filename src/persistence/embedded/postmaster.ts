import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Identity } from '../../config/unprivileged.js';
import { spawnOptions } from './cluster.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { isListenedOn } from './owner-lock.js';
import { findProcess } from './process-table.js';
import type { ServerLog } from './server-log.js';
import { PORT, socketIn } from './socket-folder.js';

const POLL_MS = 10;
const PATIENCE_MS = 60_000;

/** What the server writes about itself into `postmaster.pid` (PostgreSQL's src/include/utils/pidfile.h). */
export interface PidFile {
  readonly pid: number;
  readonly socketFolder: string;
  readonly isReady: boolean;
}

/** @returns `null` where there is none, or none that can be understood yet */
export async function readPidFile(cluster: string): Promise<PidFile | null> {
  let text: string;
  try {
    text = await readFile(join(cluster, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, socketFolder: lines[4] ?? '', isReady: lines[7]?.trim() === 'ready' };
}

/**
 * Clears what a dirty end left: a server whose Node process was killed is stopped (never two on one folder), a pid file that
 * names a zombie or somebody else's process is removed. The caller owns the folder.
 *
 * @param patienceMs after which a server that does not stop is told to drop everything
 * @returns what the pid file said; `null` after a clean end
 * @throws EmbeddedPostgresError when a server runs that cannot be stopped from here
 */
export async function clearLeftovers(
  cluster: string,
  log: (message: string) => void,
  patienceMs: number = PATIENCE_MS,
): Promise<PidFile | null> {
  const left = await readPidFile(cluster);
  if (!left) {
    await rm(join(cluster, 'postmaster.pid'), { force: true });
    return null;
  }
  if ((await findProcess(left.pid, cluster)) === 'expected') {
    log(`stopping the database server ${left.pid}, which a killed process left behind`);
    await stopForeign(left.pid, cluster, patienceMs);
  } else if (await isListenedOn(socketIn(left.socketFolder))) {
    throw new EmbeddedPostgresError(
      `another database server runs on ${cluster}, and this process cannot see it: is the folder shared with a container?`,
    );
  }
  // PostgreSQL trusts any living process of that number to be a server, zombies included; we know better.
  await rm(join(cluster, 'postmaster.pid'), { force: true });
  return left;
}

async function stopForeign(pid: number, cluster: string, patienceMs: number): Promise<void> {
  const isGone = async (withinMs: number) => {
    for (let waited = 0; waited < withinMs; waited += POLL_MS) {
      if ((await findProcess(pid, cluster)) !== 'expected') return true;
      await delay(POLL_MS);
    }
    return false;
  };
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    tell(pid, signal);
    if (await isGone(patienceMs)) return;
  }
  throw new EmbeddedPostgresError(`the database server ${pid} on ${cluster} does not stop`);
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export interface PostmasterOptions {
  readonly program: string;
  readonly cluster: string;
  readonly socketFolder: string;
  readonly identity: Identity | null;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: ServerLog;
}

/** One run of the server, from its start to its end. */
export class Postmaster {
  /** Resolves when the process has ended, however it did. */
  readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** @throws EmbeddedPostgresError with the end of the server's log when it does not come up */
  static async start(options: PostmasterOptions): Promise<Postmaster> {
    const output = await options.log.open();
    let child: ChildProcess;
    try {
      child = spawn(options.program, argumentsOf(options), {
        ...spawnOptions(options.identity),
        stdio: ['ignore', output.fd, output.fd],
        // A group of its own: Ctrl-C goes to Node, which finishes its requests and stops the database last.
        detached: true,
      });
      await once(child, 'spawn');
    } finally {
      await output.close();
    }
    const postmaster = new Postmaster(child);
    await postmaster.#untilReady(options);
    child.unref();
    return postmaster;
  }

  /** Recovery after a crash may take its time: waits as long as the process lives. */
  async #untilReady({ cluster, log }: PostmasterOptions): Promise<void> {
    for (;;) {
      const file = await readPidFile(cluster);
      if (file?.isReady && file.pid === this.child.pid) return;
      if (!this.isRunning) {
        throw new EmbeddedPostgresError(
          `the embedded database does not start; ${log.file} says:\n${await log.tail()}`,
        );
      }
      await delay(POLL_MS);
    }
  }

  /** Ends sessions and writes everything out ("fast shutdown"); resolves when the process is gone. */
  async stop(): Promise<void> {
    this.child.ref();
    this.interrupt();
    const insistence = setTimeout(() => this.child.kill('SIGQUIT'), PATIENCE_MS);
    await this.ended;
    clearTimeout(insistence);
  }

  /** Asks for the same without waiting. */
  interrupt(): void {
    if (this.isRunning) this.child.kill('SIGINT');
  }
}

function argumentsOf({ cluster, socketFolder, settings }: PostmasterOptions): string[] {
  const all = { ...SETTINGS, unix_socket_directories: socketFolder, ...settings };
  return ['-D', cluster, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

// On the command line and not in postgresql.conf: a release that changes them changes them for every folder.
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  port: String(PORT),
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  io_method: 'sync',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  // Neither statements nor rows: both may hold what belongs to a user.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  cluster_name: 'twinlock',
};
