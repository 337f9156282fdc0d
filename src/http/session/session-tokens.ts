import { createHmac } from 'node:crypto';

import type { AuthenticatedAdministrator } from '@app/realms';
import { JwtService } from '@nestjs/jwt';

import type { Settings } from '../../config/settings.js';
import type { Exchange } from '../exchange.js';
import { newClaims } from './admin-claims.js';
import type { JwtKey } from './jwt-key.js';
import { type SessionCookieOptions, sessionCookies } from './session-cookies.js';

export type TokenSettings = Pick<
  Settings,
  'sessionSeconds' | 'endsSessionWithBrowser' | 'marksCookiesSecure'
>;

const CLOCK_SLACK_SECONDS = 60;

/** Signs with HS256 under the installation's key. */
export function jwtService(key: JwtKey): JwtService {
  return new JwtService({
    secretOrKeyProvider: () => key.key(),
    signOptions: { algorithm: 'HS256' },
  });
}

/** Makes sessions of administrators: a JWT and the CSRF token that is signed with it, as two cookies. */
export class SessionTokens {
  constructor(
    private readonly jwt: JwtService,
    private readonly settings: TokenSettings,
    private readonly key: JwtKey,
  ) {}

  /**
   * Set-Cookie headers of a new session.
   * @param sessionId of a successor (`successorOf`); absent: a session of its own
   */
  issue(
    administrator: AuthenticatedAdministrator,
    exchange: Pick<Exchange, 'origin'>,
    sessionId?: string,
  ): string[] {
    const claims = newClaims(administrator, this.settings.sessionSeconds, sessionId);
    return sessionCookies(this.jwt.sign(claims), claims.csrf, this.#cookieOptions(exchange));
  }

  /**
   * The id of the session that renewal puts in this one's place. Derived, so that logging out with a session whose
   * successor is on its way ends both; secret as the key is.
   */
  successorOf(sessionId: string): string {
    const hash = createHmac('sha256', this.key.key()).update(`successor ${sessionId}`).digest('hex');
    // A UUID version 8 (RFC 9562 §5.8).
    const parts = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(hash)?.slice(1) ?? [];
    const [a, b, c, d, e] = parts;
    return `${a}-${b}-8${c}-8${d}-${e}`;
  }

  /** Until when, at the latest, a session lives that is issued now. */
  latestExpiry(): Date {
    return new Date(Date.now() + (this.settings.sessionSeconds + CLOCK_SLACK_SECONDS) * 1000);
  }

  isSecure(exchange: Pick<Exchange, 'origin'>): boolean {
    return this.settings.marksCookiesSecure ?? exchange.origin.isSecure;
  }

  #cookieOptions(exchange: Pick<Exchange, 'origin'>): SessionCookieOptions {
    const { sessionSeconds, endsSessionWithBrowser } = this.settings;
    return {
      isSecure: this.isSecure(exchange),
      // As long as the token: LinOTP's cookies outlive it by a year (spec/admin-api §2.4, "Do better").
      lifetimeSeconds: endsSessionWithBrowser ? null : sessionSeconds,
    };
  }
}
