import {
  Authenticate,
  type LoginRequest,
  type LoginResult,
  type RejectReason,
  asksBySms,
  namedTransaction,
  type Verdict,
} from '@app/authentication';
import { cleanText } from '@app/kernel';
import { Configuration } from '@app/realms';
import { tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { Envelopes, LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads, ReadsLogin } from '../../envelope/routes/legacy-controller.js';
import { loginNameOf } from '../../envelope/parameters/named-user.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { type Exchange, type ExchangeRequest, endUserNetwork, note } from '../../exchange.js';
import { RawReply } from '../../server/raw-reply.js';
import { callbackIdOf, questionOf } from '../question-parameters.js';
import { Verdicts } from '../tokens/verdicts.js';
import { SEVERAL_ASKED, challengeDetail, offlineDetail } from './challenge-detail.js';
import { asAsked } from './challenge-picture.js';
import { ANSWER, NARROWED, PASS, PICTURE, TEXTS, USER } from './described-parameters.js';
import { forwardedOptions, hopsOf, relayedLine } from './forwarded.js';
import { samlAttributes, toldDetail } from './told-detail.js';
import { yubikeySerials } from './yubikey-serials.js';

const HTML = 'text/html; charset=utf-8';
/**
 * A text that programs read, and a browser takes for a page: whatever a prompt holds, nothing in it acts (CSP `sandbox`
 * stops scripts, forms and refreshes).
 */
const ACTS_ON_NOTHING = {
  headers: { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox" },
};
const REJECTED = reply(false, { id: 0 });
const BROKEN = reply(false, { id: 0, status: false });
const SMILE = line(':-)');
const FROWN = line(':-(');
/** What samlcheck answers without a word more. */
const ERRORS_OF_SAMLCHECK: ReadonlySet<RejectReason> = new Set([
  'not-authorized',
  'no-password',
  'several-tokens-match',
  'not-delivered',
  'not-asked',
]);
const MISSING_PASS = "ERR905: Missing parameter: 'pass'";
const MISSING_ID = 'missing parameter: state or transactionid!';
/** What a telephone shows in ten parts. */
const LONGEST_TEXT = 1_530;
const ERRORS_OF_CHECK_S: ReadonlySet<RejectReason> = new Set(['not-one-token', 'not-delivered', 'not-asked']);

/** `/validate/*`: logins (spec/validate-api §1). */
@LegacyController('validate')
export class ValidateController {
  constructor(
    private readonly authenticate: Authenticate,
    private readonly configuration: Configuration,
    private readonly verdicts: Verdicts,
    private readonly envelopes: Envelopes,
  ) {}

  @ReadsLogin('check', {
    public: true,
    isLogin: true,
    failure: REJECTED,
    summary: 'Check a user’s PIN and one-time password',
    parameters: [...USER, PASS, ...NARROWED, ...ANSWER, ...TEXTS, PICTURE],
  })
  async check(@Req() { exchange }: ExchangeRequest): Promise<RawReply> {
    const result = await this.#check(exchange);
    const answer = asAsked(exchange.parameters, this.#envelope(exchange.parameters, result));
    return this.envelopes.ofLogin(answer, exchange);
  }

  @ReadsLogin('check_s', {
    public: true,
    isLogin: true,
    failure: BROKEN,
    summary: 'Check the one-time password of a token',
    parameters: [{ name: 'serial', description: 'the token' }, ...USER, PASS, ...ANSWER, ...TEXTS, PICTURE],
  })
  async checkSerial(@Req() { exchange }: ExchangeRequest): Promise<RawReply> {
    const { parameters } = exchange;
    const serial = parameters.text('serial');
    const by: LoginRequest['by'] =
      serial || !parameters.text('user')
        ? { kind: 'serial', serial: cleanText(serial ?? '') }
        : byUser(parameters, true);
    const said = saidOf(parameters);
    const result = await this.#login(exchange, by, {
      needsAuthorization: false,
      ...said,
      mayOmitPin: Boolean(parameters.text('challenge')),
      ...(said.hasText && { asksUnproven: true as const }),
    });
    // Without `pass` LinOTP tries to trigger a challenge; where there is none to trigger it is an error of this form.
    const { verdict } = result;
    const isError =
      (parameters.text('pass') === null && verdict.kind !== 'challenged') ||
      (verdict.kind === 'rejected' && ERRORS_OF_CHECK_S.has(verdict.reason));
    const answer = isError ? BROKEN : asAsked(parameters, this.#envelope(parameters, result));
    return this.envelopes.ofLogin(answer, exchange);
  }

  @Reads('check_yubikey', {
    public: true,
    isLogin: true,
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
    const by = { kind: 'device', serials } as const;
    const result = await this.#login(exchange, by, {
      needsAuthorization: false,
      typeLabel: tokenType('yubikey').label,
      transaction: null,
      hasText: false,
      messageText: '',
      mayOmitPin: false,
    });
    const told = toldDetail(result);
    if (result.verdict.kind !== 'accepted') return reply(false, { id: 0, detail: told });
    const { login = '', realm = '' } = result.owner ?? {};
    return reply(true, { id: 0, detail: { user: login, realm, ...told } });
  }

  @Reads('check_t', {
    public: true,
    isLogin: true,
    failure: REJECTED,
    summary: 'Answer a challenge by its transaction alone',
    parameters: [
      ...ANSWER,
      { name: 'pass', description: 'the one-time password', required: true },
      { name: 'token_type', description: 'only tokens of this type' },
      { name: 'auth_info', description: 'true: the length of the OTP in the detail' },
      ...TEXTS,
      PICTURE,
    ],
  })
  async checkTransaction(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply | RawReply> {
    const { parameters } = exchange;
    const { transaction, ...said } = saidOf(parameters);
    const missing =
      parameters.text('pass') === null ? MISSING_PASS : transaction === null ? MISSING_ID : null;
    if (missing !== null) {
      note(exchange, { succeeded: false, info: missing });
      return REJECTED;
    }
    const by = { kind: 'transaction' } as const;
    const result = await this.#login(exchange, by, { ...said, transaction, needsAuthorization: true });
    const { verdict, tried } = result;
    if (verdict.kind === 'rejected' && verdict.reason === 'no-transaction') {
      const id = parameters.text('state') ?? parameters.text('transactionid') ?? '';
      const detail = { value: false, failure: `No challenge for transaction '${id}' found` };
      return reply({ value: false, failcount: 0 }, { id: 1, detail: { ...detail, ...toldDetail(result) } });
    }
    if (!tried) return REJECTED;
    const value = { value: verdict.kind === 'accepted', failcount: tried.failures };
    const asked = { token_type: tried.label, serial: tried.serial };
    const detail = {
      ...value,
      ...asked,
      ...authInfo(parameters, result),
      ...offlineDetail(result),
      ...toldDetail(result),
    };
    return asAsked(parameters, reply(value, { id: 1, detail }));
  }

  @Reads('simplecheck', {
    public: true,
    isLogin: true,
    // A PAM module reads three bytes and nothing else, whatever the status.
    failure: FROWN,
    summary: 'As check, answered in one word',
    parameters: [...USER, PASS, ...NARROWED, ...ANSWER, ...TEXTS],
  })
  async simpleCheck(@Req() { exchange }: ExchangeRequest): Promise<RawReply> {
    const { verdict } = await this.#check(exchange);
    if (verdict.kind === 'challenged') {
      const [asked, ...others] = verdict.challenges;
      const message = asked && others.length === 0 ? asked.message : SEVERAL_ASKED;
      return line(`:-( ${verdict.transaction} ${message.replace(/\p{Cc}+/gu, ' ')}`);
    }
    const relayed = verdict.kind === 'relayed' ? relayedLine(verdict.detail) : null;
    if (relayed !== null) return line(`:-( ${relayed}`);
    return verdict.kind === 'accepted' ? SMILE : FROWN;
  }

  @Reads('smspin', {
    public: true,
    isLogin: true,
    failure: REJECTED,
    summary: 'Have an SMS sent, by the PIN of a token',
    parameters: [...USER, { ...PASS, description: 'the PIN' }, ...NARROWED, ...ANSWER, ...TEXTS],
  })
  async smsPin(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const result = await this.#check(exchange, { wantsSms: true });
    const { verdict } = result;
    if (verdict.kind !== 'challenged' || !asksBySms(verdict)) {
      return reply(false, { id: 0, detail: { ...errorDetail(verdict), ...toldDetail(result) } });
    }
    // What was sent stands where the number of the request is otherwise (spec/validate-api §1.10).
    return reply(true, {
      id: challengeDetail(verdict, isProven(exchange.parameters)),
      detail: toldDetail(result),
    });
  }

  @Reads('samlcheck', {
    public: true,
    isLogin: true,
    failure: REJECTED,
    summary: 'As check, with attributes of the user',
    parameters: [...USER, PASS, ...NARROWED, ...ANSWER, ...TEXTS],
  })
  async samlCheck(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    // Its value holds no member `value`: detail policies take every answer for a failure (spec/validate-api §1.2).
    const result = await this.#check(exchange, { isToldAsFailed: true });
    const { verdict, record } = result;
    if (verdict.kind === 'rejected' && ERRORS_OF_SAMLCHECK.has(verdict.reason)) return REJECTED;
    const auth = verdict.kind === 'accepted';
    const { tellsSamlAttributes } = this.configuration.current().settings;
    const attributes = auth && tellsSamlAttributes ? samlAttributes(record) : {};
    const detail = { ...askedDetail(exchange.parameters, result), ...toldDetail(result) };
    return reply({ auth, attributes }, { id: 0, detail });
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

  #check(
    exchange: Exchange,
    more: Pick<LoginRequest, 'wantsSms' | 'isToldAsFailed'> = {},
  ): Promise<LoginResult> {
    const { parameters } = exchange;
    // With a text as `challenge`, LinOTP drops all that would narrow or answer (spec/validate-api §1.3).
    const triggersAlone = Boolean(parameters.text('challenge'));
    const by = byUser(parameters, false, !triggersAlone);
    return this.#login(exchange, by, {
      needsAuthorization: true,
      forwarded: () => forwardedOptions(parameters),
      ...saidOf(parameters),
      ...more,
      ...(triggersAlone && {
        typeLabel: null,
        transaction: null,
        messageText: cleanText(parameters.text('challenge') ?? '').slice(0, LONGEST_TEXT),
      }),
    });
  }

  async #login(
    exchange: Exchange,
    by: LoginRequest['by'],
    said: Omit<LoginRequest, 'by' | 'password' | 'path' | 'hops' | 'network'>,
  ): Promise<LoginResult> {
    const { parameters } = exchange;
    const request = {
      by,
      password: parameters.text('pass'),
      path: 'validate',
      hops: hopsOf(parameters),
      network: endUserNetwork(exchange),
      ...said,
    };
    const result = await this.authenticate.execute(request, exchange.audit);
    exchange.isRecorded = true;
    this.verdicts.decided(result.verdict);
    return result;
  }

  #envelope(parameters: Parameters, result: LoginResult): LegacyReply {
    const { verdict } = result;
    const asked = askedDetail(parameters, result);
    return reply(verdict.kind === 'accepted', { id: 0, detail: { ...asked, ...toldDetail(result) } });
  }
}

