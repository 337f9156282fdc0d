import type { CurrentUser, FindUserSession } from '@app/self-service';
import { Logger } from '@nestjs/common';
import type { Request } from 'express';

import { type LegacyRoute, userRightOf } from '../../envelope/routes/legacy-route.js';
import { UserSessionCheck } from '../../envelope/access/session-ports.js';
import { NoValidSession } from '../../envelope/errors/wire-error.js';
import type { Exchange } from '../../exchange.js';
import { isSameText } from '../same-text.js';
import { type SentCookie, userSessionCookies } from './user-session-cookies.js';

/**
 * Whose session it is: the parameter `session` repeats one of the cookies, which no other site can read (double submit,
 * spec/validate-api §4.1), and the client's address is that of the login.
 */
export class CookieUserSessionCheck extends UserSessionCheck {
  readonly #logger = new Logger('Session');

  constructor(private readonly findSession: Pick<FindUserSession, 'execute'>) {
    super();
  }

  async check(request: Request, route: LegacyRoute): Promise<void> {
    const right = userRightOf(route);
    const cookie = provenCookie(request);
    if (!right || !cookie) throw new NoValidSession();
    const { exchange } = request;
    const found = await this.findSession.execute(cookie.value, exchange.client);
    if (found.kind === 'none') {
      this.#logger.debug(`request ${exchange.requestId} has no session: ${found.because}`);
      throw new NoValidSession();
    }
    const { current } = found;
    if (right !== 'user-login' && current.session.state !== 'authenticated') throw new NoValidSession();
    actAs(exchange, current);
    if (typeof right === 'object') current.policies.demand(right.action);
  }
}

/** The cookie that the parameter `session` repeats; `null`: none. */
export function provenCookie(request: Request): SentCookie | null {
  const said = request.exchange.parameters.text('session');
  if (!said) return null;
  return userSessionCookies(request).find(({ value }) => isSameText(value, said)) ?? null;
}

/** Whoever else a parameter names, it is the session's user who acts. */
export function actAs(exchange: Exchange, current: CurrentUser): void {
  exchange.currentUser = current;
  const { login, realm } = current.session.user;
  exchange.audit = { ...exchange.audit, user: login, realm };
}

/** The user who is logged in. @throws NoValidSession on public routes, and on those of administrators */
export function currentUserOf({ currentUser }: Pick<Exchange, 'currentUser'>): CurrentUser {
  if (!currentUser) throw new NoValidSession();
  return currentUser;
}
