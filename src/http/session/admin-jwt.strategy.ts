import { PassportStrategy } from '@nestjs/passport';
import type { Request, Response } from 'express';
import passport from 'passport';
import { Strategy } from 'passport-jwt';

import { type AdminClaims, parseClaims } from './admin-claims.js';
import { sessionTokenOf } from './session-cookies.js';
import type { JwtKey } from './jwt-key.js';

const NAME = 'administrator';

export type JwtVerdict =
  | { readonly kind: 'valid'; readonly claims: AdminClaims }
  /** For the log: holds nothing of the token. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Checks signature and form of the JWT in a request's cookie. HS256 and nothing else: neither `none` nor another family
 * is let in by the token's own header (RFC 8725 §3.1). Times are not looked at here: the database's clock decides them.
 */
export class AdminJwtStrategy extends PassportStrategy(Strategy, NAME) {
  private authenticator: passport.Authenticator | undefined;

  constructor(key: JwtKey) {
    super({
      jwtFromRequest: sessionTokenOf,
      // The types know no key objects, the library does. With a buffer each check takes 40 times as long.
      secretOrKeyProvider: (_request, _token, done) => done(null, key.key() as unknown as Buffer),
      algorithms: ['HS256'],
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
    });
  }

  /** Called by the mixin. Its own registry is one for the process: two applications in it would share the last key. */
  getPassportInstance(): passport.Authenticator {
    this.authenticator ??= new passport.Authenticator();
    return this.authenticator;
  }

  validate(payload: unknown): AdminClaims | null {
    return parseClaims(payload);
  }

  verify(request: Request, response: Response): Promise<JwtVerdict> {
    return new Promise((resolve, reject) => {
      const settle = (error: unknown, claims: AdminClaims | false | null, info: unknown) => {
        if (error) reject(error instanceof Error ? error : new Error('the JWT could not be checked'));
        else if (claims) resolve({ kind: 'valid', claims });
        else resolve({ kind: 'refused', reason: info instanceof Error ? info.message : 'no access token' });
      };
      const check = this.getPassportInstance().authenticate(NAME, { session: false }, settle) as (
        request: Request,
        response: Response,
        next: (error: unknown) => void,
      ) => void;
      check(request, response, reject);
    });
  }
}
