import { ActivateOcraToken, Authenticate, namedTransaction } from '@app/authentication';
import { ForeignToken, tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/routes/legacy-controller.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';
import { type Exchange, type ExchangeRequest, endUserNetwork } from '../../../exchange.js';
import { currentUserOf } from '../../../session/users/cookie-user-session-check.js';
import { activatedDetail } from '../../tokens/ocra-detail.js';
import { QUESTION, questionOf } from '../../question-parameters.js';
import { requiredOwnText } from '../own/required-own-text.js';

const { label } = tokenType('ocra2');
const TYPE = { name: 'type', description: 'ocra2', required: true } as const;

/** The second phase of an enrolment through the app, by the token's own user (spec/validate-api §4.11). */
@LegacyController('userservice', 'users')
export class OcraActivationController {
  constructor(
    private readonly activateOcraToken: ActivateOcraToken,
    private readonly authenticate: Authenticate,
  ) {}

  @Changes('activateocratoken', {
    right: 'user',
    countsTokens: true,
    summary: 'Activate an ocra2 token by the code that the app shows',
    parameters: [
      TYPE,
      { name: 'serial', description: 'serial of the token', required: true },
      { name: 'activationcode', description: 'what the app shows', required: true },
      { name: 'message', description: 'what the first question shows' },
      ...QUESTION,
    ],
  })
  async activate(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const { user, policies, configuration, session } = currentUserOf(exchange);
    // The second is the name of old.
    if (!policies.may('activateQR2')) policies.demand('activate_OCRA2');
    demandType(exchange);
    const activated = await this.activateOcraToken.execute(
      {
        serial: requiredOwnText(parameters, 'serial'),
        owner: user,
        code: requiredOwnText(parameters, 'activationcode'),
        wish: questionOf(parameters),
      },
      configuration,
      {
        realmChange: 'enable-own',
        demand: ({ serial, owner }) => {
          const isTheirs = user.references.some(
            ({ resolver, userId }) => owner?.resolver === resolver && owner.userId === userId,
          );
          if (!isTheirs) throw new ForeignToken(serial);
        },
      },
      exchange.audit,
    );
    exchange.isRecorded = true;
    const { app_import: url, ocraurl, serial, transactionid: transaction } = activatedDetail(activated);
    const { login, realm } = session.user;
    const ocratoken = { url, img: ocraurl.img, label: `${login}@${realm}`, serial, transaction };
    return reply({ activate: true, ocratoken });
  }

  @Changes('finishocra2token', {
    right: { scope: 'selfservice', action: 'enrollOCRA2' },
    summary: 'Answer the first challenge of an ocra2 token',
    parameters: [
      TYPE,
      { name: 'transactionid', description: 'id of the challenge', required: true },
      { name: 'state', description: 'the same; it goes before transactionid' },
      { name: 'pass', description: 'the one-time password', required: true },
    ],
  })
  async finish(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const { user } = currentUserOf(exchange);
    demandType(exchange);
    const password = requiredOwnText(parameters, 'pass');
    const id = parameters.text('state') ?? requiredOwnText(parameters, 'transactionid');
    const result = await this.authenticate.execute(
      {
        by: { kind: 'own', user, serial: null, as: 'trial' },
        password,
        typeLabel: label,
        path: 'userservice',
        needsAuthorization: false,
        transaction: namedTransaction(id) ?? 'unknown',
        hasText: false,
        messageText: '',
        mayOmitPin: false,
        network: endUserNetwork(exchange),
      },
      exchange.audit,
    );
    exchange.isRecorded = true;
    const { verdict, tried } = result;
    return reply({ value: verdict.kind === 'accepted', failcount: tried?.failures ?? 0 }, { id: null });
  }
}

/** @throws WireError for any other type */
function demandType({ parameters }: Exchange): void {
  const type = requiredOwnText(parameters, 'type');
  if (type.toLowerCase() !== label) {
    throw new WireError(UNSPECIFIC, `valid types is 'ocra2'. You provided ${type}`);
  }
}
