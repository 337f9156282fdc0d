import { type AdministratorLogin, AdminSessions, Configuration, LogInAdministrator } from '@app/realms';
import { Req } from '@nestjs/common';
import type { Request } from 'express';

import { type LegacyReply, reply } from '../envelope/envelope.js';
import {
  Changes,
  LegacyController,
  Reads,
  RequestExchange,
  RequestParameters,
} from '../envelope/routes/legacy-controller.js';
import type { Parameters } from '../envelope/parameters/parameters.js';
import { CsrfCheck } from '../envelope/access/session-ports.js';
import { NotAuthenticated } from '../envelope/errors/wire-error.js';
import { administratorText, type Exchange, note } from '../exchange.js';
import { expiryOf } from './admin-claims.js';
import { CurrentSessions } from './current-session.js';
import { clearedSessionCookies } from './session-cookies.js';
import { SessionTokens } from './session-tokens.js';

/** Login and logout of administrators (spec/admin-api §2.1, §2.4; recordings 7–11, 353, 354). */
@LegacyController('admin')
export class SessionController {
  constructor(
    private readonly logInAdministrator: LogInAdministrator,
    private readonly configuration: Configuration,
    private readonly tokens: SessionTokens,
    private readonly sessions: AdminSessions,
    private readonly currentSessions: CurrentSessions,
    private readonly csrf: CsrfCheck,
  ) {}

  @Changes('login', {
    public: true,
    summary: 'Logs an administrator in: sets the session cookies',
    parameters: [
      { name: 'username', description: 'Taken literally, also with @', required: true },
      {
        name: 'password',
        description: 'Of the local administrator, or of a user of the admin realm',
        required: true,
      },
    ],
  })
  async login(
    @RequestParameters() parameters: Parameters,
    @RequestExchange() exchange: Exchange,
  ): Promise<LegacyReply> {
    const username = parameters.text('username');
    note(exchange, { user: username ?? '', realm: this.configuration.current().adminRealm });
    const login = await this.logInAdministrator.execute({
      username,
      password: parameters.text('password'),
      client: exchange.origin.client,
    });
    if (login.kind !== 'accepted') return refusal(login, exchange);

    const { administrator } = login;
    const identity = { ...administrator, resolver: administrator.resolver.name };
    note(exchange, {
      succeeded: true,
      realm: administrator.realm,
      administrator: administratorText(identity),
    });
    return reply(true, {
      detail: { message: `Login successful for ${administrator.username}` },
      headers: { 'set-cookie': this.tokens.issue(administrator, exchange) },
    });
  }

  @Reads('logout', {
    right: 'login',
    summary: 'Ends the session on every node; needs the CSRF token, also with GET',
  })
  async logout(@Req() request: Request): Promise<LegacyReply> {
    // LinOTP lets any page log an administrator out by an image's URL (spec/admin-api §2.4, "Do better").
    this.csrf.check(request);
    const session = this.currentSessions.of(request);
    if (!session) throw new NotAuthenticated();
    const { identity, claims } = session;
    if (claims) {
      await this.sessions.revoke(claims.jti, expiryOf(claims));
      // Its successor may be there already, in an answer that the browser has not read yet.
      await this.sessions.revoke(this.tokens.successorOf(claims.jti), this.tokens.latestExpiry());
    }

    const { exchange } = request;
    note(exchange, { succeeded: true, user: identity.username, realm: identity.realm });
    return reply(true, {
      detail: { message: `Logout successful for ${administratorText(identity)}` },
      headers: { 'set-cookie': clearedSessionCookies(this.tokens.isSecure(exchange)) },
    });
  }
}

/** One answer for whatever was wrong; only who has to wait is told how long. */
function refusal(
  login: Exclude<AdministratorLogin, { readonly kind: 'accepted' }>,
  exchange: Exchange,
): LegacyReply {
  const isThrottled = login.kind === 'throttled';
  note(exchange, { succeeded: false, ...(isThrottled && { info: 'throttled' }) });
  return reply(false, {
    httpStatus: 401,
    detail: { message: 'Bad username or password' },
    ...(isThrottled && { headers: { 'retry-after': String(login.retryAfterSeconds) } }),
  });
}
