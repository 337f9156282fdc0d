import { Occupied } from '@app/kernel';

/** Lets a bounded number of pieces of work run at a time, and a bounded number wait. First come, first served. */
export class BoundedWork {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly name: string,
    private readonly concurrency: number,
    private readonly queueLimit: number,
  ) {}

  /** @throws Unavailable at once when the queue is full; else what `work` throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.concurrency) this.#running++;
    else await this.#turn();
    try {
      return await work();
    } finally {
      // The place goes on to who waits longest; nobody who comes later can take it.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.queueLimit) {
      return Promise.reject(new Occupied(`too many are waiting for ${this.name}`));
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
