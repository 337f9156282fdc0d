import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Whom a process runs as. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody` on every Linux and the usual overflow id elsewhere: exists without an account. */
export const UNPRIVILEGED: Identity = { uid: 65534, gid: 65534 };

const SEARCH = 0o1;

/**
 * The first folder on the way to `path` (from the root down) that this identity may not pass, or `null`. By mode bits alone:
 * an access control list that opens or shuts more is not seen. What does not exist yet does not block.
 */
export function folderThatBlocks(path: string, identity: Identity): string | null {
  for (const folder of ancestors(path)) {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (!found) return null;
    const shift = found.uid === identity.uid ? 6 : found.gid === identity.gid ? 3 : 0;
    if (((found.mode >> shift) & SEARCH) === 0) return folder;
  }
  return null;
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path
    ? [path]
    : [...ancestors(parent), parent].filter((folder, i, all) => all.indexOf(folder) === i);
}
