import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import mysql from 'mysql2/promise';

import { freePort } from '../application/process.js';

const run = promisify(execFile);
const MARIADBD = '/usr/sbin/mariadbd';
const INSTALL = '/usr/bin/mariadb-install-db';
/** `nobody`: the server refuses root. */
const UNPRIVILEGED = 65_534;
const START_MS = 30_000;

/** Whether suites can have a MariaDB; scripts/test-servers.mjs installs one. */
export const HAS_MARIADB = existsSync(MARIADBD) && existsSync(INSTALL);

/** A running MariaDB with a database `users`, and a user who may do anything in it. */
export interface MariaDb {
  readonly host: string;
  readonly port: number;
  readonly socket: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Runs statements as that user. */
  run(...statements: readonly string[]): Promise<void>;
  /** Ends it, so that connections to it are refused. */
  stop(): Promise<void>;
  /** Runs it again, on the same port, with the same tables. */
  start(): Promise<void>;
  /** Ends it, and removes its files. */
  remove(): Promise<void>;
}

/** Starts a server of its own, on loopback, on files of its own. */
export async function givenMariaDb(): Promise<MariaDb> {
  const folder = await mkdtemp(join(tmpdir(), 'twinlock-mariadb-'));
  const isRoot = process.getuid?.() === 0;
  const identity = isRoot ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  await chmod(folder, 0o700);
  if (isRoot) await chown(folder, UNPRIVILEGED, UNPRIVILEGED);
  const data = join(folder, 'data');
  await run(
    INSTALL,
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { ...identity, cwd: '/' },
  );

  const port = await freePort();
  const socket = join(folder, 'socket');
  let server: ChildProcess | null = null;
  const start = async () => {
    const child = spawn(
      MARIADBD,
      [
        '--no-defaults',
        `--datadir=${data}`,
        `--socket=${socket}`,
        `--pid-file=${join(folder, 'pid')}`,
        '--bind-address=127.0.0.1',
        `--port=${port}`,
        '--skip-name-resolve',
        '--innodb-flush-log-at-trx-commit=0',
        '--innodb-buffer-pool-size=16M',
      ],
      { stdio: 'ignore', cwd: '/', ...identity },
    );
    server = child;
    await answering(socket, child);
  };
  const stop = async () => {
    const child = server;
    server = null;
    if (!child || child.exitCode !== null) return;
    const end = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await end;
  };
  const remove = async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  };

  const login = {
    database: 'users',
    user: 'reader',
    password: `p@ss:/?#%41 ${randomBytes(6).toString('hex')}`,
  };
  try {
    await start();
    await asUser({ socketPath: socket, user: 'root' }, [
      'CREATE DATABASE users CHARACTER SET utf8mb4',
      `CREATE USER reader@'127.0.0.1' IDENTIFIED BY '${login.password}'`,
      `CREATE USER reader@localhost IDENTIFIED BY '${login.password}'`,
      `GRANT ALL ON users.* TO reader@'127.0.0.1'`,
      `GRANT ALL ON users.* TO reader@localhost`,
    ]);
  } catch (error) {
    await remove();
    throw error;
  }
  const host = '127.0.0.1';
  return {
    host,
    port,
    socket,
    ...login,
    run: (...statements) => asUser({ host, port, ...login }, statements),
    start,
    stop,
    remove,
  };
}

async function asUser(login: mysql.ConnectionOptions, statements: readonly string[]): Promise<void> {
  const connection = await mysql.createConnection(login);
  try {
    for (const statement of statements) await connection.query(statement);
  } finally {
    await connection.end();
  }
}

async function answering(socketPath: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    try {
      return await asUser({ socketPath, user: 'root' }, ['SELECT 1']);
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) throw new Error('no MariaDB', { cause: error });
      await pause(50);
    }
  }
}
