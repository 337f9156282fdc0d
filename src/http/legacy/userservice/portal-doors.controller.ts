import { LogInRemotely, UserSessions, sessionHash } from '@app/self-service';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { type ExchangeRequest, endUserNetwork, note } from '../../exchange.js';
import {
  REMOTE_COOKIE,
  UserSessionCookies,
  userSessionCookies,
} from '../../session/users/user-session-cookies.js';
import { Verdicts } from '../tokens/verdicts.js';
import { REJECTED, actsAsWritten, actsFor, notePassword } from './login-records.js';
import { remotePassword } from './remote-password.js';

/** The login of a self-service on another machine, and the end of every session (spec/validate-api §4.5). */
@LegacyController('userservice', 'users')
export class PortalDoorsController {
  constructor(
    private readonly remotely: LogInRemotely,
    private readonly sessions: UserSessions,
    private readonly cookies: UserSessionCookies,
    private readonly verdicts: Verdicts,
  ) {}

  @Reads('auth', {
    public: true,
    isLogin: true,
    failure: REJECTED,
    summary: 'Log a user in to a self-service on another machine',
    parameters: [
      { name: 'login', description: 'login name', required: true },
      { name: 'realm', description: 'absent: the default realm' },
      {
        name: 'password',
        description: 'base32 of the OTP, which may be empty, a colon, base32 of the password',
        required: true,
      },
    ],
  })
  async auth(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters, client } = exchange;
    const login = parameters.text('login') ?? '';
    const given = parameters.text('password');
    const realm = parameters.text('realm');
    actsAsWritten(exchange, login);
    if (login === '' || !given) {
      note(exchange, { detail: `Missing password for user '${exchange.audit.user}'` });
      return REJECTED;
    }
    const { otp, password } = remotePassword(given);
    if (password === '') return REJECTED;
    const network = endUserNetwork(exchange);
    const result = await this.remotely.execute(
      { login, realm, password, otp, client, network },
      exchange.audit,
    );
    if (result.verdict) {
      exchange.isRecorded = true;
      this.verdicts.decided(result.verdict);
    }
    notePassword(exchange, login, result);
    if (result.kind === 'refused') return REJECTED;
    const { value, expiresAt } = result.session;
    note(exchange, { detail: `expires: ${expiresAt.toUTCString()}` });
    const headers = { 'set-cookie': [this.cookies.issue(REMOTE_COOKIE, value, expiresAt, exchange)] };
    return reply(true, { id: 0, headers });
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
}
