import { Occupied, Unavailable } from '@app/kernel';

import { BoundedWork } from './bounded-work.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { NotReached } from './server-away.js';
import { withinTime } from './within-time.js';

const AT_A_TIME = 16;
const WAITING = 256;

/** Not asked at all, since it did not answer lately. */
export class Withheld extends Unavailable {}

/** Whether it is certain that nobody was asked. */
export function wasNotAsked(error: unknown): boolean {
  return error instanceof Withheld || error instanceof Occupied || error instanceof NotReached;
}

/** What is told of somebody who stops answering, and answers again: once each time. */
export interface FenceHearing {
  away(error: unknown): void;
  back(): void;
}

/**
 * Around one server out there: a limit of calls in flight, a time budget for each and a circuit breaker, so that one which
 * is refused, silent or slow costs nobody else anything. Unavailable is trouble; any other error is an answer.
 */
export class Fence {
  readonly #work: BoundedWork;
  readonly #breaker: CircuitBreaker;

  /** @param name how errors call it */
  constructor(
    private readonly name: string,
    private readonly hearing: FenceHearing,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#work = new BoundedWork(name, AT_A_TIME, WAITING);
    this.#breaker = new CircuitBreaker(now);
  }

  /**
   * @param ask its signal says when nobody waits for the answer any more
   * @throws Withheld, Occupied, Unavailable; what `ask` throws
   */
  async run<T>(budgetMs: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (!this.#breaker.admits()) throw new Withheld(`${this.name} does not answer`);
    const started = this.now();
    const over = new AbortController();
    let isAsked = false;
    // The place is free again when the call has really ended, not when somebody has lost patience with it.
    const turn = () => {
      if (over.signal.aborted) return Promise.reject(new Unavailable('too late'));
      isAsked = true;
      return ask(over.signal);
    };
    try {
      const answer = await withinTime(budgetMs, this.name, this.#work.run(turn));
      if (this.#breaker.succeeded()) this.hearing.back();
      return answer;
    } catch (error) {
      // A burst that found no place is no failure of the one who was to be asked.
      if (!isAsked || error instanceof Occupied) {
        this.#breaker.abandoned();
        throw error instanceof Occupied ? error : new Occupied(`too many are waiting for ${this.name}`);
      }
      if (!(error instanceof Unavailable)) this.#breaker.succeeded();
      else if (this.#breaker.failed(this.now() - started)) this.hearing.away(error);
      throw error;
    } finally {
      over.abort();
    }
  }
}
