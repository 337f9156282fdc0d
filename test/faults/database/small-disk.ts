import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CHUNK = Buffer.alloc(64 * 1024, 1);
const BALLAST = 'ballast';

/** Whether suites can have a disk of their own: as root, and where containers are allowed to mount. */
export const CAN_MOUNT =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

/** A file system in memory, of a size that can be used up. */
export class SmallDisk {
  private constructor(readonly path: string) {}

  static async mount(megabytes: number): Promise<SmallDisk> {
    const path = await mkdtemp(join(tmpdir(), 'twinlock-disk-'));
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'none', path]);
    await chmod(path, 0o755);
    return new SmallDisk(path);
  }

  /** To the last byte. */
  async fill(): Promise<void> {
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

  async unmount(): Promise<void> {
    await run('umount', ['--lazy', this.path]);
    await rm(this.path, { recursive: true, force: true });
  }
}
