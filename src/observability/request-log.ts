import type { Logger } from 'pino';

import type { Exchange } from '../http/exchange.js';
import type { AnswerObserver } from '../http/server/answer-observer.js';
import type { Metrics } from './metrics.js';

/** A line and a count for every answer. Neither the query nor any parameter is in it: credentials travel there. */
export class RequestLog implements AnswerObserver {
  constructor(
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {}

  answered(exchange: Exchange, method: string, status: number, seconds: number): void {
    this.metrics.answered(routePattern(exchange), status, seconds);
    if (!this.log.isLevelEnabled('info')) return;
    this.log.info(
      {
        requestId: exchange.requestId,
        method,
        path: exchange.path,
        status,
        ms: Math.round(seconds * 1e4) / 10,
        client: exchange.client,
      },
      'answered',
    );
  }
}

/** Patterns of routes, not paths: paths are input, and there is no end of them. */
function routePattern({ route, path }: Exchange): string {
  if (!route) return 'other';
  return route.name.startsWith(':') ? `${path.slice(0, path.lastIndexOf('/') + 1)}${route.name}` : path;
}
