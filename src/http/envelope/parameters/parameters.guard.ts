import { Configuration } from '@app/realms';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

import type { Exchange, ExchangeRequest } from '../../exchange.js';
import { pythonQuoted } from '../../legacy/python-text.js';
import { namedAddress } from '../../server/client-address.js';
import { recordedUser } from './named-user.js';
import { readParameters } from './read-parameters.js';
import { UNSPECIFIC, WireError } from '../errors/wire-error.js';

/** Reads the parameters for everyone after it, and notes for the record whom they name. */
@Injectable()
export class ParametersGuard implements CanActivate {
  constructor(private readonly configuration: Configuration) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.getArgByIndex<ExchangeRequest>(0);
    const { exchange } = request;
    const parameters = await readParameters(request);
    exchange.parameters = parameters;
    if (exchange.origin.mayNameClient) takeNamedClient(exchange, parameters.text('client'));
    if (parameters.has('user') || parameters.has('realm')) {
      exchange.audit = { ...exchange.audit, ...recordedUser(parameters, this.configuration.current()) };
    }
    return true;
  }
}

/** @throws WireError for anything but an address (spec/system-api §2.5) */
function takeNamedClient(exchange: Exchange, named: string | null): void {
  if (named === null || named === '') return;
  const client = namedAddress(named);
  if (client === null) {
    throw new WireError(UNSPECIFIC, `client address is not a dotted quad: ${pythonQuoted(named)}`);
  }
  exchange.client = client;
  exchange.audit = { ...exchange.audit, client };
}
