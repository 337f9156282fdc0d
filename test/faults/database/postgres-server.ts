import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import pg from 'pg';

import { type Identity, UNPRIVILEGED } from '../../../src/config/unprivileged.js';
import { findBinaries } from '../../../src/persistence/embedded/binaries.js';
import type { TestDatabase } from '../../support/database/database.js';
import { freePort } from '../../support/application/process.js';
import { childrenOf, signal } from './process-tree.js';

const run = promisify(execFile);
const POLL_MS = 20;
/** Who it runs as, where that is not the tests' own user. */
export const IDENTITY: Identity | null = process.getuid?.() === 0 ? UNPRIVILEGED : null;
const ROLE = 'twinlock';
const STANDBY = 'follower';
const KEEPER = 'keeper';
// A killed process loses nothing that the system has: only figures ask the disk.
const isDurable = process.env['TWINLOCK_FIGURES'] === '1';
const SETTINGS = {
  ...(!isDurable && { fsync: 'off', full_page_writes: 'off' }),
  shared_buffers: '16MB',
  max_connections: '60',
  unix_socket_directories: '',
  listen_addresses: '127.0.0.1',
  log_min_error_statement: 'panic',
};

export type ServerSettings = Readonly<Record<string, string>>;

/**
 * A PostgreSQL that a suite may stop, kill, freeze and fill: by TCP, on a folder of its own. Its programs are the
 * embedded one's, or those in the folder TWINLOCK_TEST_POSTGRES (`/usr/lib/postgresql/15/bin`).
 */
