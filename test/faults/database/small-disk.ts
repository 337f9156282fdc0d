import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type FilledDisk, STAYS_DOWN } from './filled-disk.js';
import { PostgresServer } from './postgres-server.js';

const run = promisify(execFile);
const CHUNK = Buffer.alloc(64 * 1024, 1);
const BALLAST = 'ballast';
const LOG_MEGABYTES = '32MB';

/** Whether suites can have a disk of their own: as root, and where containers are allowed to mount. */
export const CAN_MOUNT =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

/** A file system in memory, of a size that can be used up. */
export class SmallDisk implements FilledDisk {
  private constructor(
    private readonly path: string,
    readonly server: PostgresServer,
  ) {}

  static async mount(megabytes: number): Promise<SmallDisk> {
    const path = await mkdtemp(join(tmpdir(), 'twinlock-disk-'));
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'none', path]);
    await chmod(path, 0o755);
    const settings = { min_wal_size: LOG_MEGABYTES, max_wal_size: LOG_MEGABYTES, ...STAYS_DOWN };
    return new SmallDisk(path, await PostgresServer.start(settings, { onDisk: path }));
  }

  async fillForData(): Promise<void> {
    await this.#fill();
  }

  async fillForLog(): Promise<void> {
    await this.server.keepLog();
    await this.#fill();
    await this.server.useUpLog();
  }

  /** To the last byte. */
  async #fill(): Promise<void> {
    const ballast = await open(join(this.path, BALLAST), 'a');
    try {
      for (let size = CHUNK.length; size >= 1;) {
        try {
          const { bytesWritten } = await ballast.write(CHUNK, 0, size);
          if (bytesWritten < size) size = Math.floor(size / 2);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          size = Math.floor(size / 2);
        }
      }
    } finally {
      await ballast.close();
    }
  }

  async free(): Promise<void> {
    await rm(join(this.path, BALLAST), { force: true });
  }

  async remove(): Promise<void> {
    await this.server.remove();
    await run('umount', ['--lazy', this.path]);
    await rm(this.path, { recursive: true, force: true });
  }
}
