import { parsePasswdLine, type PasswdLine, type UserRecord } from '@app/realms';

const NEWLINE = 0x0a;
const USERS_AT_ONCE = 1_000;

/**
 * The users of a passwd file by login and by id; of two with one key the first counts. It keeps the text and where its lines begin, and
 * reads a line whenever it is asked for: a hundred thousand users take some megabytes, all of them outside of the heap.
 */
export class PasswdIndex {
  readonly #bytes: Buffer;
  /** Where the lines begin that are users. */
  readonly #starts: Int32Array;
  readonly #byLogin: LineTable;
  readonly #byId: LineTable;

  /** @param text of less than 2 GiB */
  constructor(text: string) {
    this.#bytes = Buffer.from(text);
    const starts = new Int32Array(linesOf(this.#bytes));
    this.#byLogin = new LineTable(starts.length, (line) => line.user.username, this.#lineOf);
    this.#byId = new LineTable(starts.length, (line) => line.user.userId, this.#lineOf);
    this.#starts = starts;
    let users = 0;
    for (let start = 0; start < this.#bytes.length; start = this.#endOf(start) + 1) {
      const line = this.#lineAt(start);
      if (line === null) continue;
      starts[users] = start;
      this.#byLogin.add(line, users);
      this.#byId.add(line, users);
      users++;
    }
    this.#starts = starts.subarray(0, users);
  }

  byLogin(login: string): PasswdLine | null {
    return this.#byLogin.find(login);
  }

  byId(userId: string): PasswdLine | null {
    return this.#byId.find(userId);
  }

  /** All users in the order of the file, so many at a time as nobody has to wait for. */
  *pages(): Generator<readonly UserRecord[]> {
    for (let place = 0; place < this.#starts.length; place += USERS_AT_ONCE) {
      const starts = this.#starts.subarray(place, place + USERS_AT_ONCE);
      yield Array.from(starts, (start) => this.#lineAt(start)).flatMap((line) => (line ? [line.user] : []));
    }
  }

  readonly #lineOf = (place: number): PasswdLine | null => this.#lineAt(this.#starts[place] ?? 0);

  #lineAt(start: number): PasswdLine | null {
    return parsePasswdLine(this.#bytes.toString('utf8', start, this.#endOf(start)));
  }

  #endOf(start: number): number {
    const end = this.#bytes.indexOf(NEWLINE, start);
    return end < 0 ? this.#bytes.length : end;
  }
}

/** Places of lines by a key of theirs: open addressing, at most half full. */
class LineTable {
  readonly #hashes: Int32Array;
  /** One more than the place; 0: nothing there. */
  readonly #places: Int32Array;

  constructor(
    lines: number,
    private readonly keyOf: (line: PasswdLine) => string,
    private readonly lineOf: (place: number) => PasswdLine | null,
  ) {
    const size = 2 ** Math.ceil(Math.log2(2 * lines + 1));
    this.#hashes = new Int32Array(size);
    this.#places = new Int32Array(size);
  }

  /** Unless there is one with this key. */
  add(line: PasswdLine, place: number): void {
    const key = this.keyOf(line);
    const hash = hashOf(key);
    const { slot, found } = this.#look(key, hash);
    if (found) return;
    this.#hashes[slot] = hash;
    this.#places[slot] = place + 1;
  }

  find(key: string): PasswdLine | null {
    return this.#look(key, hashOf(key)).found;
  }

  #look(key: string, hash: number): { readonly slot: number; readonly found: PasswdLine | null } {
    const last = this.#places.length - 1;
    for (let slot = hash & last; ; slot = (slot + 1) & last) {
      const place = this.#places[slot] ?? 0;
      if (place === 0) return { slot, found: null };
      if (this.#hashes[slot] !== hash) continue;
      const line = this.lineOf(place - 1);
      if (line && this.keyOf(line) === key) return { slot, found: line };
    }
  }
}

/** FNV-1a over UTF-16 units, its bits mixed once more, so that the lower ones depend on all. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < key.length; place++) {
    hash = Math.imul(hash ^ key.charCodeAt(place), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return hash ^ (hash >>> 15);
}

function linesOf(bytes: Buffer): number {
  let lines = 1;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, end + 1)) lines++;
  return lines;
}
