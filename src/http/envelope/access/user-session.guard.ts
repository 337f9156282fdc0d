import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

import type { ExchangeRequest } from '../../exchange.js';
import { UserSessionCheck } from './session-ports.js';
import { NoValidSession } from '../errors/wire-error.js';

/** No user without a session gets past it, nor one whose policies do not let them, except on public routes. */
@Injectable()
export class UserSessionGuard implements CanActivate {
  constructor(private readonly session: UserSessionCheck) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.getArgByIndex<ExchangeRequest>(0);
    const { route } = request.exchange;
    if (route?.isPublic) return true;
    if (!route) throw new NoValidSession();
    return this.session.check(request, route).then(() => true);
  }
}
