import { Configuration } from '@app/realms';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

import type { ExchangeRequest } from '../exchange.js';
import { recordedUser } from './named-user.js';
import { readParameters } from './read-parameters.js';

/** Reads the parameters for everyone after it, and notes for the record whom they name. */
@Injectable()
export class ParametersGuard implements CanActivate {
  constructor(private readonly configuration: Configuration) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.getArgByIndex<ExchangeRequest>(0);
    const { exchange } = request;
    const parameters = await readParameters(request);
    exchange.parameters = parameters;
    if (parameters.has('user') || parameters.has('realm')) {
      exchange.audit = { ...exchange.audit, ...recordedUser(parameters, this.configuration.current()) };
    }
    return true;
  }
}
