import { createHash, timingSafeEqual } from 'node:crypto';

import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import type { Response } from 'express';

import { SessionCheck } from '../envelope/access/session-ports.js';
import { NotAuthenticated } from '../envelope/errors/wire-error.js';
import type { ExchangeRequest } from '../exchange.js';

/** The bearer token of monitoring systems; `null`: only administrators get in. */
export class OperatorToken {
  readonly #digest: Buffer | null;

  constructor(token: string | null) {
    this.#digest = token === null || token === '' ? null : digest(token);
  }

  matches(candidate: string): boolean {
    return this.#digest !== null && timingSafeEqual(this.#digest, digest(candidate));
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** Lets in who shows the bearer token, and administrators who are logged in. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(
    private readonly token: OperatorToken,
    private readonly session: SessionCheck,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.getArgByIndex<ExchangeRequest>(0);
    const [scheme, credentials] = (request.headers.authorization ?? '').split(' ');
    if (scheme?.toLowerCase() === 'bearer' && credentials && this.token.matches(credentials)) return true;
    try {
      await this.session.check(request, context.getArgByIndex<Response>(1));
      return true;
    } catch (error) {
      if (error instanceof NotAuthenticated) throw new UnauthorizedException();
      throw error;
    }
  }
}
