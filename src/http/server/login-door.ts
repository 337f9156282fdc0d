import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { Occupied } from '@app/kernel';

import type { Envelopes } from '../envelope/envelope.js';
import { errorReplyFor, textForErrors } from '../envelope/errors/error-reply.js';
import { knownWireError } from '../envelope/errors/legacy-errors.js';
import type { WireError } from '../envelope/errors/wire-error.js';
import { queryParameters } from '../envelope/parameters/read-parameters.js';
import type { DescribedRoute } from '../envelope/routes/legacy-route.js';
import type { RawReply } from './raw-reply.js';
import { SECURITY_HEADERS, SECURITY_HEADERS_BY_TLS } from './security-headers.js';

const RETRY_AFTER_SECONDS = '1';
/** Without any of it a query has no parameter `httperror`, however it is encoded. */
const MAY_ASK_FOR_A_PAGE = /httperror|%/;

export interface LoginDoorOptions {
  readonly routes: readonly DescribedRoute[];
  /** Asked for every login as it comes. */
  readonly isTooFull: () => boolean;
  readonly envelopes: Envelopes;
  /** Those that `httperror` applies to. */
  readonly errorIds: () => readonly string[] | null;
  /** Hears of every login that was turned away, by the path of its route. Must not throw. */
  readonly turnedAway: (route: string) => void;
}

/** An answer with all of its headers but the last one's value, which is the request's id. */
interface WholeAnswer {
  readonly httpStatus: number;
  readonly headers: readonly string[];
  readonly headersByTls: readonly string[];
  readonly body: string | Buffer;
}

export interface AnswerableResponse extends ServerResponse {
  /** What is written has all headers there are to be. */
  isWhole?: boolean;
}

interface DoorRoute {
  readonly path: string;
  /** Not where every error is one text, whatever the request asks for. */
  readonly mayBePage: boolean;
  readonly answer: WholeAnswer;
}

/**
 * Turns logins away while too many wait: before they are routed, and before their body is read or anything is
 * looked up, so that it costs next to nothing, and those that wait are served as ever. Nothing is recorded of them, and nothing
 * changed. Whatever is no login passes.
 */
export class LoginDoor {
  readonly #routes = new Map<string, DoorRoute>();
  readonly #error: WireError;

  constructor(private readonly options: LoginDoorOptions) {
    const error = knownWireError(new Occupied('too many logins wait for the database'));
    if (error?.httpStatus !== 503) throw new Error('there is no answer for logins that are turned away');
    this.#error = error;
    const envelope = wholeAnswer(options.envelopes.error(error, error.httpStatus));
    for (const { path, route } of options.routes) {
      if (!route.isLogin) continue;
      const text = textForErrors(route, error);
      const doorRoute = { path, mayBePage: text === null, answer: text ? wholeAnswer(text) : envelope };
      this.#routes.set(path, doorRoute);
      // Express serves it with a slash at the end, too.
      this.#routes.set(`${path}/`, doorRoute);
    }
  }

  /**
   * What is left of a body is dropped by the server as it comes: the next request of the connection begins behind it.
   *
   * @param request  with its target in origin form
   * @param isSecure whether it came by TLS; asked only where it matters
   * @returns whether the request has its answer
   */
  turnsAway(request: IncomingMessage, response: AnswerableResponse, isSecure: () => boolean): boolean {
    const { url = '/' } = request;
    const mark = url.indexOf('?');
    const route = this.#routes.get(mark < 0 ? url : url.slice(0, mark));
    if (!route || !this.options.isTooFull()) return false;
    const answer =
      mark >= 0 && route.mayBePage && MAY_ASK_FOR_A_PAGE.test(url) ? this.#askedFor(request) : route.answer;
    const headers = isSecure() ? answer.headersByTls : answer.headers;
    response.isWhole = true;
    response.writeHead(answer.httpStatus, [...headers, randomUUID()]);
    response.end(answer.body);
    this.options.turnedAway(route.path);
    return true;
  }

  #askedFor(request: IncomingMessage): WholeAnswer {
    const { envelopes, errorIds } = this.options;
    return wholeAnswer(errorReplyFor(this.#error, queryParameters(request), envelopes, errorIds));
  }
}

function wholeAnswer({ httpStatus, contentType, body }: RawReply): WholeAnswer {
  const own = [
    'Content-Type',
    contentType,
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Retry-After',
    RETRY_AFTER_SECONDS,
  ];
  return {
    httpStatus,
    headers: [...own, ...SECURITY_HEADERS.flat(), 'X-Request-Id'],
    headersByTls: [...own, ...SECURITY_HEADERS_BY_TLS.flat(), 'X-Request-Id'],
    body,
  };
}
