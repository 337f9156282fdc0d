import {
  type BackedUpTable,
  type BackupEnd,
  type BackupHead,
  END_OF_ROWS,
  UnusableBackup,
  parseEnd,
  parseHead,
} from './backup-format.js';

const LINE_FEED = 0x0a;
/** A line of ours, or a row: longer than any of them, and bounded. */
const LONGEST_LINE = 64 * 1024 * 1024;
const END_LINE = Buffer.from(`${END_OF_ROWS}\n`);

/** Reads a backup piece by piece, in order; nothing of it is to be believed before `end` came back. */
export class BackupReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  /** @param source the decrypted bytes; it throws where they are not authentic, or not all there */
  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** @throws UnusableBackup */
  async head(): Promise<BackupHead> {
    return parseHead(await this.#line());
  }

  /** The rows of the next table, as COPY takes them; all of them are to be read. @throws UnusableBackup */
  async *rows({ name }: BackedUpTable): AsyncGenerator<Buffer> {
    for (;;) {
      const end = endOfRows(this.#rest);
      if (end !== null) {
        const last = this.#rest.subarray(0, end);
        this.#rest = this.#rest.subarray(end + END_LINE.length);
        if (last.length > 0) yield last;
        return;
      }
      // Up to the last whole line: the next piece may bring the rest of what ends the rows.
      const whole = this.#rest.lastIndexOf(LINE_FEED) + 1;
      if (whole > 0) {
        yield this.#rest.subarray(0, whole);
        this.#rest = this.#rest.subarray(whole);
      }
      if (!(await this.#more())) throw new UnusableBackup(`it is not whole: it ends within table ${name}`);
    }
  }

  /** Reads to the very end. @throws UnusableBackup */
  async end(): Promise<BackupEnd> {
    const end = parseEnd(await this.#line());
    if (this.#rest.length > 0 || (await this.#more())) throw new UnusableBackup('something follows its end');
    return end;
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(LINE_FEED);
      if (end >= 0) {
        const line = this.#rest.toString('utf8', 0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      if (!(await this.#more())) throw new UnusableBackup('it is not whole: a line is cut off');
    }
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const { value, done } = await this.#source.next();
      if (done === true) return false;
      if (value.length === 0) continue;
      this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, value]) : value;
      if (this.#rest.length > LONGEST_LINE) throw new UnusableBackup('a line of it is too long');
      return true;
    }
  }
}

/** Where the line begins that ends the rows; what is there begins with a line. */
function endOfRows(bytes: Buffer): number | null {
  if (bytes.subarray(0, END_LINE.length).equals(END_LINE)) return 0;
  const at = bytes.indexOf(`\n${END_OF_ROWS}\n`);
  return at < 0 ? null : at + 1;
}
