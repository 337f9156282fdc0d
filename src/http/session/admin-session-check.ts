import type { Request, Response } from 'express';

import { SessionCheck } from '../envelope/access/session-ports.js';
import { NotAuthenticated } from '../envelope/errors/wire-error.js';
import { administratorText } from '../exchange.js';
import type { CurrentSession, CurrentSessions } from './current-session.js';
import type { OldClientAuthentication } from './old-clients/old-client-authentication.js';
import type { TokenAuthentication } from './token-authentication.js';

/** Who is logged in to the administration: the JWT says it, or what old clients send while they are served. */
export class AdminSessionCheck extends SessionCheck {
  constructor(
    private readonly tokens: TokenAuthentication,
    /** `null`: old clients are not served. */
    private readonly oldClients: OldClientAuthentication | null,
    private readonly sessions: CurrentSessions,
  ) {
    super();
  }

  async check(request: Request, response: Response): Promise<void> {
    const session = await this.#authenticate(request, response);
    if (!session) throw new NotAuthenticated();
    this.sessions.set(request, session);
    const { exchange } = request;
    exchange.administrator = session.identity;
    exchange.audit = { ...exchange.audit, administrator: administratorText(session.identity) };
  }

  async #authenticate(request: Request, response: Response): Promise<CurrentSession | null> {
    const session = await this.tokens.authenticate(request, response);
    if (!this.oldClients) return session;
    if (!session) return this.oldClients.authenticate(request, response);
    return { ...session, legacyValue: await this.oldClients.legacyValueOf(request, session.identity) };
  }
}
