import type { Request } from 'express';

import type { AdminIdentity } from '../exchange.js';
import type { AdminClaims } from './admin-claims.js';

/** Whoever made the request, and by what it was found out. */
export interface CurrentSession {
  readonly identity: AdminIdentity;
  /** Of the JWT; `null`: an old client, which sends its credentials with every request. */
  readonly claims: AdminClaims | null;
  /** The session cookie of an old client, if it is this administrator's. */
  readonly legacyValue: string | null;
}

/** What the session check found out, for those that come after it. */
export class CurrentSessions {
  readonly #sessions = new WeakMap<Request, CurrentSession>();

  set(request: Request, session: CurrentSession): void {
    this.#sessions.set(request, session);
  }

  /** `null` before the session check, and on public routes. */
  of(request: Request): CurrentSession | null {
    return this.#sessions.get(request) ?? null;
  }
}
