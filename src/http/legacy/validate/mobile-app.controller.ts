import { Authenticate, PairToken, namedTransaction } from '@app/authentication';
import { UnreadablePairing } from '@app/otp';
import { PairingRefused, WrongPairingState } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { type Exchange, type ExchangeRequest, endUserNetwork, note } from '../../exchange.js';
import { Verdicts } from '../tokens/verdicts.js';

const REJECTED = reply(false, { id: 0 });
const BROKEN = reply(false, { id: 0, status: false });
/** The value is always false (spec/validate-api §1.12). */
const PAIRED = reply(false, { id: 1 });
const SIGNED = [
  { name: 'transactionid', description: 'id of the transaction', required: true },
  { name: 'signature', description: 'of the device, in the URL-safe form of Base64', required: true },
];

/** `/validate/*`, as the mobile app calls it (spec/validate-api §1.11, §1.12). */
@LegacyController('validate')
export class MobileAppController {
  constructor(
    private readonly authenticate: Authenticate,
    private readonly pairToken: PairToken,
    private readonly verdicts: Verdicts,
  ) {}

  @Reads('accept_transaction', {
    public: true,
    isLogin: true,
    failure: REJECTED,
    summary: 'Answer a challenge by a signature: yes',
    parameters: SIGNED,
  })
  accept(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    return this.#confirm(exchange, 'accept');
  }

  @Reads('reject_transaction', {
    public: true,
    isLogin: true,
    failure: REJECTED,
    summary: 'Answer a challenge by a signature: no',
    parameters: SIGNED,
  })
  reject(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    return this.#confirm(exchange, 'reject');
  }

  @Reads('pair', {
    public: true,
    failure: BROKEN,
    summary: 'Pair a token with the app on its device',
    parameters: [{ name: 'pairing_response', description: 'what the app answers with', required: true }],
  })
  async pair(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const response = exchange.parameters.text('pairing_response');
    if (!response) {
      note(exchange, { succeeded: false, info: 'Parameter missing' });
      return BROKEN;
    }
    try {
      await this.pairToken.execute(response, exchange.audit);
    } catch (error) {
      const isRefusal =
        error instanceof UnreadablePairing ||
        error instanceof PairingRefused ||
        error instanceof WrongPairingState;
      if (!isRefusal) throw error;
      note(exchange, { succeeded: false, info: `ERR905: ${error.message}` });
      return BROKEN;
    }
    exchange.isRecorded = true;
    return PAIRED;
  }

  async #confirm(exchange: Exchange, confirms: 'accept' | 'reject'): Promise<LegacyReply> {
    const { parameters } = exchange;
    const signature = parameters.text('signature');
    const id = parameters.text('transactionid');
    if (signature === null || id === null) {
      const missing = signature === null ? 'signature' : 'transactionid';
      note(exchange, { succeeded: false, info: `ERR905: Missing parameter: '${missing}'!` });
      return REJECTED;
    }
    const request = {
      by: { kind: 'transaction' },
      password: signature,
      confirms,
      typeLabel: null,
      path: 'validate',
      needsAuthorization: true,
      transaction: namedTransaction(id) ?? 'unknown',
      hasText: false,
      messageText: '',
      mayOmitPin: false,
      network: endUserNetwork(exchange),
    } as const;
    const { verdict } = await this.authenticate.execute(request, exchange.audit);
    exchange.isRecorded = true;
    this.verdicts.decided(verdict);
    // A rejection that is signed rightly is an answer like any other (spec/validate-api §1.11): nobody is let in by it.
    const isSigned = verdict.kind === 'accepted' || verdict.kind === 'declined';
    return reply(isSigned, { id: 1 });
  }
}
