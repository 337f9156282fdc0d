import { chmod, chown, lstat, mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import type { Identity } from '../../config/unprivileged.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** Part of the socket's name only: the server listens on no network. */
export const PORT = 5432;

// sockaddr_un takes 107 bytes on Linux and 103 on macOS.
const LONGEST_SOCKET_PATH = 100;
const SHORT_NAME = /^twinlock-\w{6}$/;

export function socketIn(folder: string): string {
  return join(folder, `.s.PGSQL.${PORT}`);
}

const fits = (folder: string) => Buffer.byteLength(socketIn(folder)) <= LONGEST_SOCKET_PATH;

/** A folder for the server's socket that only `identity` may enter: in `folder`, or a short one where that is too long. */
export async function openSocketFolder(folder: string, identity: Identity | null): Promise<string> {
  const place = join(folder, 'run');
  if (!fits(place)) return hand(await shortFolder(), identity);
  await mkdir(place, { recursive: true });
  return hand(place, identity);
}

/** Removes a short folder that this or an earlier run made. Others are left as they are. */
export async function closeSocketFolder(place: string): Promise<void> {
  if (!SHORT_NAME.test(basename(place))) return;
  const found = await lstat(place).catch(() => null);
  if (!found?.isDirectory()) return;
  await removeSocket(place);
  // Not empty: not ours.
  await rmdir(place).catch(() => undefined);
}

async function shortFolder(): Promise<string> {
  const base = [tmpdir(), '/tmp'].find((candidate) => fits(join(candidate, 'twinlock-xxxxxx')));
  if (base === undefined)
    throw new EmbeddedPostgresError('there is no short enough folder for a Unix socket');
  return mkdtemp(join(base, 'twinlock-'));
}

/** A dead server's socket: its lock file names a process id that may be another's by now. */
export async function removeSocket(place: string): Promise<void> {
  await rm(socketIn(place), { force: true });
  await rm(`${socketIn(place)}.lock`, { force: true });
}

async function hand(place: string, identity: Identity | null): Promise<string> {
  await chmod(place, 0o700);
  if (identity) await chown(place, identity.uid, identity.gid);
  return place;
}
