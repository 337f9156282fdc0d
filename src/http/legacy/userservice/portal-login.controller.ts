import { LogInByPassword, type SessionUser, UserSessions, sessionHash } from '@app/self-service';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/legacy-controller.js';
import { type Exchange, type ExchangeRequest, note } from '../../exchange.js';
import { provenCookie } from '../../session/users/cookie-user-session-check.js';
import {
  PORTAL_COOKIE,
  UserSessionCookies,
  userSessionCookies,
} from '../../session/users/user-session-cookies.js';
import { TokenRecords } from '../token-record.js';

const REJECTED = reply(false, { id: 0 });
const SECOND_FACTOR_MISSING = 'credential verified - additional authentication parameter required';

/** Login and logout of users (spec/validate-api §4.4, §4.5). */
@LegacyController('userservice', 'users')
export class PortalLoginController {
  constructor(
    private readonly byPassword: LogInByPassword,
    private readonly sessions: UserSessions,
    private readonly cookies: UserSessionCookies,
    private readonly records: TokenRecords,
  ) {}

  @Reads('login', {
    public: true,
    failure: REJECTED,
    summary: 'Log a user in to the self-service: sets the session’s cookie',
    parameters: [
      { name: 'login', description: 'login name; also `username`' },
      { name: 'realm', description: 'absent: the default realm' },
      { name: 'password', description: 'of the directory' },
    ],
  })
  async login(@Req() request: ExchangeRequest): Promise<LegacyReply> {
    // A login that has begun.
    if (provenCookie(request)?.name === PORTAL_COOKIE) return REJECTED;
    return this.#first(request.exchange);
  }

  @Reads('logout', { public: true, summary: 'End the session on every node' })
  async logout(@Req() request: ExchangeRequest): Promise<LegacyReply> {
    const { exchange } = request;
    const sent = userSessionCookies(request);
    for (const { value } of sent) {
      const hash = sessionHash(value);
      if (!hash) continue;
      const { session } = await this.sessions.read(hash);
      if (session) actsFor(exchange, session.user);
      await this.sessions.end(hash);
    }
    note(exchange, { succeeded: true });
    const headers = { 'set-cookie': sent.map(({ name }) => this.cookies.cleared(name, exchange)) };
    return reply(true, { id: 0, ...(sent.length > 0 && { headers }) });
  }

  async #first(exchange: Exchange): Promise<LegacyReply> {
    const { parameters, client } = exchange;
    const login = parameters.text('login') ?? parameters.text('username') ?? '';
    const password = parameters.text('password');
    exchange.audit = { ...exchange.audit, user: login };
    if (login === '' || !password) return REJECTED;
    const realm = parameters.text('realm');
    const result = await this.byPassword.execute({ login, realm, password, client });
    if (result.user) actsFor(exchange, result.user);
    const who = result.user ? `${result.user.login}@${result.user.realm}` : login;
    if (result.kind === 'refused') {
      const info = result.isThrottled ? 'throttled' : result.user ? '' : `user '${login}' not found!`;
      note(exchange, { detail: `User ${who} failed to authenticate!`, info });
      return REJECTED;
    }
    const { value, expiresAt } = result.session;
    const headers = { 'set-cookie': [this.cookies.issue(PORTAL_COOKIE, value, expiresAt, exchange)] };
    if (result.kind === 'logged-in') {
      note(exchange, { succeeded: true, info: `${who} logged in` });
      return reply(true, { id: 0, headers });
    }
    note(exchange, { succeeded: true, detail: SECOND_FACTOR_MISSING });
    const tokenList = this.records.presentOwn(result.tokens);
    return reply(false, { id: 0, headers, detail: { message: SECOND_FACTOR_MISSING, tokenList } });
  }
}

function actsFor(exchange: Exchange, { login, realm }: SessionUser): void {
  exchange.audit = { ...exchange.audit, user: login, realm };
}