export class PostgresServer {
  #child: ChildProcess | null = null;

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly password: string,
    private readonly programs: Programs,
  ) {}

  /**
   * An empty one with the application's role and database; it runs.
   * @param options where its folder shall be, and what is said to `initdb` beside the usual
   */
  static async start(
    settings: ServerSettings = {},
    { onDisk = tmpdir(), initdb = [] }: { onDisk?: string; initdb?: readonly string[] } = {},
  ): Promise<PostgresServer> {
    const folder = await mkdtemp(join(onDisk, 'twinlock-postgres-'));
    await chmod(folder, 0o755);
    const password = randomBytes(12).toString('hex');
    const server = new PostgresServer(folder, await freePort(), password, await programsFor(folder));
    await server.#initialise(settings, initdb);
    await server.start();
    await server.ask(`CREATE ROLE ${ROLE} LOGIN PASSWORD '${password}'`);
    await server.ask(`CREATE DATABASE ${ROLE} OWNER ${ROLE}`);
    return server;
  }

  /** Another one that follows this, which is started again for it. */
  async standby(): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'twinlock-postgres-'));
    await chmod(folder, 0o755);
    const standby = new PostgresServer(folder, await freePort(), this.password, this.programs);
    await standby.follow(this);
    return standby;
  }

  /** Becomes a copy that follows the primary by streaming, whatever it was: every commit waits for it from now on. */
  async follow(primary: PostgresServer): Promise<void> {
    await Promise.all([this.kill(), primary.stop('fast')]);
    await rm(this.data, { recursive: true, force: true });
    await run('cp', ['-a', primary.data, this.data]);
    await this.#configure({
      primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres password=${this.password} application_name=${STANDBY}`,
    });
    await this.#handOver(join(this.data, 'standby.signal'), '');
    await Promise.all([primary.start(), this.start()]);
    await primary.set('synchronous_standby_names', STANDBY);
    await primary.#until(`SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'`);
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  /** As DATABASE_URL takes it. */
  get url(): string {
    return urlOf([this]);
  }

  get login(): string {
    return `${ROLE}:${this.password}`;
  }

  /** As an installation takes it: removing that leaves the server alone. */
  asDatabase(url = this.url): TestDatabase {
    return { url, connect: () => this.connect(), drop: async () => undefined };
  }

  /** @param env beside what it always has */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const output = await open(join(this.folder, 'log'), 'a');
    // Children of a server that was killed keep its memory for a moment.
    for (;;) {
      const child = spawn(this.programs.postgres, ['-D', this.data, '-p', String(this.port)], {
        ...IDENTITY,
        cwd: '/',
        env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...env },
        stdio: ['ignore', output.fd, output.fd],
      });
      this.#child = child;
      if (await this.#answers(child)) break;
      const log = await readFile(join(this.folder, 'log'), 'utf8');
      if (!/still in use|lock file "postmaster.pid" already exists/.test(log.slice(-600))) {
        throw new Error(`PostgreSQL does not start:\n${log.slice(-2_000)}`);
      }
      await pause(POLL_MS);
    }
    await output.close();
  }

  get isRunning(): boolean {
    return this.#child !== null && isRunning(this.#child);
  }

  /** Files of the write-ahead log are kept until it is revived, however fast checkpoints are. */
  async keepLog(): Promise<void> {
    await this.ask(`SELECT pg_create_physical_replication_slot('${KEEPER}', true)`);
  }

  /** Begins one file of the write-ahead log after the other, until there is no room for the next and the server gives up. */
  async useUpLog(): Promise<void> {
    const ended = this.hasEnded();
    while (this.isRunning) {
      // It loses its sessions while it gives up.
      await this.ask(
        `SELECT pg_logical_emit_message(false, '', repeat('x', 4000000)), pg_switch_wal()`,
      ).catch(() => pause(POLL_MS));
    }
    await ended;
  }

  /** Once it does not run. */
  async hasEnded(): Promise<void> {
    if (this.#child && this.isRunning) await once(this.#child, 'exit');
  }

  /** Started again if it gave up, as a service manager does. */
  async revive(): Promise<void> {
    if (this.isRunning) return;
    await this.start();
    await this.ask(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${KEEPER}'`,
    );
  }

  /** All that belong to it at this moment; none of a server that gave up. */
  async processes(): Promise<number[]> {
    const pid = this.#child?.pid;
    return pid === undefined || !this.isRunning ? [] : [pid, ...(await childrenOf(pid))];
  }

  /** As an operator does: `fast` ends sessions and writes everything out, `immediate` drops everything. */
  async stop(how: 'fast' | 'immediate'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || !isRunning(child)) return;
    const ended = once(child, 'exit');
    child.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await ended;
  }

  /** Kills all its processes at once, as when its machine goes. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.pid === undefined || !isRunning(child)) return;
    const ended = once(child, 'exit');
    const children = await childrenOf(child.pid);
    child.kill('SIGKILL');
    signal(children, 'SIGKILL');
    await ended;
  }

  /** Its sessions stand still; with `everything` nobody takes connections either. @returns what makes them go on */
  async freeze(which: 'sessions' | 'everything'): Promise<() => void> {
    if (!this.isRunning) throw new Error('PostgreSQL does not run');
    const frozen =
      which === 'everything' ? await this.processes() : (await this.#sessions()).map(({ pid }) => pid);
    signal(frozen, 'SIGSTOP');
    return () => signal(frozen, 'SIGCONT');
  }

  async #sessions(): Promise<{ pid: number }[]> {
    return this.ask<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE usename = '${ROLE}'`);
  }

  /** A standby begins to take writes, and waits for no other. */
  async promote(): Promise<void> {
    await this.ask('SELECT pg_promote(true, 60)');
    await this.set('synchronous_standby_names', '');
  }

  /** Once a commit waits for the standby. */
  async holdsWaiting(): Promise<void> {
    await this.#until(`SELECT 1 FROM pg_stat_activity WHERE usename = '${ROLE}' AND wait_event = 'SyncRep'`);
  }

  /** Every commit that waits for the standby is told not to. */
  async cancelWaiting(): Promise<void> {
    await this.ask(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = '${ROLE}' AND wait_event = 'SyncRep'`,
    );
  }

  /** In force when this returns. */
  async set(name: string, value: string): Promise<void> {
    await this.ask(`ALTER SYSTEM SET ${name} = '${value}'`);
    await this.ask('SELECT pg_reload_conf()');
    await this.#until(`SELECT 1 WHERE current_setting('${name}') = '${value}'`);
  }

  /** Until the statement finds so many rows. */
  async #until<R extends pg.QueryResultRow>(statement: string, rows = 1): Promise<R[]> {
    for (;;) {
      const found = await this.ask<R>(statement);
      if (found.length >= rows) return found;
      await pause(POLL_MS);
    }
  }

  /** One statement of the superuser. */
  async ask<R extends pg.QueryResultRow>(statement: string): Promise<R[]> {
    const client = await this.connect({ user: 'postgres', database: 'postgres' });
    try {
      return (await client.query<R>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  /** As the application, unless said otherwise. */
  async connect(options: pg.ClientConfig = {}): Promise<pg.Client> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.port,
      user: ROLE,
      database: ROLE,
      password: this.password,
      ...options,
    });
    // Whoever looks in from outside expects the server to break.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #answers(child: ChildProcess): Promise<boolean> {
    while (isRunning(child)) {
      try {
        await (await this.connect({ user: 'postgres', database: 'postgres' })).end();
        return true;
      } catch {
        await pause(POLL_MS);
      }
    }
    return false;
  }

  async #initialise(settings: ServerSettings, initdb: readonly string[]): Promise<void> {
    const passwordFile = join(this.folder, 'password');
    await this.#handOver(passwordFile, this.password);
    if (IDENTITY) await chown(this.folder, IDENTITY.uid, IDENTITY.gid);
    const options = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    await run(
      this.programs.initdb,
      [
        '-D',
        this.data,
        ...options,
        ...initdb,
        '--encoding=UTF8',
        '--locale=C',
        '--no-sync',
        '--no-instructions',
      ],
      { ...IDENTITY, cwd: '/' },
    );
    await this.#configure({ ...SETTINGS, ...settings });
  }

  /** Read at the next start; `ALTER SYSTEM` goes before it. */
  async #configure(settings: ServerSettings): Promise<void> {
    const file = join(this.data, 'postgresql.conf');
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
    await writeFile(file, `\n${lines.join('')}`, { flag: 'a' });
  }

  async #handOver(file: string, text: string): Promise<void> {
    await writeFile(file, text, { mode: 0o600 });
    if (IDENTITY) await chown(file, IDENTITY.uid, IDENTITY.gid);
  }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Of several servers, of which the writable one is meant. */
export function urlOf(servers: readonly PostgresServer[]): string {
  const hosts = servers.map(({ port }) => `127.0.0.1:${port}`).join(',');
  return `postgres://${servers[0]?.login ?? ''}@${hosts}/${ROLE}?target_session_attrs=read-write`;
}

interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

/** @param folder where they may be copied to, so that they can be run */
async function programsFor(folder: string): Promise<Programs> {
  const given = process.env['TWINLOCK_TEST_POSTGRES'];
  return given
    ? { initdb: join(given, 'initdb'), postgres: join(given, 'postgres') }
    : findBinaries(IDENTITY, folder);
}
