import { Denied, Invalid } from '@app/kernel';
import { Configuration } from '@app/realms';
import { ChangeSettings, SetValidity, TokenRights, type TokenSettings } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { Changes, LegacyController } from '../../envelope/routes/legacy-controller.js';
import type { Exchange, ExchangeRequest } from '../../exchange.js';
import { withEnvelopeId } from '../../envelope/errors/legacy-errors.js';
import { pythonList } from '../python-text.js';
import { RequestUsers } from '../users/request-user.js';
import { parseSettings, settingFailed } from './settings-parameters.js';
import { tokenRights, tokenTarget } from './token-target.js';
import { parseValidity, validitySerials } from './validity-parameters.js';

const LONGEST_DETAIL = 80;

/** `/admin/set` (spec/admin-api §3.11). */
@LegacyController('admin')
export class TokenSettingsController {
  constructor(
    private readonly changeSettings: ChangeSettings,
    private readonly validity: SetValidity,
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
      { name: 'timeShift', description: 'seconds that the clock of the device is off (totp)' },
      { name: 'hashlib', description: 'sha1, sha256 or sha512 (hmac, totp)' },
      { name: 'countAuth', description: 'attempts so far' },
      { name: 'countAuthMax', description: 'attempts; 0: not limited' },
      { name: 'countAuthSuccess', description: 'accepted logins so far' },
      { name: 'countAuthSuccessMax', description: 'accepted logins; 0: not limited' },
      { name: 'validityPeriodStart', description: 'dd/mm/yy HH:MM in UTC' },
      { name: 'validityPeriodEnd', description: 'dd/mm/yy HH:MM in UTC' },
      { name: 'phone', description: 'of an SMS token' },
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
    return reply(members(count));
  }

  @Changes('setValidity', {
    right: 'own',
    summary: 'Set when and how often tokens may be used',
    parameters: [
      { name: 'tokens[]', description: 'serials', required: true },
      { name: 'countAuthMax', description: 'attempts, or unlimited' },
      { name: 'countAuthSuccessMax', description: 'accepted logins, or unlimited' },
      { name: 'validityPeriodStart', description: 'seconds since 1970, or unlimited' },
      { name: 'validityPeriodEnd', description: 'seconds since 1970, or unlimited' },
    ],
  })
  async setValidity(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const parameters = exchange.parameters.lowerCased();
    const rights = tokenRights(exchange, 'set');
    try {
      const serials = validitySerials(parameters);
      const limits = parseValidity(parameters);
      const detail = pythonList(serials).slice(0, LONGEST_DETAIL);
      await this.validity.execute(serials, limits, detail, rights, exchange.audit);
      exchange.isRecorded = true;
      return reply(serials);
    } catch (error) {
      // A refusal of policies keeps its own (spec/admin-api §3.13).
      throw error instanceof Denied ? error : withEnvelopeId(error, 0);
    }
  }
}

/** A right for the PIN, and one for everything else: LinOTP asks for it for four of the settings only. */
function settingsRights(exchange: Exchange, { pin, ...others }: TokenSettings): TokenRights {
  const ofPin = pin === undefined ? TokenRights.ALL : tokenRights(exchange, 'setOTPPIN');
  const isPinAll = pin !== undefined && Object.keys(others).length === 0;
  return isPinAll ? ofPin : ofPin.and(tokenRights(exchange, 'set'));
}
