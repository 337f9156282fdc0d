import { Occupied } from '@app/kernel';

/** Takes places by further keys for as long as the login runs. @throws Occupied */
export type Enter = (keys: readonly string[]) => void;

/**
 * Bounds how many logins wait or run in this process: in all, and of one subject or token, so that a flood against one account
 * leaves room for the others.
 */
export class LoginAdmission {
  readonly #running = new Map<string, number>();
  #total = 0;

  constructor(
    private readonly limit = 4_000,
    private readonly limitOfEach = 32,
  ) {}

  /**
   * @param subject what the login is about, as far as it is known before tokens are
   * @throws Occupied at once when a limit is reached; else what `work` throws
   */
  async run<T>(subject: string, work: (enter: Enter) => Promise<T>): Promise<T> {
    if (this.#total >= this.limit) throw new Occupied('too many logins are waiting');
    const held: string[] = [];
    const enter: Enter = (keys) => {
      for (const key of keys) if (!held.includes(key)) this.#take(key, held);
    };
    this.#total++;
    try {
      enter([subject]);
      return await work(enter);
    } finally {
      this.#total--;
      for (const key of held) this.#leave(key);
    }
  }

  #take(key: string, held: string[]): void {
    const running = this.#running.get(key) ?? 0;
    if (running >= this.limitOfEach) throw new Occupied('too many logins of one account are waiting');
    this.#running.set(key, running + 1);
    held.push(key);
  }

  #leave(key: string): void {
    const left = (this.#running.get(key) ?? 1) - 1;
    if (left > 0) this.#running.set(key, left);
    else this.#running.delete(key);
  }
}
