import cookieParser from 'cookie-parser';
import type { Request, Response } from 'express';

const TOKEN_COOKIE = 'access_token_cookie';
const CSRF_COOKIE = 'csrf_access_token';
export const LEGACY_COOKIE = 'admin_session';

/** What LinOTP clears at a logout; the last two were never set by us, but may be left from a LinOTP behind this name. */
const CLEARED_COOKIES = [
  { name: TOKEN_COOKIE, isHttpOnly: true },
  { name: CSRF_COOKIE, isHttpOnly: false },
  { name: 'refresh_token_cookie', isHttpOnly: true },
  { name: 'csrf_refresh_token', isHttpOnly: false },
] as const;

export interface CookieOptions {
  /** Hidden from scripts. */
  readonly isHttpOnly: boolean;
  readonly isSecure: boolean;
  /** `null`: until the browser ends. 0: deletes it. */
  readonly lifetimeSeconds: number | null;
  /** In place of a lifetime, for clients that look for it. */
  readonly expiresAt?: Date;
}

/** A Set-Cookie header (RFC 6265 §4.1). @param value letters, digits and `-_.` only, as our tokens are */
export function setCookie(name: string, value: string, options: CookieOptions): string {
  const { isHttpOnly, isSecure, lifetimeSeconds, expiresAt } = options;
  const parts = [`${name}=${value}`];
  if (lifetimeSeconds === 0) parts.push(`Expires=${new Date(0).toUTCString()}`);
  else if (lifetimeSeconds !== null) parts.push(`Max-Age=${lifetimeSeconds}`);
  else if (expiresAt) parts.push(`Expires=${expiresAt.toUTCString()}`);
  if (isSecure) parts.push('Secure');
  if (isHttpOnly) parts.push('HttpOnly');
  parts.push('Path=/', 'SameSite=Lax');
  return parts.join('; ');
}

export interface SessionCookieOptions {
  readonly isSecure: boolean;
  readonly lifetimeSeconds: number | null;
}

/** Scripts read the second one and repeat it as `X-CSRF-TOKEN`. */
export function sessionCookies(token: string, csrf: string, options: SessionCookieOptions): string[] {
  return [
    setCookie(TOKEN_COOKIE, token, { ...options, isHttpOnly: true }),
    setCookie(CSRF_COOKIE, csrf, { ...options, isHttpOnly: false }),
  ];
}

export function clearedSessionCookies(isSecure: boolean): string[] {
  return CLEARED_COOKIES.map(({ name, isHttpOnly }) =>
    setCookie(name, '', { isHttpOnly, isSecure, lifetimeSeconds: 0 }),
  );
}

const parseCookies = cookieParser();

/**
 * A cookie of the request; `null`: there is none, or an empty one. Parsed at the first question: most requests that this
 * server gets have no cookies and are not asked for any.
 */
export function cookieOf(request: Request, name: string): string | null {
  // Synchronous, and without a use for the response.
  parseCookies(request, {} as Response, () => undefined);
  const cookies = request.cookies as Readonly<Record<string, unknown>>;
  const value = cookies[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function sessionTokenOf(request: Request): string | null {
  return cookieOf(request, TOKEN_COOKIE);
}
