import { FindOwnToken } from '@app/self-service';
import { ForeignToken, type Token } from '@app/tokens';
import { Req } from '@nestjs/common';

import type { LegacyReply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/routes/legacy-controller.js';
import { wireTypeName } from '../../../envelope/parameters/token-type-names.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';
import type { Exchange, ExchangeRequest } from '../../../exchange.js';
import { currentUserOf } from '../../../session/users/cookie-user-session-check.js';
import { requiredOwnText } from '../own/required-own-text.js';
import { type KeyRegistration, KeyRegistrations } from './key-registrations.js';

const RIGHT = { scope: 'selfservice', action: 'enrollFIDO2' } as const;
const SERIAL = { name: 'serial', description: 'the token', required: true } as const;

/** `/userservice/fido2_activate_*`: the second phase of enrolling a key (spec/validate-api §4.11). */
@LegacyController('userservice', 'users')
export class KeyRegistrationController {
  constructor(
    private readonly findOwnToken: FindOwnToken,
    private readonly registrations: KeyRegistrations,
  ) {}

  @Changes('fido2_activate_begin', {
    right: RIGHT,
    summary: 'Ask a key for its registration anew',
    parameters: [SERIAL],
  })
  async begin(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { token, registration } = await this.#meant(exchange);
    return registration.begin(token, exchange);
  }

  @Changes('fido2_activate_finish', {
    right: RIGHT,
    summary: 'Register a key by its answer',
    parameters: [
      SERIAL,
      { name: 'attestationResponse', description: 'what the key answered', required: true },
    ],
  })
  async finish(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { token, registration } = await this.#meant(exchange);
    return registration.finish(token, exchange);
  }

  /** @throws WireError unless it is a key of the user's own */
  async #meant(exchange: Exchange): Promise<{ token: Token; registration: KeyRegistration }> {
    const serial = requiredOwnText(exchange.parameters, 'serial');
    const { user } = currentUserOf(exchange);
    const token = await this.findOwnToken.execute(serial, user).catch((error: unknown) => {
      if (!(error instanceof ForeignToken)) throw error;
      throw new WireError(UNSPECIFIC, `User '${user.login}' is not owner of token ${serial}`, {
        cause: error,
      });
    });
    const registration = this.registrations.of(token.type);
    if (!registration) {
      throw new WireError(905, `Token ${serial} is not a FIDO2 token (type=${wireTypeName(token.type)})`);
    }
    return { token, registration };
  }
}
