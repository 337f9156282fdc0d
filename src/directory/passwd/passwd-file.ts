import { readFile, stat } from 'node:fs/promises';

import { Unavailable } from '@app/kernel';
import type { UserRecord } from '@app/realms';

import { parsePasswd } from './parse-passwd.js';

const CHECK_INTERVAL_MS = 1_000;
const LARGEST_BYTES = 256 * 1024 * 1024;

interface Index {
  readonly stamp: string;
  readonly users: readonly UserRecord[];
  readonly byLogin: ReadonlyMap<string, UserRecord>;
  readonly byId: ReadonlyMap<string, UserRecord>;
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
  async byLogin(login: string): Promise<UserRecord | null> {
    return this.#find((index) => index.byLogin.get(login));
  }

  /** @throws Unavailable when the file cannot be read */
  async byId(userId: string): Promise<UserRecord | null> {
    return this.#find((index) => index.byId.get(userId));
  }

  /** @throws Unavailable when the file cannot be read */
  async all(): Promise<readonly UserRecord[]> {
    return (await this.#refresh()).users;
  }

  /** @throws Unavailable when the file cannot be read */
  async refresh(): Promise<void> {
    await this.#refresh();
  }

  async #find(pick: (index: Index) => UserRecord | undefined): Promise<UserRecord | null> {
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
      const file = await stat(this.path);
      const { mtimeMs, size, ino } = file;
      // A pipe or a device would hold a thread for ever, or fill the memory.
      if (!file.isFile() || size > LARGEST_BYTES) throw new Error('not a file, or too large');
      const stamp = `${ino}:${size}:${mtimeMs}`;
      if (this.#index?.stamp !== stamp) {
        const users = parsePasswd(await readFile(this.path, 'utf8'));
        this.#index = {
          stamp,
          users,
          byLogin: firstBy(users, (user) => user.username),
          byId: firstBy(users, (user) => user.userId),
        };
      }
      this.#checkedAt = Date.now();
      return this.#index;
    } catch (error) {
      throw new Unavailable('the passwd file of a resolver cannot be read', { cause: error });
    }
  }
}

/** Of two users with one key the first counts. */
function firstBy(
  users: readonly UserRecord[],
  keyOf: (user: UserRecord) => string,
): ReadonlyMap<string, UserRecord> {
  const map = new Map<string, UserRecord>();
  for (const user of users) if (!map.has(keyOf(user))) map.set(keyOf(user), user);
  return map;
}
