import { AuditTrail } from '@app/audit';
import { Occupied, Unavailable } from '@app/kernel';
import { Configuration, ResolverUnusable } from '@app/realms';
import { TokenCounts } from '@app/tokens';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Response } from 'express';

import type { Exchange, ExchangeRequest } from '../../exchange.js';
import { RawReply, sendReply } from '../../server/raw-reply.js';
import { countedFacts } from '../counted-facts.js';
import { describeError, summarizeError } from './describe-error.js';
import { Envelopes } from '../envelope.js';
import { errorReply, textForErrors } from './error-reply.js';
import { internalError, knownWireError } from './legacy-errors.js';
import { AnswerWithPage, statusPage } from '../parameters/page.js';
import { ConnectionLost } from '../parameters/read-parameters.js';
import { NotAuthenticated, WireError } from './wire-error.js';

const DENIED = 410;

interface Refusal {
  readonly answer: RawReply;
  /** For the request's record. */
  readonly info: string;
}

/** Answers whatever went wrong on a legacy route, and records it where nobody has. */
@Catch()
export class LegacyExceptionFilter implements ExceptionFilter {
  readonly #logger = new Logger('Request');

  constructor(
    private readonly envelopes: Envelopes,
    private readonly trail: AuditTrail,
    private readonly configuration: Configuration,
    private readonly counts: TokenCounts,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.getArgByIndex<ExchangeRequest>(0);
    const response = host.getArgByIndex<Response>(1);
    if (error instanceof ConnectionLost || response.headersSent) {
      response.destroy();
      return;
    }
    if (error instanceof Occupied) response.setHeader('Retry-After', '1');
    try {
      sendReply(response, await this.#recorded(this.#refusal(error, request), request));
    } catch (mistake) {
      // Nobody catches what a filter throws: it would end the process.
      this.#log(mistake, request.exchange, 'error');
      response.destroy();
    }
  }

  #refusal(error: unknown, request: ExchangeRequest): Refusal {
    if (error instanceof AnswerWithPage) return { answer: error.page, info: `HTTP ${error.page.httpStatus}` };
    if (error instanceof HttpException) {
      return { answer: statusPage(error.getStatus()), info: `HTTP ${error.getStatus()}` };
    }
    const known = knownWireError(error);
    const wire = inDialect(known ?? this.#unforeseen(error, request.exchange), request.exchange);
    // Clients know the text by heart; what is really wrong stands in the log.
    if (error instanceof ResolverUnusable) {
      this.#logger.warn(`request ${request.exchange.requestId} refused: ${summarizeError(error)}`);
    }
    if (wire.httpStatus === 503) this.#log(error, request.exchange, 'warn');
    // The record of a request without a session says no more than that (recorded: audit-search-csv).
    const info = wire instanceof NotAuthenticated ? '' : wire.message;
    const answer =
      this.#ownFailure(wire, known !== null, request) ??
      errorReply(wire, request, this.envelopes, () => this.#errorIds());
    return { answer, info };
  }

  /** The few functions that fail in a form of their own (spec/validate-api §1.0). */
  #ownFailure(wire: WireError, isKnown: boolean, { exchange }: ExchangeRequest): RawReply | null {
    const text = textForErrors(exchange.route, wire);
    if (text) return text;
    const failure = exchange.route?.failure ?? null;
    return failure && !(failure instanceof RawReply) && !isKnown ? this.envelopes.success(failure) : null;
  }

  #unforeseen(error: unknown, exchange: Exchange): WireError {
    this.#log(error, exchange, 'error');
    return internalError(error, exchange.requestId);
  }

  /** The answer, once its record is durable; an answer without its record would be one that nobody can trace. */
  async #recorded(refusal: Refusal, request: ExchangeRequest): Promise<RawReply> {
    const { exchange } = request;
    if (exchange.isRecorded || !exchange.route?.isAudited) return refusal.answer;
    const info = exchange.facts.info ?? refusal.info;
    try {
      const facts = await countedFacts(exchange, this.counts);
      await this.trail.append(exchange.audit, { ...facts, succeeded: false, info });
      exchange.isRecorded = true;
      return refusal.answer;
    } catch (cause) {
      const unavailable = new Unavailable('the record of a refused request could not be written', { cause });
      return this.#refusal(unavailable, request).answer;
    }
  }

  #errorIds(): readonly string[] | null {
    try {
      return this.configuration.current().settings.httpErrorIds;
    } catch {
      // Not loaded: an error must still be answered.
      return null;
    }
  }

  #log(error: unknown, exchange: Exchange, level: 'warn' | 'error'): void {
    this.#logger[level](`request ${exchange.requestId} failed: ${describeError(error)}`);
  }
}

/** v2 says with its status, too, that something is not granted (spec/admin-api §4). */
function inDialect(wire: WireError, { route }: Exchange): WireError {
  if (wire.code !== DENIED || wire.httpStatus !== null || route?.kind !== 'gets') return wire;
  return new WireError(wire.code, wire.text, { httpStatus: 403, cause: wire });
}
