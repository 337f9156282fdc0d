import type { Logger } from 'pino';

import type { Metrics } from './metrics.js';

const TOGETHER_MS = 1_000;

/**
 * Tells of logins that were turned away as they came. All of them are counted; the log has one line for those of a second: with a
 * line for each, telling of it would cost more than turning them away.
 */
export class TurnedAwayLog {
  #untold = 0;

  constructor(
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {}

  turnedAway(route: string): void {
    this.metrics.turnedAway(route);
    if (this.#untold++ === 0) setTimeout(() => this.#tell(), TOGETHER_MS).unref();
  }

  #tell(): void {
    this.log.warn({ logins: this.#untold }, 'logins were turned away: too many wait for the database');
    this.#untold = 0;
  }
}
