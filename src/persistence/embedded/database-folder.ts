import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { folderThatBlocks, type Identity, UNPRIVILEGED } from '../../config/unprivileged.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

const ENTER_ONLY = 0o711;

/**
 * Makes the folder where it is missing. As root, it stays root's and the database's user may only pass through to what is
 * handed to it: root never works inside a folder where somebody else could swap files for links.
 *
 * @returns its real path @throws EmbeddedPostgresError
 */
export async function openFolder(wanted: string): Promise<string> {
  const isRoot = process.getuid?.() === 0;
  try {
    const made = await mkdir(wanted, { recursive: true, mode: 0o700 });
    const folder = await realpath(wanted);
    if (!isRoot) return folder;
    // Folders that were there before keep their modes.
    for (const path of new Set([folder, ...between(made, folder)])) {
      if ((await stat(path)).uid === 0) await chmod(path, ENTER_ONLY);
    }
    return folder;
  } catch (error) {
    throw new EmbeddedPostgresError(`the folder ${wanted} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * Whom the database runs as: PostgreSQL refuses to be root. Then it is the owner of the cluster that is there (a folder that
 * an ordinary user made before), or `nobody`.
 *
 * @returns `null`: as this process
 */
export async function identityFor(cluster: string): Promise<Identity | null> {
  if (process.getuid?.() !== 0) return null;
  const found = await stat(cluster).catch(() => null);
  if (!found) return UNPRIVILEGED;
  if (found.uid === 0) {
    throw new EmbeddedPostgresError(
      `${cluster} belongs to root, as whom PostgreSQL does not run: chown -R ${UNPRIVILEGED.uid}:${UNPRIVILEGED.gid} ${cluster}`,
    );
  }
  return { uid: found.uid, gid: found.gid };
}

/** @throws EmbeddedPostgresError when a folder on the way shuts the database's user out */
export function refuseUnreachable(folder: string, identity: Identity | null): void {
  const blocking = identity && folderThatBlocks(join(folder, 'cluster'), identity);
  if (blocking === null) return;
  throw new EmbeddedPostgresError(
    `as root, the database runs as uid ${identity?.uid}, which may not enter ${blocking}: let it (chmod o+x), or choose another TWINLOCK_DATA`,
  );
}

function between(top: string | undefined, bottom: string): string[] {
  if (top === undefined) return [];
  const parent = dirname(bottom);
  return parent.length < top.length ? [bottom] : [bottom, ...between(top, parent)];
}
