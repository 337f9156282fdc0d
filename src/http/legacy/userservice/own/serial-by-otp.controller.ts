import { FindUnassignedSerial } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { LegacyController, Reads } from '../../../envelope/routes/legacy-controller.js';
import type { ExchangeRequest } from '../../../exchange.js';
import { currentUserOf } from '../../../session/users/cookie-user-session-check.js';
import { requiredOwnText } from './required-own-text.js';

/** Users find a token that lies before them (spec/validate-api §4.8). */
@LegacyController('userservice', 'users')
export class SerialByOtpController {
  constructor(private readonly findUnassignedSerial: FindUnassignedSerial) {}

  @Reads('getSerialByOtp', {
    right: { scope: 'selfservice', action: 'getserial' },
    summary: 'Find the serial of a token that nobody has by an OTP of it',
    parameters: [
      { name: 'otp', description: 'the OTP, which is spent by it', required: true },
      { name: 'type', description: 'only tokens of this type' },
    ],
  })
  async getSerialByOtp(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters, audit } = exchange;
    const otp = requiredOwnText(parameters, 'otp');
    const { user } = currentUserOf(exchange);
    const type = parameters.text('type') || null;
    const serial = await this.findUnassignedSerial.execute(otp, type, user, audit);
    exchange.isRecorded = true;
    return reply({ serial });
  }
}
