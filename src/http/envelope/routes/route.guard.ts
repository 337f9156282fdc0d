import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

import type { ExchangeRequest } from '../../exchange.js';
import { type LegacyRoute, OldClients, type RouteKind, allowedMethods, routeOf } from './legacy-route.js';
import { AnswerWithPage } from '../parameters/page.js';
import { TokenFileLimits } from '../parameters/token-file-limits.js';
import { NotAuthenticated } from '../errors/wire-error.js';

/**
 * Decides what routing alone can decide (404, 405, 308, OPTIONS), before anyone asks who the client is; only then does
 * the request have a route, and with it a record (spec/admin-api §1.1, §1.7).
 */
@Injectable()
export class RouteGuard implements CanActivate {
  readonly #allowed: Readonly<Record<RouteKind, readonly string[]>>;

  constructor(
    oldClients: OldClients,
    private readonly limits: TokenFileLimits,
  ) {
    this.#allowed = {
      reads: allowedMethods('reads', oldClients.enabled),
      changes: allowedMethods('changes', oldClients.enabled),
      gets: allowedMethods('gets', oldClients.enabled),
    };
  }

  canActivate(context: ExecutionContext): boolean {
    const route = routeOf(context.getHandler());
    // A method of a legacy controller without a route of its own is a mistake: refuse rather than serve it unguarded.
    if (!route) throw AnswerWithPage.notFound();
    const request = context.getArgByIndex<ExchangeRequest>(0);
    this.#decide(request, route);
    request.exchange.route = route;
    request.exchange.tokenFileBytes = this.limits.bytes;
    if (request.method === 'OPTIONS') {
      if (route.isPublic) throw AnswerWithPage.options(this.#allowed[route.kind].join(', '));
      throw new NotAuthenticated();
    }
    return true;
  }

  #decide(request: ExchangeRequest, route: LegacyRoute): void {
    const { path } = request.exchange;
    const endsWithSlash = path.endsWith('/');
    if (endsWithSlash && !route.isCollection) throw AnswerWithPage.notFound();
    const allowed = this.#allowed[route.kind];
    if (!allowed.includes(request.method)) throw AnswerWithPage.methodNotAllowed(allowed.join(', '));
    if (!endsWithSlash && route.isCollection) {
      throw AnswerWithPage.moved(`${path}/${request.originalUrl.slice(path.length)}`);
    }
  }
}
