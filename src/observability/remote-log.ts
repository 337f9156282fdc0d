import type { Logger } from 'pino';

import { summarizeError } from '../http/envelope/errors/describe-error.js';
import { RemoteObserver } from '../remote/remote-observer.js';
import type { Metrics } from './metrics.js';

/** Tells operators, once each time, which server that logins are forwarded to does not answer, and why. */
export class RemoteLog extends RemoteObserver {
  constructor(
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {
    super();
  }

  serverAway(server: string, error: unknown): void {
    this.metrics.forwardServerAnswers(server, false);
    this.log.warn(
      { server, error: summarizeError(error) },
      'a server that logins are forwarded to does not answer',
    );
  }

  serverBack(server: string): void {
    this.metrics.forwardServerAnswers(server, true);
    this.log.info({ server }, 'a server that logins are forwarded to answers again');
  }
}
