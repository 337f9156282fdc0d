import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const NANOSECONDS_PER_MS = 1e6;

/** How late this process gets to its events. */
export class EventLoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#histogram.enable();
  }

  /** The mean since the last call; 0 where nothing was measured meanwhile. */
  sinceLastMs(): number {
    const { count, mean } = this.#histogram;
    this.#histogram.reset();
    // What is measured is from one timer to the next.
    return count === 0 ? 0 : Math.max(0, mean / NANOSECONDS_PER_MS - RESOLUTION_MS);
  }
}
