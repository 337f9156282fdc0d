import type { RealmUser } from '@app/realms';

import type { UserSession } from './user-session.js';

/** Why a session is not accepted any more. For the log only, the client is not told. */
export type SessionEnd = 'other client' | 'user gone' | 'second factor needed';

/** What holds now, under the configuration as it is. */
export interface SessionScene {
  readonly client: string;
  /** Whom the session's login names in its realm; `null`: nobody. */
  readonly user: RealmUser | null;
  readonly needsSecondFactor: boolean;
  readonly passesWithoutToken: boolean;
}

/**
 * Whether a session goes on: its rights are those of the request's time, and a login that would not be enough any more is
 * none. `null`: it does.
 */
export function sessionEnd(session: UserSession, scene: SessionScene): SessionEnd | null {
  const { user } = session;
  if (session.client !== scene.client) return 'other client';
  const isTheirs = scene.user?.references.some(
    ({ resolver, userId }) => resolver === user.resolver && userId === user.userId,
  );
  if (!isTheirs) return 'user gone';
  if (session.state !== 'authenticated' || !scene.needsSecondFactor) return null;
  switch (session.proof) {
    case 'second-factor':
      return null;
    // Their first token may have come with this very session.
    case 'password-without-token':
      return scene.passesWithoutToken ? null : 'second factor needed';
    case 'password':
      return 'second factor needed';
  }
}
