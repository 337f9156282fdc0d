import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Response } from 'express';

import type { ExchangeRequest } from '../../exchange.js';
import { sendReply } from '../../server/raw-reply.js';
import { describeError } from './describe-error.js';
import { AnswerWithPage, statusPage } from '../parameters/page.js';

/** Answers what no controller's own filter answers: unknown paths, paths that cannot be decoded. Never recorded. */
@Catch()
export class RoutingExceptionFilter implements ExceptionFilter {
  readonly #logger = new Logger('Request');

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.getArgByIndex<Response>(1);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error instanceof AnswerWithPage) return sendReply(response, error.page);
    const httpStatus = error instanceof HttpException ? error.getStatus() : 500;
    if (httpStatus >= 500) {
      const { exchange } = host.getArgByIndex<ExchangeRequest>(0);
      this.#logger.error(`request ${exchange.requestId} failed: ${describeError(error)}`);
    }
    sendReply(response, statusPage(httpStatus));
  }
}
