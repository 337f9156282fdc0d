import type { Logger } from 'pino';

import { ClockObserver } from '../persistence/clock/clock-observer.js';
import { clockText } from '../persistence/clock/clock-watch.js';
import type { Metrics } from './metrics.js';

/** Tells operators of a clock that is off, and counts how far. */
export class ClockLog extends ClockObserver {
  constructor(
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {
    super();
  }

  clockMeasured(secondsAhead: number): void {
    this.metrics.clockMeasured(secondsAhead);
  }

  clockDiffers(secondsAhead: number): void {
    this.log.error(
      { secondsAhead },
      `this node is not ready: its clock is ${clockText(secondsAhead)}; which of the two is right is for you to find out`,
    );
  }

  clockAgrees(secondsAhead: number): void {
    this.log.info({ secondsAhead }, "the clock of this node is the database's again");
  }
}
