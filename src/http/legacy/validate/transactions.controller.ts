import { PollTransaction, namedTransaction } from '@app/authentication';
import { tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { loginNameOf } from '../../envelope/parameters/named-user.js';
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
    isLogin: true,
    failure: NOTHING,
    summary: 'How the challenges of a transaction stand',
    parameters: [
      { name: 'transactionid', description: 'id of the transaction' },
      { name: 'state', description: 'the same; it goes before transactionid' },
      { name: 'pass', description: 'PIN of the token; it may be empty', required: true },
      { name: 'user', description: 'who must be its owner: pass is then what policy otppin says' },
      { name: 'realm', description: 'realm of the user' },
      { name: 'serial', description: 'only the token of this serial' },
      { name: 'use_offline', description: 'with any value: what clients need to check answers offline' },
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
        // Its mere presence (spec/validate-api §1.6).
        wantsOffline: parameters.has('use_offline'),
      },
      exchange.audit,
    );
    exchange.isRecorded = true;
    const listed = {
      tokentype: challenges.map(({ token }) => tokenType(token.type).label).join(' '),
      serial: challenges.map(({ challenge }) => challenge.serial).join(' '),
    };
    const more = told?.succeeded ? { ...toldUser(told.user), ...listed } : told && { error: told.error };
    const isAny = challenges.length > 0;
    return reply(isAny, { id: 0, detail: { ...(isAny && polledDetail(challenges)), ...more } });
  }
}
