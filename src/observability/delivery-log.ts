import type { MessageKind } from '@app/realms';
import type { Logger } from 'pino';

import { DeliveryObserver } from '../delivery/delivery-observer.js';
import { summarizeError } from '../http/envelope/errors/describe-error.js';
import type { Metrics } from './metrics.js';

/** Tells operators, once each time, which provider of messages does not answer, and why. */
export class DeliveryLog extends DeliveryObserver {
  constructor(
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {
    super();
  }

  providerAway(kind: MessageKind, provider: string, error: unknown): void {
    this.metrics.providerAnswers(kind, provider, false);
    this.log.warn({ kind, provider, error: summarizeError(error) }, 'a provider of messages does not answer');
  }

  providerBack(kind: MessageKind, provider: string): void {
    this.metrics.providerAnswers(kind, provider, true);
    this.log.info({ kind, provider }, 'a provider of messages answers again');
  }
}
