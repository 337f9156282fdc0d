import { copyFile, open, readFile, stat, truncate } from 'node:fs/promises';

const LIMIT_BYTES = 5 * 1024 * 1024;
const CHECK_INTERVAL_MS = 60_000;
const TAIL_BYTES = 1_500;

/** The database's log file, with one older one beside it (`.1`): never much more than twice the limit. */
export class ServerLog {
  #timer: NodeJS.Timeout | undefined;
  #start = 0;

  constructor(
    readonly file: string,
    private readonly limitBytes: number = LIMIT_BYTES,
  ) {}

  /** A descriptor to write to, at the end whatever happened to the file; to be closed by the caller. */
  async open(): Promise<{ readonly fd: number; close(): Promise<void> }> {
    await this.keepSmall();
    const handle = await open(this.file, 'a', 0o600);
    this.#start = (await handle.stat()).size;
    this.#timer ??= setInterval(
      () => void this.keepSmall().catch(() => undefined),
      CHECK_INTERVAL_MS,
    ).unref();
    return handle;
  }

  /** What was written last since the latest opening, for an error's text. */
  async tail(): Promise<string> {
    const written = (await readFile(this.file)).subarray(this.#start);
    return written
      .subarray(Math.max(0, written.length - TAIL_BYTES))
      .toString('utf8')
      .trim();
  }

  async keepSmall(): Promise<void> {
    const found = await stat(this.file).catch(() => null);
    if (!found || found.size <= this.limitBytes) return;
    // The server keeps its descriptor: a rename would move its writing along.
    await copyFile(this.file, `${this.file}.1`);
    await truncate(this.file);
    this.#start = 0;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
