import { type WriteStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';

import { CommandError } from './command-error.js';

/** Trails name users, and backups are worth guessing at: nobody else reads them. */
const MODE = 0o600;

/** A new file that has its name once it is whole and on the disk, and is not there before. */
export class OutputFile {
  private constructor(
    private readonly path: string,
    private readonly part: string,
    readonly stream: WriteStream,
    private readonly handle: FileHandle,
  ) {}

  /** @throws CommandError when there is such a file, or none can be made */
  static async create(path: string): Promise<OutputFile> {
    const part = `${path}.part`;
    try {
      await (await open(path, 'wx', MODE)).close();
      await rm(path);
      // Whatever lies there: it may be a link, or somebody else's to read.
      await rm(part, { force: true });
      const handle = await open(part, 'wx', MODE);
      const stream = createWriteStream(part, { fd: handle, autoClose: false, emitClose: false });
      return new OutputFile(path, part, stream, handle);
    } catch (error) {
      throw new CommandError(`${path} cannot be written: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Everything written is on the disk under its name when this resolves. */
  async keep(): Promise<void> {
    this.stream.end();
    await finished(this.stream);
    await this.handle.sync();
    await rename(this.part, this.path);
    const folder = await open(dirname(this.path));
    await folder.sync().finally(() => folder.close());
  }

  async close(): Promise<void> {
    this.stream.destroy();
    await this.handle.close().catch(() => undefined);
    await rm(this.part, { force: true });
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'EEXIST' ? 'it exists already' : error instanceof Error ? error.message : 'unknown failure';
}
