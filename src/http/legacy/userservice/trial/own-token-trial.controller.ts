import { TryOwnToken } from '@app/self-service';
import { type Token, tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { LegacyController, Reads } from '../../../envelope/routes/legacy-controller.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';
import { type ExchangeRequest, endUserNetwork, note } from '../../../exchange.js';
import { currentUserOf } from '../../../session/users/cookie-user-session-check.js';
import { challengeState } from '../../validate/challenge-detail.js';
import { portalChallengeDetail } from '../portal-challenge.js';

const AT_HAND = { message: 'Please enter your otp', replyMode: ['offline'] };
/** Of what a login of the portal tells of a challenge. */
const TOLD = /^(message|replyMode|transactionId|transactionData|signrequest|linotp_forward_\w+)$/;

/** `/userservice/verify` (spec/validate-api §4.9). */
@LegacyController('userservice', 'users')
export class OwnTokenTrialController {
  constructor(private readonly tryOwnToken: TryOwnToken) {}

  @Reads('verify', {
    right: { scope: 'selfservice', action: 'verify' },
    summary: 'Try out a token of one’s own: have it ask, try an OTP, or look how its challenge stands',
    parameters: [
      { name: 'serial', description: 'the token; without an OTP it is asked for one' },
      { name: 'otp', description: 'OTP alone, without any PIN' },
      {
        name: 'transactionid',
        description: 'id of the challenge that the OTP answers, or that is looked at',
      },
      { name: 'state', description: 'the same, where transactionid is empty' },
    ],
  })
  async verify(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const { user } = currentUserOf(exchange);
    const serial = parameters.text('serial') || null;
    const transaction = parameters.text('transactionid') || parameters.text('state') || null;
    if (serial === null && transaction === null) {
      throw new WireError(905, 'Missing parameter: serial or transactionid');
    }
    const otp = parameters.text('otp') ?? '';
    const request = { serial, transaction, otp, network: endUserNetwork(exchange) };
    const trial = await this.tryOwnToken.execute(request, user, exchange.audit);
    switch (trial.kind) {
      case 'at-hand':
        note(exchange, { succeeded: false, ...tokenNoted(trial.token) });
        return reply(false, { detail: AT_HAND });
      case 'stands':
        note(exchange, { succeeded: trial.challenge.isValid, ...tokenNoted(trial.token) });
        return reply(trial.challenge.isValid, { detail: challengeState(trial.challenge) });
      case 'asked': {
        exchange.isRecorded = true;
        const [asked] = trial.verdict.challenges;
        // No other message is sent for now.
        if (asked?.wasAsked) throw new WireError(UNSPECIFIC, asked.message);
        const told = Object.entries(portalChallengeDetail(trial.verdict)).filter(([name]) => TOLD.test(name));
        return reply(false, { detail: Object.fromEntries(told) });
      }
      case 'tried':
        exchange.isRecorded = true;
        return reply(trial.isRight);
    }
  }
}

function tokenNoted({ serial, type }: Token) {
  return { serial, tokenType: tokenType(type).label };
}
