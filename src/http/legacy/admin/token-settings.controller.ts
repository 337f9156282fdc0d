import { Invalid } from '@app/kernel';
import { Configuration } from '@app/realms';
import { ChangeSettings, TokenRights, type TokenSettings } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { Changes, LegacyController } from '../../envelope/legacy-controller.js';
import type { Exchange, ExchangeRequest } from '../../exchange.js';
import { RequestUsers } from '../request-user.js';
import { parseSettings, settingFailed } from './settings-parameters.js';
import { tokenRights, tokenTarget } from './token-target.js';

/** `/admin/set` (spec/admin-api §3.11). */
@LegacyController('admin')
export class TokenSettingsController {
  constructor(
    private readonly changeSettings: ChangeSettings,
    private readonly configuration: Configuration,
    private readonly users: RequestUsers,
  ) {}

  @Changes('set', {
    right: 'own',
    summary: 'Change settings of tokens',
    parameters: [
      { name: 'serial', description: 'serial, or a pattern with *' },
      { name: 'user', description: 'login or login@realm' },
      { name: 'realm', description: 'realm of the user' },
      { name: 'pin', description: 'token PIN' },
      { name: 'MaxFailCount', description: 'failures after which the token is locked' },
      { name: 'SyncWindow', description: 'counters that resync searches' },
      { name: 'CounterWindow', description: 'counters (or time steps) that a login searches' },
      { name: 'OtpLen', description: 'digits of a one-time password' },
      { name: 'description', description: 'up to 80 characters' },
      { name: 'timeWindow', description: 'seconds (totp)' },
      { name: 'timeStep', description: '30 or 60 seconds; one token by serial (totp)' },
    ],
  })
  async set(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const parameters = exchange.parameters.lowerCased();
    const { settings, recorded, members } = parseSettings(parameters);
    const user = await this.users.lookup(parameters);
    const rights = settingsRights(exchange, settings);
    const target = tokenTarget(parameters, user, rights);
    const count = await this.changeSettings
      .execute(target, settings, recorded, this.configuration.current(), rights, exchange.audit)
      .catch((error: unknown) => {
        if (!(error instanceof Invalid)) throw error;
        throw settingFailed(error.parameter, `TokenAdminError(|${error.message}|)`);
      });
    exchange.isRecorded = true;
    return reply(Object.fromEntries(members.map((member) => [member, count])));
  }
}

/** A right for the PIN, and one for everything else: LinOTP asks for it for four of the settings only. */
function settingsRights(exchange: Exchange, { pin, ...others }: TokenSettings): TokenRights {
  const ofPin = pin === undefined ? TokenRights.ALL : tokenRights(exchange, 'setOTPPIN');
  const isPinAll = pin !== undefined && Object.keys(others).length === 0;
  return isPinAll ? ofPin : ofPin.and(tokenRights(exchange, 'set'));
}
