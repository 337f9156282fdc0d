import { Denied } from '@app/kernel';
import { SetUserPin, TokenStore, UnknownToken, tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/routes/legacy-controller.js';
import { withEnvelopeId } from '../../../envelope/errors/legacy-errors.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';
import type { Exchange, ExchangeRequest } from '../../../exchange.js';
import { requiredText } from '../../required-text.js';
import { userPinOf } from '../enrol/enrolment-parameters.js';
import { tokenRights } from '../token-target.js';

/** `/admin/setPin` (spec/admin-api §3.12). */
@LegacyController('admin')
export class UserPinController {
  constructor(
    private readonly setUserPin: SetUserPin,
    private readonly store: TokenStore,
  ) {}

  @Changes('setPin', {
    right: 'own',
    summary: 'Set the PIN that a device asks for (motp, ocra2)',
    parameters: [
      { name: 'serial', description: 'serial of the token', required: true },
      { name: 'userpin', description: 'the PIN', required: true },
    ],
  })
  async setPin(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    try {
      await this.#set(exchange);
    } catch (error) {
      // A refusal of policies keeps its own.
      throw error instanceof Denied ? error : withEnvelopeId(error, 0);
    }
    return reply({ 'set userpin': 1 });
  }

  /** What is wrong is said in LinOTP's order: serial, token, type, PIN; of tokens out of reach nothing is. */
  async #set(exchange: Exchange): Promise<void> {
    const parameters = exchange.parameters.lowerCased();
    const serial = requiredText(parameters, 'serial');
    const token = await this.store.find(serial);
    const type = token && tokenType(token.type);
    const isOcra = token?.type === 'ocra2';
    const rights = isOcra ? tokenRights(exchange, 'setOCRAPIN') : tokenRights(exchange, 'setMOTPPIN');
    rights.demandAnywhere(serial);
    if (!token || !type) throw new UnknownToken(serial);
    rights.demand(token);
    if (!type.hasUserPin) {
      const { label } = type;
      throw new WireError(UNSPECIFIC, `This type of pin cannot be set for a ${label} token.`);
    }
    const userPin = userPinOf(parameters, 'userpin');
    await this.setUserPin.execute(serial, userPin, rights, exchange.audit);
    exchange.isRecorded = true;
  }
}
