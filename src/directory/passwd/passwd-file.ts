import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { Unavailable } from '@app/kernel';
import { type PasswdLine, textOfFile, type UserRecord } from '@app/realms';

import { withinTime } from '../../outbound/within-time.js';
import { PasswdIndex } from './passwd-index.js';

const CHECK_INTERVAL_MS = 1_000;
/** Written to more lately than this, a file may be half there. */
const SETTLED_MS = 200;
const READINGS = 10;
/** A file on a server that is away holds whoever touches it for as long as the server likes. */
const ANSWER_WITHIN_MS = 5_000;
const LARGEST_BYTES = 256 * 1024 * 1024;

/** As it was read. */
interface Reading {
  readonly stamp: string;
  readonly index: PasswdIndex;
}

/**
 * A passwd file, indexed in memory. It is looked at again at most once a second, and at once when somebody is not found;
 * it is read again when it has changed and nobody writes to it. One that cannot be read has no unknown users.
 */
export class PasswdFile {
  #reading: Reading | null = null;
  #checkedAt = 0;
  #refreshing: { readonly index: Promise<PasswdIndex>; readonly since: number } | null = null;

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly path: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws Unavailable when the file cannot be read */
  async byLogin(login: string): Promise<UserRecord | null> {
    const known = this.#reading && this.#isFresh ? this.#reading.index.byLogin(login) : undefined;
    return (known ?? (await this.#find((index) => index.byLogin(login))))?.user ?? null;
  }

  /** @throws Unavailable when the file cannot be read */
  async byId(userId: string): Promise<UserRecord | null> {
    return (await this.#find((index) => index.byId(userId)))?.user ?? null;
  }

  /** @throws Unavailable when the file cannot be read */
  async byIds(userIds: readonly string[]): Promise<ReadonlyMap<string, UserRecord>> {
    const found = this.#reading && this.#isFresh ? usersOf(this.#reading.index, userIds) : null;
    // One look at the file, however many are not in it.
    return found?.size === new Set(userIds).size ? found : usersOf(await this.#refresh(), userIds);
  }

  /** The second field of a user's line. @throws Unavailable when the file cannot be read */
  async passwordOf(login: string): Promise<string> {
    return (await this.#find((index) => index.byLogin(login)))?.password ?? '';
  }

  /** All of them, in pages. @throws Unavailable when the file cannot be read */
  async pages(): Promise<Iterable<readonly UserRecord[]>> {
    return (await this.#refresh()).pages();
  }

  /** @throws Unavailable when the file cannot be read */
  async refresh(): Promise<void> {
    await this.#refresh();
  }

  get #isFresh(): boolean {
    return this.now() - this.#checkedAt < CHECK_INTERVAL_MS;
  }

  async #find(pick: (index: PasswdIndex) => PasswdLine | null): Promise<PasswdLine | null> {
    if (this.#reading && this.#isFresh) {
      const known = pick(this.#reading.index);
      if (known) return known;
    }
    return pick(await this.#refresh());
  }

  /** One look at the file at a time, which everybody waits for, though not for ever. */
  #refresh(): Promise<PasswdIndex> {
    this.#refreshing ??= {
      index: this.#load().finally(() => {
        this.#refreshing = null;
      }),
      since: this.now(),
    };
    const { index, since } = this.#refreshing;
    const left = Math.max(0, ANSWER_WITHIN_MS - (this.now() - since));
    return withinTime(left, 'resolver with a passwd file', index);
  }

  async #load(): Promise<PasswdIndex> {
    try {
      const reading = await this.#read();
      this.#reading = reading;
      this.#checkedAt = this.now();
      return reading.index;
    } catch (error) {
      throw new Unavailable(`the passwd file ${this.path} cannot be read`, { cause: error });
    }
  }

  async #read(): Promise<Reading> {
    for (let reading = 1; reading <= READINGS; reading++) {
      // Opened anew each time: what was replaced meanwhile is another file. A pipe does not wait for its other end.
      const file = await open(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const before = await stampOf(file);
        if (this.#reading?.stamp === before.stamp) return this.#reading;
        if (before.isSettled) {
          const text = textOfFile(await file.readFile());
          const { stamp } = await stampOf(file);
          if (stamp === before.stamp) return { stamp, index: new PasswdIndex(text) };
        }
      } finally {
        await file.close();
      }
      await pause(SETTLED_MS);
    }
    throw new Error('it is written to all the time');
  }
}

async function stampOf(file: FileHandle): Promise<{ readonly stamp: string; readonly isSettled: boolean }> {
  const found = await file.stat({ bigint: true });
  if (!found.isFile() || found.size > LARGEST_BYTES) throw new Error('not a file, or too large');
  const age = Date.now() - Number(found.mtimeMs);
  return {
    stamp: `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`,
    // A time in the future is another machine's clock, and says nothing.
    isSettled: age < 0 || age >= SETTLED_MS,
  };
}

function usersOf(index: PasswdIndex, userIds: readonly string[]): ReadonlyMap<string, UserRecord> {
  return new Map(
    userIds.flatMap((userId) => {
      const line = index.byId(userId);
      return line ? [[userId, line.user] as const] : [];
    }),
  );
}
