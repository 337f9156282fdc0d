import type { RandomSource } from '@app/kernel';
import type { Configuration } from '@app/realms';

import { type UserSession, newSessionValue, sessionHash } from './user-session.js';
import type { UserSessions } from './user-sessions.js';

export interface IssuedSession {
  /** Of the cookie. */
  readonly value: string;
  readonly expiresAt: Date;
}

/** Opens sessions, each with a value of its own: every step of a login has a new one. */
export class IssueUserSession {
  constructor(
    private readonly sessions: UserSessions,
    private readonly configuration: Configuration,
    private readonly random: RandomSource,
  ) {}

  /** One without a predecessor. @throws Unavailable */
  async first(session: UserSession): Promise<IssuedSession> {
    const { value, hash } = this.#drawn();
    const { sessionSeconds } = this.configuration.current().settings.selfService;
    return { value, expiresAt: await this.sessions.open(hash, session, sessionSeconds) };
  }

  /**
   * A login that is not complete yet ends when its first step would have ended.
   *
   * @param predecessor whose place it takes
   * @returns `null`: the predecessor is gone meanwhile
   * @throws Unavailable
   */
  async execute(session: UserSession, predecessor: Uint8Array): Promise<IssuedSession | null> {
    const { value, hash } = this.#drawn();
    const { sessionSeconds } = this.configuration.current().settings.selfService;
    const isComplete = session.state === 'authenticated';
    const lifetimeSeconds = isComplete ? sessionSeconds : null;
    const expiresAt = await this.sessions.replace(predecessor, hash, session, lifetimeSeconds);
    return expiresAt && { value, expiresAt };
  }

  #drawn(): { value: string; hash: Uint8Array } {
    const value = newSessionValue(this.random);
    const hash = sessionHash(value);
    if (!hash) throw new Error('a value that was just made is one');
    return { value, hash };
  }
}
