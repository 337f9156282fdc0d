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
  ) {}

  /** Set-Cookie headers of a new session. */
  issue(administrator: AuthenticatedAdministrator, exchange: Pick<Exchange, 'origin'>): string[] {
    const claims = newClaims(administrator, this.settings.sessionSeconds);
    return sessionCookies(this.jwt.sign(claims), claims.csrf, this.#cookieOptions(exchange));
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
