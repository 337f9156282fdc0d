import { Clock } from '@app/kernel';
import { Configuration, DURATION } from '@app/realms';
import { FindTokenByOtp, LookUpTotp, type OtpSearch, type PastOtp, tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { LegacyController, Reads } from '../../../envelope/routes/legacy-controller.js';
import { withEnvelopeId } from '../../../envelope/errors/legacy-errors.js';
import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { typeByWireName } from '../../../envelope/parameters/token-type-names.js';
import { UNSPECIFIC, WireError, missingParameter } from '../../../envelope/errors/wire-error.js';
import { type Exchange, type ExchangeRequest, note } from '../../../exchange.js';
import { askedRealm } from '../../users/asked-realm.js';
import { switchWord } from '../../python-text.js';
import { requiredText } from '../../required-text.js';
import { ownerSpecification } from '../../users/resolver-names.js';
import { tokenRights } from '../token-target.js';

/** `/admin/getSerialByOtp`, `totp_lookup` (spec/admin-api §3.19, §3.23). */
@LegacyController('admin')
export class OtpLookupController {
  constructor(
    private readonly findToken: FindTokenByOtp,
    private readonly lookUp: LookUpTotp,
    private readonly configuration: Configuration,
    private readonly clock: Clock,
  ) {}

  @Reads('getSerialByOtp', {
    right: 'own',
    summary: 'The token that made an OTP; the OTP is spent by it',
    parameters: [
      { name: 'otp', description: 'the one-time password', required: true },
      { name: 'type', description: 'hmac or totp: only tokens of this type' },
      { name: 'realm', description: 'only tokens of this realm' },
      { name: 'assigned', description: '1: only tokens with an owner; 0: only those without' },
    ],
  })
  async getSerialByOtp(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const otp = requiredText(parameters, 'otp');
    const configuration = this.configuration.current();
    const rights = tokenRights(exchange, 'getserial');
    rights.demandForUser(askedRealm(parameters, configuration));
    const search = otpSearch(otp, parameters);
    const found = await this.findToken.execute(
      search,
      this.clock.now(),
      configuration,
      rights,
      exchange.audit,
    );
    if (found) exchange.isRecorded = true;
    return reply({
      success: true,
      serial: found?.serial ?? '',
      user_login: found?.login ?? '',
      user_resolver: found?.owner ? ownerSpecification(found.owner) : '',
    });
  }

  @Reads('totp_lookup', {
    right: 'own',
    summary: 'When a TOTP value that is over was valid',
    parameters: [
      { name: 'serial', description: 'serial of the token', required: true },
      { name: 'otp', description: 'the one-time password', required: true },
      { name: 'window', description: 'how far back: 24h (default), 10m, PT2H; up to 90 days' },
    ],
  })
  async totpLookup(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const serial = required(parameters, 'serial');
    const otp = required(parameters, 'otp');
    const windowSeconds = windowOf(parameters);
    const rights = tokenRights(exchange, 'totp_lookup');
    const found = await this.lookUp.execute(serial, otp, windowSeconds, this.clock.now(), rights);
    record(found, exchange);
    if (found.kind !== 'found') return reply(false);
    const { counter, stepSeconds } = found;
    const seconds = counter * stepSeconds;
    const time = new Date(seconds * 1000).toISOString().slice(0, 19);
    return reply(true, { detail: { serial, otp, counter, time, seconds, span: stepSeconds } });
  }
}

/** @throws WireError */
function otpSearch(otp: string, parameters: Parameters): OtpSearch {
  const type = parameters.text('type');
  const known = type ? typeByWireName(type) : null;
  const realm = parameters.text('realm')?.toLowerCase();
  const assigned = parameters.text('assigned');
  const isAssigned = assigned ? switchWord(assigned) : null;
  if (assigned && isAssigned === null) throw new WireError(UNSPECIFIC, 'assigned must be 1 or 0');
  return {
    otp,
    ...(type && { types: known ? [known] : [] }),
    ...(realm && { realm }),
    ...(isAssigned !== null && { assigned: isAssigned }),
  };
}

function required(parameters: Parameters, name: string): string {
  const text = parameters.text(name);
  if (text === null) throw withEnvelopeId(missingParameter(name), 0);
  return text;
}

function windowOf(parameters: Parameters): number {
  const text = parameters.text('window') || '24h';
  const seconds = DURATION.parse(text);
  if (seconds !== undefined) return seconds;
  throw new WireError(UNSPECIFIC, 'window must be a duration such as 24h, 10m or PT2H', { envelopeId: 0 });
}

function record(found: PastOtp, exchange: Exchange): void {
  if (found.kind === 'no-token') {
    note(exchange, { info: 'no token found' });
    return;
  }
  const { serial, type, realms } = found.token;
  note(exchange, {
    succeeded: found.kind === 'found',
    serial,
    tokenType: tokenType(type).label,
    realm: realms.join(' '),
  });
}
