import type { Verdict } from '@app/authentication';
import { cleanText } from '@app/kernel';
import {
  type CurrentUser,
  FindUserSession,
  type IssuedSession,
  LogInByPassword,
  type LoginStep,
  PollSecondFactor,
  ShowSecondFactor,
  nextLoginStep,
} from '@app/self-service';
import { tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { type Exchange, type ExchangeRequest, endUserNetwork, note } from '../../exchange.js';
import { actAs, provenCookie } from '../../session/users/cookie-user-session-check.js';
import { PORTAL_COOKIE, UserSessionCookies } from '../../session/users/user-session-cookies.js';
import { callbackIdOf } from '../question-parameters.js';
import { TokenRecords } from '../tokens/token-record.js';
import { challengeState } from '../validate/challenge-detail.js';
import { Verdicts } from '../tokens/verdicts.js';
import { REJECTED, actsAsWritten, actsFor, notePassword } from './login-records.js';
import { portalChallengeDetail } from './portal-challenge.js';

/** What a device shows. */
const LONGEST_TEXT = 1_530;
const SECOND_FACTOR_MISSING = 'credential verified - additional authentication parameter required';

/** The portal's login, step by step (spec/validate-api §4.4). */
@LegacyController('userservice', 'users')
export class PortalLoginController {
  constructor(
    private readonly byPassword: LogInByPassword,
    private readonly findSession: FindUserSession,
    private readonly secondFactor: ShowSecondFactor,
    private readonly poll: PollSecondFactor,
    private readonly cookies: UserSessionCookies,
    private readonly records: TokenRecords,
    private readonly verdicts: Verdicts,
  ) {}

  @Reads('login', {
    public: true,
    isLogin: true,
    failure: REJECTED,
    summary: 'Log a user in to the self-service, in one step or several: each sets the session’s cookie anew',
    parameters: [
      { name: 'login', description: 'login name' },
      { name: 'username', description: 'the same, where there is no login' },
      { name: 'realm', description: 'absent: the default realm' },
      { name: 'password', description: 'of the directory' },
      { name: 'otp', description: 'of a token: beside the password, or in a later step' },
      { name: 'session', description: 'value of the cookie, in a later step' },
      { name: 'serial', description: 'in a later step: the token that asks for its OTP, or whose OTP it is' },
      { name: 'data', description: 'what its device shows of the login' },
      { name: 'content_type', description: 'how: 0, unless it is said otherwise' },
    ],
  })
  async login(@Req() request: ExchangeRequest): Promise<LegacyReply> {
    const { exchange } = request;
    const cookie = provenCookie(request);
    const found =
      cookie?.name === PORTAL_COOKIE ? await this.findSession.execute(cookie.value, exchange.client) : null;
    return found?.kind === 'current' ? this.#next(exchange, found.current) : this.#first(exchange);
  }

  async #first(exchange: Exchange): Promise<LegacyReply> {
    const { parameters, client } = exchange;
    const login = parameters.text('login') ?? parameters.text('username') ?? '';
    const password = parameters.text('password');
    actsAsWritten(exchange, login);
    if (login === '' || !password) return REJECTED;
    const result = await this.byPassword.execute(
      {
        login,
        realm: parameters.text('realm'),
        password,
        otp: parameters.text('otp') ?? '',
        client,
        network: endUserNetwork(exchange),
      },
      exchange.audit,
    );
    if (result.kind !== 'second-factor-missing') {
      this.#tell(exchange, result.verdict);
      notePassword(exchange, login, result);
      if (result.kind === 'refused') return REJECTED;
      return reply(true, { id: 0, headers: this.#cookie(exchange, result.session) });
    }
    actsFor(exchange, result.user);
    note(exchange, { succeeded: true, detail: SECOND_FACTOR_MISSING });
    const tokenList = this.records.presentOwn(result.tokens);
    return reply(false, {
      id: 0,
      headers: this.#cookie(exchange, result.session),
      detail: { message: SECOND_FACTOR_MISSING, tokenList },
    });
  }

  async #next(exchange: Exchange, current: CurrentUser): Promise<LegacyReply> {
    const { parameters } = exchange;
    actAs(exchange, current);
    const serial = parameters.text('serial') || null;
    const otp = parameters.text('otp') ?? '';
    const step = nextLoginStep(current.session.state, { otp, serial });
    if (step === 'none') {
      note(exchange, { info: `unknown state '${current.session.state}'` });
      return REJECTED;
    }
    if (step === 'poll') return this.#polled(exchange, current);
    return this.#shown(exchange, current, { step, otp, serial });
  }

  async #shown(
    exchange: Exchange,
    current: CurrentUser,
    said: { step: Exclude<LoginStep, 'poll' | 'none'>; otp: string; serial: string | null },
  ): Promise<LegacyReply> {
    const network = endUserNetwork(exchange);
    const { parameters } = exchange;
    const asked = {
      text: cleanText(parameters.text('data') ?? '').slice(0, LONGEST_TEXT),
      contentType: parameters.text('content_type') ?? '',
      callbackId: callbackIdOf(parameters),
    };
    const result = await this.secondFactor.execute(current, { ...said, network, asked }, exchange.audit);
    const { verdict, move, session } = result;
    this.#tell(exchange, verdict);
    const headers = session
      ? this.#cookie(exchange, session)
      : { 'set-cookie': [this.cookies.cleared(PORTAL_COOKIE, exchange)] };
    const detail = verdict.kind === 'challenged' && move === 'ask' ? portalChallengeDetail(verdict) : {};
    return reply(move === 'complete', { id: 0, headers, detail });
  }

  async #polled(exchange: Exchange, current: CurrentUser): Promise<LegacyReply> {
    const { found, session } = await this.poll.execute(current);
    const { serial = '', type } = found?.token ?? {};
    note(exchange, {
      succeeded: session !== null,
      serial,
      tokenType: type ? tokenType(type).label : '',
    });
    return reply(session !== null, {
      ...(session && { headers: this.#cookie(exchange, session) }),
      ...(found && { detail: challengeState(found.challenge) }),
    });
  }

  /** The record of what tokens said was written with it. */
  #tell(exchange: Exchange, verdict: Verdict | null): void {
    if (!verdict) return;
    exchange.isRecorded = true;
    this.verdicts.decided(verdict);
  }

  #cookie(exchange: Exchange, { value, expiresAt }: IssuedSession): { 'set-cookie': string[] } {
    return { 'set-cookie': [this.cookies.issue(PORTAL_COOKIE, value, expiresAt, exchange)] };
  }
}
