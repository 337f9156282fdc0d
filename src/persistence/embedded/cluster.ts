import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Identity } from '../../config/unprivileged.js';
import type { Binaries } from './binaries.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** The role of the application: owns its database and may make others, and is no superuser. */
export const ROLE = 'twinlock';
export const DATABASE = 'twinlock';

const DRAFT_PREFIX = 'cluster.new-';
const INITDB_OPTIONS = [
  '--username=postgres',
  '--auth-local=scram-sha-256',
  '--auth-host=reject',
  '--encoding=UTF8',
  // The order of text is the product's, not the machine's; plain C is all that it needs of the system's locales.
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
  '--no-instructions',
];
const MINIMAL_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

export function clusterIn(folder: string): string {
  return join(folder, 'cluster');
}

/** Of the application's role; mode 0600, read by the command line, too. */
export function passwordFileIn(folder: string): string {
  return join(folder, 'password');
}

/** How programs of the database are run: as whom, and with nothing of our environment. */
export function spawnOptions(identity: Identity | null) {
  return { cwd: '/', env: MINIMAL_ENVIRONMENT, ...identity };
}

/**
 * A cluster with role and database, and the role's password in its file: made where they are missing. The cluster appears under
 * its name only when it is whole, so an interrupted start leaves nothing that looks like one.
 *
 * @throws EmbeddedPostgresError
 */
export async function prepareCluster(
  folder: string,
  binaries: Binaries,
  identity: Identity | null,
): Promise<void> {
  await removeDrafts(folder);
  const version = await versionOf(clusterIn(folder));
  if (version === null) {
    await initialise(folder, binaries, identity);
  } else if (version !== binaries.majorVersion) {
    throw new EmbeddedPostgresError(
      `the database in ${folder} is of PostgreSQL ${version}, the installed programs are of ${binaries.majorVersion}`,
    );
  }
  if ((await readPassword(folder)) === null) await givePassword(folder, binaries, identity);
}

/** @returns `null` where there is none */
export async function readPassword(folder: string): Promise<string | null> {
  const text = await readIfThere(passwordFileIn(folder));
  return text === null ? null : text.trim();
}

async function versionOf(cluster: string): Promise<string | null> {
  return (await readIfThere(join(cluster, 'PG_VERSION')))?.trim() ?? null;
}

async function initialise(folder: string, binaries: Binaries, identity: Identity | null): Promise<void> {
  const draft = join(folder, `${DRAFT_PREFIX}${randomBytes(6).toString('hex')}`);
  await mkdir(draft, { mode: 0o700 });
  await hand(draft, identity);
  // The superuser's password is thrown away: whoever has the files can set one in single-user mode, nobody else needs it.
  const superuserPassword = `${draft}.password`;
  await writeFile(superuserPassword, newPassword(), { mode: 0o600, flag: 'wx' });
  await hand(superuserPassword, identity);
  const options = ['-D', draft, `--pwfile=${superuserPassword}`, ...INITDB_OPTIONS];
  await run(binaries.initdb, options, identity);
  await rm(superuserPassword);
  await inSingleUserMode(draft, binaries, identity, [
    `CREATE ROLE ${ROLE} LOGIN CREATEDB`,
    `CREATE DATABASE ${DATABASE} OWNER ${ROLE}`,
  ]);
  // A password kept from an earlier cluster does not open this one.
  await rm(passwordFileIn(folder), { force: true });
  await rename(draft, clusterIn(folder));
  await flush(folder);
}

async function givePassword(folder: string, binaries: Binaries, identity: Identity | null): Promise<void> {
  const password = newPassword();
  await inSingleUserMode(clusterIn(folder), binaries, identity, [
    `ALTER ROLE ${ROLE} PASSWORD '${password}'`,
  ]);
  const draft = `${passwordFileIn(folder)}.new`;
  await rm(draft, { force: true });
  await writeFile(draft, `${password}\n`, { mode: 0o600, flag: 'wx', flush: true });
  await rename(draft, passwordFileIn(folder));
  await flush(folder);
}

/** The server must not run. @param statements one line each */
async function inSingleUserMode(
  cluster: string,
  binaries: Binaries,
  identity: Identity | null,
  statements: readonly string[],
): Promise<void> {
  // An error ends the run, and no statement gets into a message: there may be a password in it.
  const settings = [
    '-c',
    'exit_on_error=on',
    '-c',
    'log_min_error_statement=panic',
    '-c',
    'log_min_messages=error',
  ];
  const input = statements.map((statement) => `${statement};\n`).join('');
  await run(binaries.postgres, ['--single', '-D', cluster, ...settings, 'postgres'], identity, input);
}

async function run(
  program: string,
  options: readonly string[],
  identity: Identity | null,
  input = '',
): Promise<void> {
  await new Promise<void>((done, failed) => {
    const child = execFile(program, options, spawnOptions(identity), (error, stdout, stderr) => {
      if (error)
        failed(
          new EmbeddedPostgresError(`the embedded database cannot be set up: ${stderr}`, { cause: error }),
        );
      else done();
    });
    // A program that ended early shows in its exit code.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

async function removeDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(DRAFT_PREFIX)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function hand(path: string, identity: Identity | null): Promise<void> {
  if (identity) await chown(path, identity.uid, identity.gid);
}

async function flush(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new EmbeddedPostgresError(`${file} cannot be read: is ${dirname(file)} another user's?`, {
      cause: error,
    });
  }
}

function newPassword(): string {
  return randomBytes(32).toString('hex');
}
