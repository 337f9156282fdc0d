import type { ServerResponse } from 'node:http';

import { Occupied } from '@app/kernel';

import type { Envelopes } from '../envelope/envelope.js';
import { errorReply, textForErrors } from '../envelope/errors/error-reply.js';
import { knownWireError } from '../envelope/errors/legacy-errors.js';
import type { DescribedRoute, LegacyRoute } from '../envelope/routes/legacy-route.js';
import type { WireError } from '../envelope/errors/wire-error.js';
import type { ExchangeRequest } from '../exchange.js';
import type { RawReply } from './raw-reply.js';

const RETRY_AFTER_SECONDS = '1';

export interface LoginDoorOptions {
  readonly routes: readonly DescribedRoute[];
  /** Asked for every login as it comes. */
  readonly isTooFull: () => boolean;
  readonly envelopes: Envelopes;
  /** Those that `httperror` applies to. */
  readonly errorIds: () => readonly string[] | null;
  /** Hears of every login that was turned away. Must not throw. */
  readonly turnedAway: () => void;
}

/**
 * Turns logins away while too many wait: before they are routed, their body is read or anything is looked up, so that it costs
 * next to nothing, and those that wait are served as ever. Nothing is recorded of them, and nothing changed. Whatever is no
 * login passes.
 */
export class LoginDoor {
  readonly #routes: ReadonlyMap<string, LegacyRoute>;
  readonly #error: WireError;
  readonly #envelope: RawReply;

  constructor(private readonly options: LoginDoorOptions) {
    const logins = options.routes.filter(({ route }) => route.isLogin);
    this.#routes = new Map(logins.map(({ path, route }) => [path, route]));
    const error = knownWireError(new Occupied('too many logins wait for the database'));
    if (error?.httpStatus !== 503) throw new Error('there is no answer for logins that are turned away');
    this.#error = error;
    this.#envelope = options.envelopes.error(error, error.httpStatus);
  }

  /** @returns whether the request has its answer */
  turnsAway(request: ExchangeRequest, response: ServerResponse): boolean {
    const { exchange } = request;
    const { path } = exchange;
    // Express serves it with a slash at the end, too.
    const route = this.#routes.get(path.endsWith('/') ? path.slice(0, -1) : path);
    if (!route || !this.options.isTooFull()) return false;
    exchange.route = route;
    const { body, contentType, httpStatus } = textForErrors(route, this.#error) ?? this.#envelopeFor(request);
    response.writeHead(httpStatus, [
      'Content-Type',
      contentType,
      'Content-Length',
      String(Buffer.byteLength(body)),
      'Retry-After',
      RETRY_AFTER_SECONDS,
    ]);
    response.end(body);
    this.options.turnedAway();
    return true;
  }

  #envelopeFor(request: ExchangeRequest): RawReply {
    if (!request.url.includes('?')) return this.#envelope;
    return errorReply(this.#error, request, this.options.envelopes, this.options.errorIds);
  }
}
