import { DevicePolicies, LookAtOwnChallenges, namedTransaction } from '@app/authentication';
import { policySubject } from '@app/realms';
import { AskOwnToken, FindOwnToken } from '@app/self-service';
import {
  ForeignToken,
  type Pairing,
  type SelfServicePolicies,
  type Token,
  UnknownToken,
  isBeingPaired,
  tokenType,
} from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { wireTypeName } from '../../../envelope/parameters/token-type-names.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';
import { type Exchange, type ExchangeRequest, endUserNetwork, note } from '../../../exchange.js';
import { currentUserOf } from '../../../session/users/cookie-user-session-check.js';
import { challengeDetail, polledDetail } from '../../validate/challenge-detail.js';

const REFUSED = reply(false, { id: 0 });

/** What activates a token that an app is paired with; others are active once they are enrolled. */
const RIGHTS = { qr: 'activate_QRToken', push: 'activate_PushToken' } as const;

/** `/userservice/activate_*`: the device of a new token answers a first challenge (spec/validate-api §4.11). */
@LegacyController('userservice', 'users')
export class ActivationController {
  constructor(
    private readonly findOwnToken: FindOwnToken,
    private readonly askOwnToken: AskOwnToken,
    private readonly challenges: LookAtOwnChallenges,
  ) {}

  @Changes('activate_init', {
    right: 'user',
    summary: 'Have a new token of one’s own ask its device',
    parameters: [{ name: 'serial', description: 'the token', required: true }],
  })
  async init(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const serial = required(exchange.parameters, 'serial');
    const { user, policies } = currentUserOf(exchange);
    const token = await this.#ownOrNoted(serial, exchange);
    if (!token) return REFUSED;
    const { pairing, label } = tokenType(token.type);
    if (pairing) demandActivation(policies, pairing);
    if (!pairing || !isBeingPaired(pairing, token)) {
      const info = pairing
        ? 'The token is in no state in which it is activated'
        : `Token type ${wireTypeName(token.type)} not supported for activation`;
      note(exchange, { serial, tokenType: label, info });
      return REFUSED;
    }
    const network = endUserNetwork(exchange);
    // A device that is being paired is shown the serial, and nothing else.
    const question = { user, serial, otp: '', transaction: null, text: serial, network };
    const { verdict } = await this.askOwnToken.execute(question, exchange.audit);
    exchange.isRecorded = true;
    return verdict.kind === 'challenged'
      ? reply(true, { id: 0, detail: challengeDetail(verdict, true) })
      : REFUSED;
  }

  @Changes('activate_check_status', {
    right: 'user',
    summary: 'How the challenge of an activation stands',
    parameters: [
      { name: 'transactionid', description: 'id of the transaction', required: true },
      { name: 'use_offline', description: 'with any value: what clients need to check answers offline' },
    ],
  })
  async checkStatus(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const id = required(exchange.parameters, 'transactionid');
    const { user } = currentUserOf(exchange);
    const found = await this.challenges.execute(namedTransaction(id) ?? 'unknown', user);
    const looked = found.filter(({ isExpired }) => !isExpired);
    const [first] = looked;
    if (!first) return REFUSED;
    // Its mere presence, as at `/validate/check_status`.
    const offline = exchange.parameters.has('use_offline')
      ? await this.challenges.offline(looked, devicePoliciesOf(exchange))
      : null;
    const polled = looked.map((one) => ({ ...one, offline: offline?.get(one.challenge.id) ?? null }));
    note(exchange, {
      succeeded: true,
      serial: first.challenge.serial,
      tokenType: tokenType(first.token.type).label,
    });
    return reply(true, { id: 0, detail: polledDetail(polled) });
  }

  /** @returns `null`: it is not the user's, and the record says why */
  async #ownOrNoted(serial: string, exchange: Exchange): Promise<Token | null> {
    try {
      return await this.findOwnToken.execute(serial, currentUserOf(exchange).user);
    } catch (error) {
      if (!(error instanceof UnknownToken || error instanceof ForeignToken)) throw error;
      note(exchange, { info: error.message });
      return null;
    }
  }
}

function devicePoliciesOf(exchange: Exchange): DevicePolicies {
  const { user, configuration, policies } = currentUserOf(exchange);
  return new DevicePolicies(configuration.policies, {
    subject: policySubject(user),
    realm: user.realm,
    isRealmUnclear: false,
    client: exchange.client,
    time: policies.time,
    ledBy: [],
  });
}

/** @throws SelfServiceDenied */
function demandActivation(policies: SelfServicePolicies, { type }: Pairing): void {
  policies.demand(RIGHTS[type]);
}

/** @throws WireError as LinOTP tells of what is missing here */
function required(parameters: Parameters, name: string): string {
  const text = parameters.text(name);
  if (text === null) throw new WireError(UNSPECIFIC, `'${name}'`);
  return text;
}
