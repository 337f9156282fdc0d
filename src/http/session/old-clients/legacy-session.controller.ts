import { LegacySessions } from '@app/realms';
import { Req } from '@nestjs/common';
import type { Request } from 'express';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { NotAuthenticated } from '../../envelope/errors/wire-error.js';
import { administratorText } from '../../exchange.js';
import { CurrentSessions } from '../current-session.js';
import { LEGACY_COOKIE, setCookie } from '../session-cookies.js';
import { SessionTokens } from '../session-tokens.js';
import { legacyValueHash, newLegacyValue } from './legacy-value.js';

const LIFETIME_SECONDS = 8 * 3600;

/** The session value of clients of LinOTP 2.x (spec/admin-api §2.5); there only while such clients are served. */
@LegacyController('admin')
export class LegacySessionController {
  constructor(
    private readonly legacySessions: LegacySessions,
    private readonly currentSessions: CurrentSessions,
    private readonly tokens: SessionTokens,
  ) {}

  @Reads('getsession', {
    right: 'login',
    audited: false,
    summary: 'Gives an old client its session value, as a cookie',
  })
  async open(@Req() request: Request): Promise<LegacyReply> {
    const session = this.currentSessions.of(request);
    if (!session) throw new NotAuthenticated();
    const value = newLegacyValue();
    await this.legacySessions.open(
      legacyValueHash(value),
      administratorText(session.identity),
      LIFETIME_SECONDS,
    );
    return this.#withCookie(request, value, LIFETIME_SECONDS);
  }

  @Reads('dropsession', { right: 'login', audited: false, summary: 'Ends an old client’s session value' })
  async drop(@Req() request: Request): Promise<LegacyReply> {
    const { legacyValue } = this.currentSessions.of(request) ?? {};
    if (legacyValue) await this.legacySessions.drop(legacyValueHash(legacyValue));
    return this.#withCookie(request, '', 0);
  }

  #withCookie({ exchange }: Request, value: string, lifetimeSeconds: number): LegacyReply {
    const isSecure = this.tokens.isSecure(exchange);
    const cookie = setCookie(LEGACY_COOKIE, value, { isHttpOnly: true, isSecure, lifetimeSeconds });
    return reply(true, { headers: { 'set-cookie': [cookie] } });
  }
}
