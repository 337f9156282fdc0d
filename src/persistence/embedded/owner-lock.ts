import { randomBytes } from 'node:crypto';
import { type FileHandle, constants, open, readdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { EmbeddedPostgresError } from './embedded-postgres-error.js';

const NAME = /^owner-(\d+)-[0-9a-f]{12}\.sock$/;
const ATTEMPTS = 4;

/**
 * One process at a time owns a folder. The lock is a Unix socket in it, named after the process, on which the owner listens:
 * the kernel says whether somebody does, so a dead owner (killed, or a zombie, or gone with its container) holds nothing, a
 * reused process id means nothing, and containers that share the folder see each other.
 *
 * Each first listens under a name that nobody else has, then looks at all the others. Of two, at least the later one sees the
 * other, and gives way; both may, and then try again.
 */
export class OwnerLock {
  private constructor(
    private readonly server: Server,
    private readonly folder: FileHandle,
  ) {}

  /** @throws EmbeddedPostgresError when another living process owns the folder */
  static async take(folder: string): Promise<OwnerLock> {
    for (let attempt = 1; ; attempt++) {
      const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
      const place = process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : folder;
      const name = `owner-${process.pid}-${randomBytes(6).toString('hex')}.sock`;
      const lock = new OwnerLock(await listen(`${place}/${name}`), handle);
      const owner = await otherOwner(folder, place, name);
      if (owner === null) return lock;
      await lock.release();
      if (attempt === ATTEMPTS) {
        throw new EmbeddedPostgresError(
          `the embedded database in ${folder} is in use by process ${owner}: stop that first, or choose another TWINLOCK_DATA`,
        );
      }
      await delay(20 + Math.random() * 60);
    }
  }

  async release(): Promise<void> {
    // Removes the socket as well.
    await new Promise((closed) => this.server.close(closed));
    await this.folder.close();
  }
}

async function listen(path: string): Promise<Server> {
  const server = createServer((peer) => peer.destroy());
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(path, ready);
  });
  // Owning a folder is no reason to stay.
  return server.unref();
}

/** @returns the process id of another living owner */
async function otherOwner(folder: string, place: string, own: string): Promise<string | null> {
  for (const name of await readdir(folder)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || name === own) continue;
    if (await isListenedOn(`${place}/${name}`)) return pid;
    // Names are never used again: nobody can have taken this one meanwhile.
    await rm(`${folder}/${name}`, { force: true });
  }
  return null;
}

/** Whether somebody listens on a Unix socket. */
export function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      // Anything else (no permission, a full queue) does not prove that nobody is there.
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT' && code !== 'ENOTSOCK');
    });
  });
}
