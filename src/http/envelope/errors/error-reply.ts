import type { ExchangeRequest } from '../../exchange.js';
import { RawReply } from '../../server/raw-reply.js';
import type { Envelopes } from '../envelope.js';
import { httpErrorPage, requestedErrorStatus } from './http-error.js';
import type { LegacyRoute } from '../routes/legacy-route.js';
import type { Parameters } from '../parameters/parameters.js';
import { queryParameters } from '../parameters/read-parameters.js';
import type { WireError } from './wire-error.js';

/**
 * The answer to an error: its envelope, or the page that the request asks for instead.
 *
 * @param errorIds as `requestedErrorStatus` takes them
 */
export function errorReply(
  wire: WireError,
  request: ExchangeRequest,
  envelopes: Envelopes,
  errorIds: () => readonly string[] | null,
): RawReply {
  const { exchange } = request;
  // Refused before its body was read: the query still counts (spec/admin-api §1.5, row 6).
  const parameters = exchange.reading === null ? queryParameters(request) : exchange.parameters;
  return errorReplyFor(wire, parameters, envelopes, errorIds);
}

/** As `errorReply`, of a request of which no more is known than these parameters. */
export function errorReplyFor(
  wire: WireError,
  parameters: Parameters,
  envelopes: Envelopes,
  errorIds: () => readonly string[] | null,
): RawReply {
  const requested = requestedErrorStatus(parameters, wire.code, errorIds());
  if (requested === null) return envelopes.error(wire, wire.httpStatus ?? 200);
  return httpErrorPage(wire, envelopes.version.text, requested, wire.httpStatus ?? requested);
}

/** Of the functions whose every error is one text (spec/validate-api §1.0). */
export function textForErrors(route: LegacyRoute | null, { httpStatus }: WireError): RawReply | null {
  const failure = route?.failure;
  if (!(failure instanceof RawReply)) return null;
  return new RawReply(failure.body, failure.contentType, { httpStatus: httpStatus ?? 200 });
}
