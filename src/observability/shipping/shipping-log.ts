import type { Logger } from 'pino';

import { summarizeError } from '../../http/envelope/errors/describe-error.js';
import type { Metrics } from '../metrics.js';
import { ShippingObserver } from './shipping-observer.js';

/** Losses are told of once in so long, all together. */
const BETWEEN_LINES_MS = 60_000;

interface Losses {
  untold: number;
  toldAt: number;
}

/** Tells operators which stream of records does not take them, and what it lost. */
export class ShippingLog extends ShippingObserver {
  readonly #losses = new Map<string, Losses>();

  constructor(
    private readonly log: Logger,
    private readonly metrics: Metrics,
    private readonly now: () => number = () => performance.now(),
  ) {
    super();
  }

  shipped(stream: string, records: number): void {
    this.metrics.recordsShipped(stream, records);
    this.#tell(stream, false);
  }

  lost(stream: string, records: number): void {
    this.metrics.recordsLost(stream, records);
    const losses = this.#losses.get(stream) ?? { untold: 0, toldAt: Number.NEGATIVE_INFINITY };
    losses.untold += records;
    this.#losses.set(stream, losses);
    this.#tell(stream, false);
  }

  away(stream: string, error: unknown): void {
    this.metrics.streamAnswers(stream, false);
    this.log.warn({ stream, error: summarizeError(error) }, 'a stream of the audit trail takes no records');
  }

  back(stream: string): void {
    this.metrics.streamAnswers(stream, true);
    this.#tell(stream, true);
    this.log.info({ stream }, 'a stream of the audit trail takes records again');
  }

  #tell(stream: string, isUrgent: boolean): void {
    const losses = this.#losses.get(stream);
    if (!losses || losses.untold === 0) return;
    if (!isUrgent && this.now() - losses.toldAt < BETWEEN_LINES_MS) return;
    this.log.error({ stream, records: losses.untold }, 'records of the audit trail were not shipped');
    losses.untold = 0;
    losses.toldAt = this.now();
  }
}
