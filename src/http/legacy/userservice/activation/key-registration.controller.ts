import { FindOwnToken } from '@app/self-service';
import { ForeignToken, RegisterKey, RenewKeyRequest, tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/routes/legacy-controller.js';
import { wireTypeName } from '../../../envelope/parameters/token-type-names.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';
import type { Exchange, ExchangeRequest } from '../../../exchange.js';
import { currentUserOf } from '../../../session/users/cookie-user-session-check.js';
import { ATTESTATION } from '../../tokens/key-registration.js';
import { requiredOwnText } from '../own/required-own-text.js';
import { registeredOwnKey } from './own-key-registration.js';

const RIGHT = { scope: 'selfservice', action: 'enrollFIDO2' } as const;
const SERIAL = { name: 'serial', description: 'the token', required: true } as const;

/** `/userservice/fido2_activate_*`: the second phase of enrolling a key (spec/validate-api §4.11). */
@LegacyController('userservice', 'users')
export class KeyRegistrationController {
  constructor(
    private readonly findOwnToken: FindOwnToken,
    private readonly renewKeyRequest: RenewKeyRequest,
    private readonly registerKey: RegisterKey,
  ) {}

  @Changes('fido2_activate_begin', {
    right: RIGHT,
    summary: 'Ask a key for its registration anew',
    parameters: [SERIAL],
  })
  async begin(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const serial = await this.#meant(exchange);
    const { user, configuration } = currentUserOf(exchange);
    const registerrequest = await this.renewKeyRequest.execute(serial, user, configuration, exchange.audit);
    exchange.isRecorded = true;
    return reply(true, { detail: { serial, registerrequest } });
  }

  @Changes('fido2_activate_finish', {
    right: RIGHT,
    summary: 'Register a key by its answer',
    parameters: [SERIAL, { name: ATTESTATION, description: 'what the key answered', required: true }],
  })
  async finish(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const serial = await this.#meant(exchange);
    const response = requiredOwnText(exchange.parameters, ATTESTATION);
    return registeredOwnKey(this.registerKey, serial, response, exchange);
  }

  /** @returns the serial @throws WireError unless it is a key of the user's own */
  async #meant(exchange: Exchange): Promise<string> {
    const serial = requiredOwnText(exchange.parameters, 'serial');
    const { user } = currentUserOf(exchange);
    const { type } = await this.findOwnToken.execute(serial, user).catch((error: unknown) => {
      if (!(error instanceof ForeignToken)) throw error;
      throw new WireError(UNSPECIFIC, `User '${user.login}' is not owner of token ${serial}`, {
        cause: error,
      });
    });
    if (!tokenType(type).registersKey) {
      throw new WireError(905, `Token ${serial} is not a FIDO2 token (type=${wireTypeName(type)})`);
    }
    return serial;
  }
}
