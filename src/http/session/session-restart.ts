import type { AdminSessions, Configuration, FindAdministrator } from '@app/realms';
import type { Request } from 'express';

import type { CurrentSessions } from './current-session.js';
import type { SessionTokens } from './session-tokens.js';

/** Whoever ends all sessions of an account by a request of theirs goes on with a new one. */
export class SessionRestart {
  constructor(
    private readonly currentSessions: CurrentSessions,
    private readonly sessions: AdminSessions,
    private readonly administrators: FindAdministrator,
    private readonly configuration: Configuration,
    private readonly tokens: SessionTokens,
  ) {}

  /** @returns Set-Cookie headers; none for old clients, who send their password with each request @throws Unavailable */
  async cookies(request: Request): Promise<string[]> {
    const session = this.currentSessions.of(request);
    if (!session?.claims) return [];
    const { now, configurationVersion } = await this.sessions.read(null, session.identity.username);
    const snapshot = await this.configuration.atLeast(configurationVersion);
    const found = await this.administrators.execute(session.identity, snapshot, now);
    return found ? this.tokens.issue(found, request.exchange) : [];
  }
}
