import { PollTransaction, namedTransaction } from '@app/authentication';
import { tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/legacy-controller.js';
import { loginNameOf } from '../../envelope/named-user.js';
import { type ExchangeRequest, endUserNetwork, note } from '../../exchange.js';
import { polledDetail } from './challenge-detail.js';
import { toldUser } from './told-detail.js';

const NOTHING = reply(false, { id: 0 });

/** `/validate/check_status`: how challenges stand (spec/validate-api §1.6). */
@LegacyController('validate')
export class TransactionsController {
  constructor(private readonly poll: PollTransaction) {}

  @Reads('check_status', {
    public: true,
    failure: NOTHING,
    summary: 'How the challenges of a transaction stand',
    parameters: [
      { name: 'transactionid', description: 'id of the transaction; also `state`, which goes before it' },
      { name: 'pass', description: 'PIN of the token; it may be empty', required: true },
      { name: 'user', description: 'who must be its owner: pass is then what policy otppin says' },
      { name: 'realm', description: 'realm of the user' },
      { name: 'serial', description: 'only the token of this serial' },
    ],
  })
  async checkStatus(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const id = parameters.text('state') ?? parameters.text('transactionid');
    const password = parameters.text('pass');
    if (id === null || password === null) {
      const info = `Missing required parameter ${id === null ? '"state" or "transactionid"' : '"pass"'}!`;
      note(exchange, { succeeded: false, info });
      return NOTHING;
    }
    const { challenges, told } = await this.poll.execute(
      {
        transaction: namedTransaction(id) ?? 'unknown',
        password,
        user: parameters.text('user') ? (configuration) => loginNameOf(parameters, configuration) : null,
        serial: parameters.text('serial') || null,
        network: endUserNetwork(exchange),
      },
      exchange.audit,
    );
    exchange.isRecorded = true;
    const polled = challenges.map(({ challenge, token }) => ({
      challenge,
      label: tokenType(token.type).label,
    }));
    const listed = {
      tokentype: polled.map(({ label }) => label).join(' '),
      serial: polled.map(({ challenge }) => challenge.serial).join(' '),
    };
    const more = told?.succeeded ? { ...toldUser(told.user), ...listed } : told && { error: told.error };
    const detail = { ...(polled.length > 0 && polledDetail(polled)), ...more };
    return reply(polled.length > 0, { id: 0, detail });
  }
}