function line(text: string): RawReply {
  return new RawReply(text, HTML, ACTS_ON_NOTHING);
}

function askedDetail(parameters: Parameters, result: LoginResult): object {
  const { verdict } = result;
  if (verdict.kind === 'challenged') return challengeDetail(verdict, isProven(parameters));
  if (verdict.kind === 'rejected') return errorDetail(verdict);
  if (verdict.kind === 'relayed') return verdict.detail;
  return { ...authInfo(parameters, result), ...offlineDetail(result) };
}

/** Some challenges are made for whoever names the token (`check_s` without `pass`). */
function isProven(parameters: Parameters): boolean {
  return Boolean(parameters.text('pass'));
}

function errorDetail(verdict: Verdict): object {
  return verdict.kind === 'rejected' && verdict.error !== undefined ? { error: verdict.error } : {};
}

function authInfo(parameters: Parameters, { verdict }: LoginResult): object {
  const isAsked = parameters.text('auth_info')?.toLowerCase() === 'true';
  if (!isAsked || verdict.kind !== 'accepted' || !verdict.token) return {};
  const { pinLength, otpLength } = verdict;
  return {
    auth_info: [['pin_length', pinLength], ...(otpLength === null ? [] : [['otp_length', otpLength]])],
  };
}

/** An id that is sent empty, or looks like none, is one that nothing is found by. */
function saidOf(
  parameters: Parameters,
): Pick<
  LoginRequest,
  | 'typeLabel'
  | 'transaction'
  | 'hasText'
  | 'messageText'
  | 'question'
  | 'mayOmitPin'
  | 'asked'
  | 'wantsOffline'
