import {
  All,
  Controller,
  type ExecutionContext,
  UseFilters,
  UseGuards,
  UseInterceptors,
  applyDecorators,
  createParamDecorator,
} from '@nestjs/common';

import type { Exchange, ExchangeRequest } from '../../exchange.js';
import type { RawReply } from '../../server/raw-reply.js';
import { CsrfGuard } from '../access/csrf.guard.js';
import type { LegacyAnswer } from '../envelope.js';
import { LegacyExceptionFilter } from '../errors/legacy-exception.filter.js';
import { LegacyInterceptor } from '../legacy.interceptor.js';
import {
  type Audience,
  type LegacyRouteOptions,
  type RouteKind,
  definePrefix,
  defineRoute,
} from './legacy-route.js';
import { ParametersGuard } from '../parameters/parameters.guard.js';
import type { Parameters } from '../parameters/parameters.js';
import { RightsGuard } from '../access/rights.guard.js';
import { RouteGuard } from './route.guard.js';
import { SessionGuard } from '../access/session.guard.js';
import { UserSessionGuard } from '../access/user-session.guard.js';

type Handler = (...parts: never[]) => LegacyAnswer | Promise<LegacyAnswer>;
/** Answers what is ready to be sent. */
type RenderingHandler = (...parts: never[]) => Promise<RawReply>;
type RouteDecorator<Handles = Handler> = <H extends Handles>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<H>,
) => void;

// A user's session is proven by a parameter, so that it comes behind them; that is their CSRF check, too.
const GUARDS = {
  administrators: [RouteGuard, SessionGuard, ParametersGuard, CsrfGuard, RightsGuard],
  users: [RouteGuard, ParametersGuard, UserSessionGuard],
} as const;

/**
 * A controller of the compatible interfaces below `/prefix`. Per request: routing, session, parameters, CSRF, rights, the
 * function, its record, the answer; errors end in the envelope.
 *
 * @param prefix   without slashes at its ends, e.g. `admin`, `api/v2/tokens`
 * @param audience whose sessions and rights its functions ask for
 */
export function LegacyController(prefix: string, audience: Audience = 'administrators'): ClassDecorator {
  return applyDecorators(
    (controller: object) => definePrefix(controller, prefix, audience),
    Controller(prefix),
    UseGuards(...GUARDS[audience]),
    UseFilters(LegacyExceptionFilter),
  );
}

/** A function that changes nothing: GET (and HEAD) and POST. */
export function Reads(name: string, options: LegacyRouteOptions): RouteDecorator {
  return route('reads', name, options);
}

/**
 * The same for a login, whose record its use case commits: the function renders the answer itself (`Envelopes.ofLogin`). Nest makes
 * a dozen objects a request where an interceptor is, a tenth of what a login costs.
 */
export function ReadsLogin(name: string, options: LegacyRouteOptions): RouteDecorator<RenderingHandler> {
  return (target, key, descriptor) => routed('reads', name, options, target, key, descriptor);
}

/** A function that changes something: POST alone (GET too while old clients are served). */
export function Changes(name: string, options: LegacyRouteOptions): RouteDecorator {
  return route('changes', name, options);
}

/** A resource of v2: GET (and HEAD) alone. The name `/` is the collection: its URL ends with a slash. */
export function GetsOnly(name: string, options: LegacyRouteOptions): RouteDecorator {
  return route('gets', name, options);
}

/** Handler parameter: the request's parameters. */
export const RequestParameters = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Parameters =>
    context.getArgByIndex<ExchangeRequest>(0).exchange.parameters,
);

/** Handler parameter: what the guards found out about the request. */
export const RequestExchange = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Exchange => context.getArgByIndex<ExchangeRequest>(0).exchange,
);

function route(kind: RouteKind, name: string, options: LegacyRouteOptions): RouteDecorator {
  return (target, key, descriptor) => {
    routed(kind, name, options, target, key, descriptor);
    UseInterceptors(LegacyInterceptor)(target, key, descriptor);
  };
}

// Every method is registered, so that the guard and not the framework answers the wrong ones.
function routed<H extends Handler>(
  kind: RouteKind,
  name: string,
  options: LegacyRouteOptions,
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<H>,
): void {
  if (descriptor.value) defineRoute(descriptor.value, kind, name, options);
  All(name)(target, key, descriptor);
}
