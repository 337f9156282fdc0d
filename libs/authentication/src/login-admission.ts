import { Unavailable } from '@app/kernel';

/**
 * Bounds how many logins wait or run in this process: in all, and of one subject, so that a flood against one account
 * leaves room for the others.
 */
export class LoginAdmission {
  readonly #running = new Map<string, number>();
  #total = 0;

  constructor(
    private readonly limit = 4_000,
    private readonly subjectLimit = 500,
  ) {}

  /** @throws Unavailable at once when a limit is reached; else what `work` throws */
  async run<T>(subject: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(subject) ?? 0;
    if (this.#total >= this.limit || running >= this.subjectLimit) {
      throw new Unavailable('too many logins are waiting');
    }
    this.#total++;
    this.#running.set(subject, running + 1);
    try {
      return await work();
    } finally {
      this.#total--;
      const left = (this.#running.get(subject) ?? 1) - 1;
      if (left > 0) this.#running.set(subject, left);
      else this.#running.delete(subject);
    }
  }
}
