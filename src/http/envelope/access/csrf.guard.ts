import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

import type { ExchangeRequest } from '../../exchange.js';
import { CsrfCheck } from './session-ports.js';

/** Asks for proof that a change was meant. */
@Injectable()
export class CsrfGuard implements CanActivate {
  constructor(private readonly csrf: CsrfCheck) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.getArgByIndex<ExchangeRequest>(0);
    const { route } = request.exchange;
    if (route?.isPublic) return true;
    const isSafe = request.method === 'GET' || request.method === 'HEAD';
    // A changing function called with GET, as old clients do, is a change like any other.
    if (!isSafe || route?.kind === 'changes') this.csrf.check(request);
    return true;
  }
}
