import { Configuration } from '@app/realms';
import { ReplaceLostToken } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/legacy-controller.js';
import { UNSPECIFIC, WireError } from '../../../envelope/wire-error.js';
import type { ExchangeRequest } from '../../../exchange.js';
import { infoDate } from '../../token-info.js';
import { tokenRights } from '../token-target.js';

/** `/admin/losttoken` (spec/admin-api §3.17). */
@LegacyController('admin')
export class LostTokenController {
  constructor(
    private readonly replaceLostToken: ReplaceLostToken,
    private readonly configuration: Configuration,
  ) {}

  /** Without tokens of other types, `type` means what it means where their addresses are missing: a password. */
  @Changes('losttoken', {
    right: 'own',
    summary: 'Give the owner of a lost token a temporary password, and disable the token',
    parameters: [
      { name: 'serial', description: 'serial of the lost token', required: true },
      { name: 'type', description: 'password; email and sms fall back to it' },
    ],
  })
  async losttoken(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const serial = exchange.parameters.text('serial');
    if (serial === null) throw new WireError(UNSPECIFIC, "'serial'");
    const rights = tokenRights(exchange, 'losttoken');
    const configuration = this.configuration.current();
    const made = await this.replaceLostToken.execute(serial, configuration, rights, exchange.audit);
    exchange.isRecorded = true;
    // Members and their order as recorded (208).
    return reply({
      serial: made.serial,
      init: true,
      user: 1,
      ...(made.hasPin && { pin: 1 }),
      valid_to: 'xxxx',
      password: made.password,
      end_date: infoDate(made.until),
      token_typ: 'pw',
      disable: 1,
    });
  }
}
