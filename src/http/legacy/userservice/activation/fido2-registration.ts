import { RegisterKey, RenewKeyRequest, type Token } from '@app/tokens';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import type { Exchange } from '../../../exchange.js';
import { currentUserOf } from '../../../session/users/cookie-user-session-check.js';
import { ATTESTATION, registeredKey } from '../../tokens/key-registration.js';
import { requiredOwnText } from '../own/required-own-text.js';
import type { KeyRegistration } from './key-registrations.js';

/** Users register security keys of their own: their tokens alone are asked for. */
export class Fido2Registration implements KeyRegistration {
  constructor(
    private readonly renewKeyRequest: RenewKeyRequest,
    private readonly registerKey: RegisterKey,
  ) {}

  async begin({ serial }: Token, exchange: Exchange): Promise<LegacyReply> {
    const { user, configuration } = currentUserOf(exchange);
    const registerrequest = await this.renewKeyRequest.execute(serial, user, configuration, exchange.audit);
    exchange.isRecorded = true;
    return reply(true, { detail: { serial, registerrequest } });
  }

  finish({ serial }: Token, exchange: Exchange): Promise<LegacyReply> {
    const response = requiredOwnText(exchange.parameters, ATTESTATION);
    return registeredOwnKey(this.registerKey, serial, response, exchange);
  }
}

/** @throws NotKeyOwner for a token of somebody else, and whatever else speaks against it */
export function registeredOwnKey(
  registerKey: RegisterKey,
  serial: string,
  response: string,
  exchange: Exchange,
): Promise<LegacyReply> {
  const { user, configuration } = currentUserOf(exchange);
  const wish = { serial, owner: user, response };
  // Whose it is, is asked for anyhow.
  const terms = { realmChange: 'enable-own', demand: () => undefined } as const;
  return registeredKey(registerKey, wish, configuration, terms, exchange);
}
