import { Authenticate, type LoginRequest, type LoginResult } from '@app/authentication';
import { cleanText } from '@app/kernel';
import { tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/legacy-controller.js';
import { loginNameOf } from '../../envelope/named-user.js';
import type { Parameters } from '../../envelope/parameters.js';
import { type Exchange, type ExchangeRequest, note } from '../../exchange.js';
import { RawReply } from '../../server/raw-reply.js';
import { Verdicts } from '../verdicts.js';
import { toldDetail } from './told-detail.js';
import { yubikeySerials } from './yubikey-serials.js';

const HTML = 'text/html; charset=utf-8';
const REJECTED = reply(false, { id: 0 });
const BROKEN = reply(false, { id: 0, status: false });
const SMILE = new RawReply(':-)', HTML);
const FROWN = new RawReply(':-(', HTML);
const PASS = { name: 'pass', description: 'PIN and one-time password' };
const USER = [
  { name: 'user', description: 'login, login@realm or REALM\\login' },
  { name: 'realm', description: 'realm of the user; the login is then not split' },
  { name: 'resConf', description: 'only tokens of owners from this resolver' },
];
const NARROWED = [
  { name: 'serial', description: "only this one of the user's tokens" },
  { name: 'token_type', description: 'only tokens of this type' },
  { name: 'auth_info', description: 'true: lengths of PIN and OTP in the detail' },
];

/** `/validate/*`: logins (spec/validate-api §1). */
@LegacyController('validate')
export class ValidateController {
  constructor(
    private readonly authenticate: Authenticate,
    private readonly verdicts: Verdicts,
  ) {}

  @Reads('check', {
    public: true,
    failure: REJECTED,
    summary: 'Check a user’s PIN and one-time password',
    parameters: [...USER, PASS, ...NARROWED],
  })
  async check(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const result = await this.#login(exchange, byUser(exchange.parameters, false), true);
    return this.#envelope(exchange.parameters, result);
  }

  @Reads('check_s', {
    public: true,
    failure: BROKEN,
    summary: 'Check the one-time password of a token',
    parameters: [{ name: 'serial', description: 'the token' }, ...USER, PASS],
  })
  async checkSerial(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const serial = parameters.text('serial');
    const by: LoginRequest['by'] =
      serial || !parameters.text('user')
        ? { kind: 'serial', serial: cleanText(serial ?? '') }
        : byUser(parameters, true);
    const result = await this.#login(exchange, by, false);
    // Without `pass` LinOTP tries to trigger a challenge; where there is none to trigger it is an error of this form.
    const { verdict } = result;
    const isError =
      parameters.text('pass') === null || (verdict.kind === 'rejected' && verdict.reason === 'not-one-token');
    if (isError) return BROKEN;
    return this.#envelope(parameters, result);
  }

  @Reads('check_yubikey', {
    public: true,
    failure: REJECTED,
    summary: 'Check the one-time password of a Yubikey, which tells the serial of its token',
    parameters: [{ ...PASS, description: 'PIN, public id and one-time password', required: true }],
  })
  async checkYubikey(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const pass = exchange.parameters.text('pass');
    if (pass === null) {
      note(exchange, { info: "ERR905: Missing parameter: 'pass'" });
      return REJECTED;
    }
    const serials = yubikeySerials(pass);
    if (!serials) {
      note(exchange, { detail: 'the password names no serial' });
      return REJECTED;
    }
    const result = await this.#login(exchange, { kind: 'device', serials }, false);
    const told = toldDetail(result);
    if (result.verdict.kind !== 'accepted') return reply(false, { id: 0, detail: told });
    const { login = '', realm = '' } = result.owner ?? {};
    return reply(true, { id: 0, detail: { user: login, realm, ...told } });
  }

  @Reads('simplecheck', {
    public: true,
    // A PAM module reads three bytes and nothing else, whatever the status.
    failure: FROWN,
    summary: 'As check, answered in one word',
    parameters: [...USER, PASS, ...NARROWED],
  })
  async simpleCheck(@Req() { exchange }: ExchangeRequest): Promise<RawReply> {
    const result = await this.#login(exchange, byUser(exchange.parameters, false), true);
    return result.verdict.kind === 'accepted' ? SMILE : FROWN;
  }

  @Reads('ok', { public: true, summary: 'For load balancers: always true' })
  ok(@Req() { exchange }: ExchangeRequest): LegacyReply {
    note(exchange, { succeeded: true });
    return reply(true, { id: 0 });
  }

  @Reads('fail', { public: true, summary: 'For load balancers: always false' })
  fail(): LegacyReply {
    return reply(false, { id: 0 });
  }

  async #login(
    exchange: Exchange,
    by: LoginRequest['by'],
    needsAuthorization: boolean,
  ): Promise<LoginResult> {
    const { parameters } = exchange;
    const request = {
      by,
      password: parameters.text('pass'),
      typeLabel: by.kind === 'device' ? tokenType('yubikey').label : parameters.text('token_type') || null,
      path: 'validate',
      needsAuthorization,
    };
    const result = await this.authenticate.execute(request, exchange.audit);
    exchange.isRecorded = true;
    this.verdicts.decided(result.verdict);
    return result;
  }

  #envelope(parameters: Parameters, result: LoginResult): LegacyReply {
    const { verdict } = result;
    const told = toldDetail(result);
    if (verdict.kind !== 'accepted') return reply(false, { id: 0, detail: told });
    const isAsked = parameters.text('auth_info')?.toLowerCase() === 'true';
    if (!isAsked || !verdict.token) return reply(true, { id: 0, detail: told });
    const { pinLength, otpLength } = verdict;
    const pairs = [['pin_length', pinLength], ...(otpLength === null ? [] : [['otp_length', otpLength]])];
    return reply(true, { id: 0, detail: { auth_info: pairs, ...told } });
  }
}

/** A serial without a user stands for the token alone (spec/validate-api §2.3: an empty login skips the user's rows). */
function byUser(parameters: Parameters, onlyToken: boolean): LoginRequest['by'] {
  const serial = parameters.text('serial') || null;
  if (serial !== null && !parameters.text('user')) return { kind: 'serial', serial: cleanText(serial) };
  return {
    kind: 'user',
    name: (configuration) => loginNameOf(parameters, configuration),
    serial,
    onlyToken,
  };
}
