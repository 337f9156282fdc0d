import type { Request } from 'express';

import type { Exchange } from '../../exchange.js';
import { cookieOf, setCookie } from '../session-cookies.js';
import type { SessionTokens } from '../session-tokens.js';

/** Of the portal's login, and of a self-service that is on another machine (spec/validate-api §4.1). */
export const PORTAL_COOKIE = 'user_selfservice';
export const REMOTE_COOKIE = 'userauthcookie';

export type UserSessionCookie = typeof PORTAL_COOKIE | typeof REMOTE_COOKIE;

/** Cookies of users' sessions: the portal's script reads its own, so that they cannot be hidden from scripts. */
export class UserSessionCookies {
  constructor(private readonly tokens: Pick<SessionTokens, 'isSecure'>) {}

  /** A Set-Cookie header. */
  issue(name: UserSessionCookie, value: string, expiresAt: Date, exchange: Pick<Exchange, 'origin'>): string {
    const isSecure = this.tokens.isSecure(exchange);
    return setCookie(name, value, { isHttpOnly: false, isSecure, lifetimeSeconds: null, expiresAt });
  }

  cleared(name: UserSessionCookie, exchange: Pick<Exchange, 'origin'>): string {
    const isSecure = this.tokens.isSecure(exchange);
    return setCookie(name, '', { isHttpOnly: false, isSecure, lifetimeSeconds: 0 });
  }
}

export interface SentCookie {
  readonly name: UserSessionCookie;
  readonly value: string;
}

/** Those of users' sessions that a request brings. */
export function userSessionCookies(request: Request): readonly SentCookie[] {
  return ([PORTAL_COOKIE, REMOTE_COOKIE] as const).flatMap((name) => {
    const value = cookieOf(request, name);
    return value === null ? [] : [{ name, value }];
  });
}
