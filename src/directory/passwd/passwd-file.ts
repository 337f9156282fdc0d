import { readFile, stat } from 'node:fs/promises';

import { Unavailable } from '@app/kernel';

import { type PasswdEntry, parsePasswd } from './parse-passwd.js';

const CHECK_INTERVAL_MS = 1_000;

interface Index {
  readonly stamp: string;
  readonly byLogin: ReadonlyMap<string, PasswdEntry>;
  readonly byId: ReadonlyMap<string, PasswdEntry>;
}

/**
 * A passwd file, indexed in memory. It is looked at again at most once a second, and at once when somebody is not found;
 * it is read again when it has changed.
 */
export class PasswdFile {
  #index: Index | null = null;
  #checkedAt = 0;
  #refreshing: Promise<Index> | null = null;

  constructor(private readonly path: string) {}

  /** @throws Unavailable when the file cannot be read */
  async byLogin(login: string): Promise<PasswdEntry | null> {
    return this.#find((index) => index.byLogin.get(login));
  }

  /** @throws Unavailable when the file cannot be read */
  async byId(userId: string): Promise<PasswdEntry | null> {
    return this.#find((index) => index.byId.get(userId));
  }

  /** @throws Unavailable when the file cannot be read */
  async refresh(): Promise<void> {
    await this.#refresh();
  }

  async #find(pick: (index: Index) => PasswdEntry | undefined): Promise<PasswdEntry | null> {
    if (this.#index && Date.now() - this.#checkedAt < CHECK_INTERVAL_MS) {
      const known = pick(this.#index);
      if (known) return known;
    }
    return pick(await this.#refresh()) ?? null;
  }

  #refresh(): Promise<Index> {
    this.#refreshing ??= this.#load().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #load(): Promise<Index> {
    try {
      const { mtimeMs, size, ino } = await stat(this.path);
      const stamp = `${ino}:${size}:${mtimeMs}`;
      if (this.#index?.stamp !== stamp) {
        const entries = parsePasswd(await readFile(this.path, 'utf8'));
        this.#index = {
          stamp,
          byLogin: firstBy(entries, (entry) => entry.username),
          byId: firstBy(entries, (entry) => entry.userId),
        };
      }
      this.#checkedAt = Date.now();
      return this.#index;
    } catch (error) {
      throw new Unavailable('the passwd file of a resolver cannot be read', { cause: error });
    }
  }
}

function firstBy(
  entries: readonly PasswdEntry[],
  keyOf: (entry: PasswdEntry) => string,
): ReadonlyMap<string, PasswdEntry> {
  const map = new Map<string, PasswdEntry>();
  for (const entry of entries) if (!map.has(keyOf(entry))) map.set(keyOf(entry), entry);
  return map;
}
