import { Configuration } from '@app/realms';
import { CopyOwner, CopyPin, type Copying, SetRealms } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { rightsOf } from '../../../envelope/access/rights.guard.js';
import { missingParameter } from '../../../envelope/errors/wire-error.js';
import type { ExchangeRequest } from '../../../exchange.js';
import { requiredText } from '../../required-text.js';
import { tokenRights } from '../token-target.js';

const FROM = { name: 'from', description: 'serial of the token to copy from', required: true };
const TO = { name: 'to', description: 'serial of the token to copy to', required: true };

/** `/admin/tokenrealm`, `copyTokenPin`, `copyTokenUser` (spec/admin-api §3.14 to §3.16). */
@LegacyController('admin')
export class TokenMovesController {
  constructor(
    private readonly setRealms: SetRealms,
    private readonly copyPin: CopyPin,
    private readonly copyOwner: CopyOwner,
    private readonly configuration: Configuration,
  ) {}

  @Changes('tokenrealm', {
    right: 'own',
    countsTokens: true,
    summary: 'Put a token into other realms',
    parameters: [
      { name: 'serial', description: 'serial of the token', required: true },
      {
        name: 'realms',
        description: 'comma-separated, instead of those it is in; empty: none',
        required: true,
      },
    ],
  })
  async tokenrealm(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const serial = requiredText(parameters, 'serial');
    if (!parameters.has('realms')) throw missingParameter('realms');
    const names = parameters
      .list('realms')
      .flatMap((list) => list.split(','))
      .map((name) => name.trim())
      .filter((name) => name !== '');
    const manage = rightsOf(exchange).realmsFor('manageToken');
    await this.setRealms.execute(serial, names, this.configuration.current(), manage, exchange.audit);
    exchange.isRecorded = true;
    return reply(1);
  }

  @Changes('copyTokenPin', {
    right: 'own',
    summary: 'Give a token the PIN of another',
    parameters: [FROM, TO],
  })
  async copyTokenPin(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const copying = copyingOf(exchange.parameters);
    await this.copyPin.execute(copying, tokenRights(exchange, 'copytokenpin'), exchange.audit);
    exchange.isRecorded = true;
    return reply(true);
  }

  @Changes('copyTokenUser', {
    right: 'own',
    countsTokens: true,
    summary: 'Give a token the owner and the realms of another',
    parameters: [FROM, TO],
  })
  async copyTokenUser(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const copying = copyingOf(exchange.parameters);
    const rights = tokenRights(exchange, 'copytokenuser');
    await this.copyOwner.execute(copying, this.configuration.current(), rights, exchange.audit);
    exchange.isRecorded = true;
    return reply(true);
  }
}

function copyingOf(parameters: Parameters): Copying {
  return { from: requiredText(parameters, 'from'), to: requiredText(parameters, 'to') };
}
