import { Configuration, userFields } from '@app/realms';
import {
  FindFreeSerial,
  FindTokenOwner,
  type Ownership,
  TokenStore,
  UnknownToken,
  tokenType,
} from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { LegacyController, Reads } from '../../../envelope/routes/legacy-controller.js';
import { RealmDenied } from '../../../envelope/errors/right-missing.js';
import { rightsOf } from '../../../envelope/access/rights.guard.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';
import { type Exchange, type ExchangeRequest, note } from '../../../exchange.js';
import { askedRealm } from '../../users/asked-realm.js';
import { pythonQuoted } from '../../python-text.js';
import { requiredText } from '../../required-text.js';

/** `/admin/check_serial`, `getTokenOwner` (spec/admin-api §3.18, §3.20). */
@LegacyController('admin')
export class TokenLookupController {
  constructor(
    private readonly freeSerial: FindFreeSerial,
    private readonly findOwner: FindTokenOwner,
    private readonly store: TokenStore,
    private readonly configuration: Configuration,
  ) {}

  @Reads('check_serial', {
    right: 'login',
    summary: 'Whether a serial is free, or one like it that is',
    parameters: [{ name: 'serial', description: 'the serial that is wanted', required: true }],
  })
  async checkSerial(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const serial = requiredText(exchange.parameters, 'serial');
    const free = await this.freeSerial.execute(serial);
    const unique = free === serial;
    note(exchange, {
      succeeded: true,
      serial,
      detail: `${unique ? 'True' : 'False'} - ${pythonQuoted(free)}`,
    });
    return reply({ unique, new_serial: free });
  }

  @Reads('getTokenOwner', {
    right: 'own',
    summary: 'Whose a token is',
    parameters: [{ name: 'serial', description: 'serial of the token', required: true }],
  })
  async getTokenOwner(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const serial = exchange.parameters.text('serial');
    if (serial === null) throw new WireError(UNSPECIFIC, "'serial'");
    const configuration = this.configuration.current();
    const rights = rightsOf(exchange).realmsFor('tokenowner');
    const denied = new RealmDenied('tokenowner', askedRealm(exchange.parameters, configuration));
    if (rights.isNowhere) throw denied;
    const token = await this.store.find(serial);
    if (!token) throw new UnknownToken(serial);
    if (!rights.hasOneOf(token.realms)) throw denied;
    note(exchange, { serial, tokenType: tokenType(token.type).label, realm: token.realms.join(' ') });
    const ownership = await this.findOwner.execute(token, configuration);
    return reply(ownerRecord(ownership, exchange));
  }
}

/** Without a hash of the password, which LinOTP's answer has (spec/admin-api §3.20, "Do better"). @throws WireError */
function ownerRecord(ownership: Ownership, exchange: Exchange): object {
  switch (ownership.kind) {
    case 'unassigned':
      note(exchange, { succeeded: true });
      return {};
    case 'orphaned':
      throw noOwner(ownership.owner.userId, 'is not known to its resolver any more');
    case 'known': {
      const { user, realms } = ownership;
      const [realm, ...others] = realms;
      if (realm === undefined) throw noOwner(user.login, 'is in none of the realms of the token');
      if (others.length > 0) throw noOwner(user.login, 'is in several realms of the token');
      note(exchange, { succeeded: true, user: user.login, realm });
      return { ...userFields(user.record), ...user.record.attributes };
    }
  }
}

function noOwner(who: string, why: string): WireError {
  return new WireError(UNSPECIFIC, `get_token_owner: The user ${pythonQuoted(who)} ${why}`);
}
