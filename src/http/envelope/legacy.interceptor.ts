import { AuditTrail } from '@app/audit';
import { TokenCounts } from '@app/tokens';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, mergeMap } from 'rxjs';

import type { Exchange, ExchangeRequest } from '../exchange.js';
import { RawReply, StreamedReply } from '../server/raw-reply.js';
import { countedFacts } from './counted-facts.js';
import { Envelopes, type LegacyAnswer, LegacyReply } from './envelope.js';

/** Puts a handler's answer into its envelope, after the request's record is durable. */
@Injectable()
export class LegacyInterceptor implements NestInterceptor<LegacyAnswer, RawReply | StreamedReply> {
  constructor(
    private readonly envelopes: Envelopes,
    private readonly trail: AuditTrail,
    private readonly counts: TokenCounts,
  ) {}

  intercept(
    context: ExecutionContext,
    next: CallHandler<LegacyAnswer>,
  ): Observable<RawReply | StreamedReply> {
    const { exchange } = context.getArgByIndex<ExchangeRequest>(0);
    return next.handle().pipe(
      mergeMap((answer) => {
        const rendered = answer instanceof LegacyReply ? this.envelopes.success(answer) : answer;
        return exchange.isRecorded || !exchange.route?.isAudited
          ? [rendered]
          : this.#recorded(exchange, rendered);
      }),
    );
  }

  async #recorded<T>(exchange: Exchange, rendered: T): Promise<T> {
    try {
      await this.trail.append(exchange.audit, await countedFacts(exchange, this.counts));
    } catch (error) {
      if (rendered instanceof StreamedReply) await rendered.close();
      throw error;
    }
    exchange.isRecorded = true;
    return rendered;
  }
}
