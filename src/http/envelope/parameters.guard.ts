import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

import type { ExchangeRequest } from '../exchange.js';
import { readParameters } from './read-parameters.js';

/** Reads the parameters for everyone after it. */
@Injectable()
export class ParametersGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.getArgByIndex<ExchangeRequest>(0);
    request.exchange.parameters = await readParameters(request);
    return true;
  }
}