> {
  const id = parameters.text('state') ?? parameters.text('transactionid');
  return {
    typeLabel: parameters.text('token_type') || null,
    transaction: id === null ? null : (namedTransaction(id) ?? 'unknown'),
    hasText: Boolean(parameters.text('data') || parameters.text('challenge')),
    messageText: cleanText(
      parameters.text('data') || parameters.text('message') || parameters.text('challenge') || '',
    ).slice(0, LONGEST_TEXT),
    question: questionOf(parameters),
    mayOmitPin: false,
    asked: {
      text: cleanText(parameters.text('data') || parameters.text('challenge') || ''),
      contentType: parameters.text('content_type') ?? '',
      callbackId: callbackIdOf(parameters),
    },
    ...(parameters.text('use_offline')?.toLowerCase() === 'true' && { wantsOffline: true }),
  };
}

/** A serial without a user stands for the token alone (spec/validate-api §2.3: an empty login skips the user's rows). */
function byUser(parameters: Parameters, onlyToken: boolean, isNarrowed = true): LoginRequest['by'] {
  const serial = (isNarrowed && parameters.text('serial')) || null;
  if (serial !== null && !parameters.text('user')) return { kind: 'serial', serial: cleanText(serial) };
  return {
    kind: 'user',
    name: (configuration) => loginNameOf(parameters, configuration),
    serial,
    onlyToken,
  };
}
