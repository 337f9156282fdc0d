import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';

import type { ExchangeRequest } from '../../exchange.js';
import { SessionCheck } from './session-ports.js';

/** Nobody without a session gets past it, except on public routes; it runs before the body is read. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly session: SessionCheck) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.getArgByIndex<ExchangeRequest>(0);
    if (request.exchange.route?.isPublic) return true;
    return this.session.check(request, context.getArgByIndex<Response>(1)).then(() => true);
  }
}
