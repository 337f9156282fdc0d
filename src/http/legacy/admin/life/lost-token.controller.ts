import { Configuration } from '@app/realms';
import { ReplaceLostToken, type TemporaryMeans, type TokenTypeId } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { wireTypeName } from '../../../envelope/parameters/token-type-names.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';
import type { ExchangeRequest } from '../../../exchange.js';
import { optionalRecipient } from '../enrol/recipient.js';
import { infoDate } from '../../tokens/token-info.js';
import { tokenRights } from '../token-target.js';

/** `/admin/losttoken` (spec/admin-api §3.17). */
@LegacyController('admin')
export class LostTokenController {
  constructor(
    private readonly replaceLostToken: ReplaceLostToken,
    private readonly configuration: Configuration,
  ) {}

  @Changes('losttoken', {
    right: 'own',
    countsTokens: true,
    summary: 'Give the owner of a lost token a temporary password, and disable the token',
    parameters: [
      { name: 'serial', description: 'serial of the lost token', required: true },
      { name: 'type', description: 'password (default), email or sms: without an address, a password' },
      { name: 'email', description: 'address, instead of the user’s own' },
      { name: 'mobile', description: 'number, instead of the user’s own' },
    ],
  })
  async losttoken(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const serial = exchange.parameters.text('serial');
    if (serial === null) throw new WireError(UNSPECIFIC, "'serial'");
    const rights = tokenRights(exchange, 'losttoken');
    const configuration = this.configuration.current();
    const made = await this.replaceLostToken.execute(
      serial,
      meansOf(exchange.parameters),
      configuration,
      rights,
      exchange.audit,
    );
    exchange.isRecorded = true;
    // Members and their order as recorded (208).
    return reply({
      serial: made.serial,
      init: true,
      user: 1,
      ...(made.hasPin && { pin: 1 }),
      valid_to: 'xxxx',
      password: made.password ?? WHERE_TO_LOOK[made.type],
      end_date: infoDate(made.until),
      token_typ: wireTypeName(made.type),
      disable: 1,
    });
  }
}

const WHERE_TO_LOOK: Partial<Record<TokenTypeId, string>> = {
  email: 'Please check your emails',
  sms: 'Please check your phone',
};

/** Any other type is a password. @throws WireError for a recipient that is none */
function meansOf(parameters: Parameters): TemporaryMeans {
  switch (parameters.text('type')) {
    case 'email':
      return { kind: 'email', recipient: optionalRecipient(parameters, 'email') };
    case 'sms':
      return { kind: 'sms', recipient: optionalRecipient(parameters, 'mobile') };
    default:
      return { kind: 'password', recipient: null };
  }
}
