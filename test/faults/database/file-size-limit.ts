import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { type FilledDisk, STAYS_DOWN } from './filled-disk.js';
import { IDENTITY, PostgresServer } from './postgres-server.js';

const run = promisify(execFile);
const SEGMENT_BYTES = 1024 * 1024;

/**
 * No file may grow past a limit (`RLIMIT_FSIZE`): for PostgreSQL, which ignores the signal, it is as when there is no
 * room. Needs no right to mount. Files of the log are as small as they can be, so that a limit may lie between them
 * and those of the data.
 */
export class FileSizeLimit implements FilledDisk {
  private constructor(readonly server: PostgresServer) {}

  static async start(): Promise<FileSizeLimit> {
    return new FileSizeLimit(
      await PostgresServer.start(STAYS_DOWN, { initdb: [`--wal-segsize=${SEGMENT_BYTES / 1024 ** 2}`] }),
    );
  }

  async fillForData(): Promise<void> {
    await this.#limit(String(SEGMENT_BYTES));
  }

  async fillForLog(): Promise<void> {
    await this.#limit('0');
    await this.server.hasEnded();
  }

  async free(): Promise<void> {
    await this.#limit('unlimited');
  }

  /** The soft limit, of those that run and of those that they start; set by their own user, as containers may demand. */
  async #limit(bytes: string): Promise<void> {
    for (const pid of await this.server.processes()) {
      await run('prlimit', [`--pid=${pid}`, `--fsize=${bytes}:`], { ...IDENTITY, cwd: '/' }).catch(
        (error: unknown) => {
          if (!/No such process/.test(String(error))) throw error;
        },
      );
    }
  }

  async remove(): Promise<void> {
    await this.server.remove();
  }
}
