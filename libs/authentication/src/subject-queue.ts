import { Unavailable } from '@app/kernel';

/**
 * Lets the logins of one subject run one after the other within this process, so that a doubled request meets the state
 * that the first one left. It is for order and speed only: across processes the commit decides.
 */
export class SubjectQueue {
  readonly #tails = new Map<string, { tail: Promise<unknown>; waiting: number }>();
  #pending = 0;

  /**
   * @param limit         requests in all that may wait or run
   * @param subjectLimit  requests of one subject that may wait or run
   */
  constructor(
    private readonly limit = 4_000,
    private readonly subjectLimit = 500,
  ) {}

  /** @throws Unavailable at once when a limit is reached; else what `work` throws */
  run<T>(subject: string, work: () => Promise<T>): Promise<T> {
    const line = this.#tails.get(subject);
    if (this.#pending >= this.limit || (line && line.waiting >= this.subjectLimit)) {
      return Promise.reject(new Unavailable('too many logins are waiting'));
    }
    this.#pending++;
    const entry = line ?? { tail: Promise.resolve(), waiting: 0 };
    entry.waiting++;
    const result = line ? entry.tail.then(work, work) : work();
    const done = () => {
      this.#pending--;
      if (--entry.waiting === 0) this.#tails.delete(subject);
    };
    entry.tail = result.then(done, done);
    if (!line) this.#tails.set(subject, entry);
    return result;
  }
}
