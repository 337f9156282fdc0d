import type { Logger } from 'pino';

import { DirectoryObserver } from '../directory/directory-observer.js';
import { summarizeError } from '../http/envelope/errors/describe-error.js';
import type { Metrics } from './metrics.js';

/** Tells operators, once each time, which resolver or which of its servers does not answer, and why. */
export class DirectoryLog extends DirectoryObserver {
  constructor(
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {
    super();
  }

  resolverAway(resolver: string, error: unknown): void {
    this.metrics.resolverAnswers(resolver, false);
    this.log.warn({ resolver, error: summarizeError(error) }, 'a resolver does not answer');
  }

  resolverBack(resolver: string): void {
    this.metrics.resolverAnswers(resolver, true);
    this.log.info({ resolver }, 'a resolver answers again');
  }

  serverAway(resolver: string, server: string, error: unknown): void {
    const line = { resolver, server, error: summarizeError(error) };
    this.log.warn(line, 'a server of a resolver is passed over');
  }

  serverBack(resolver: string, server: string): void {
    this.log.info({ resolver, server }, 'a server of a resolver answers again');
  }
}
