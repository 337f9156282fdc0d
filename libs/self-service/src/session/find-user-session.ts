import { type Clock, Unavailable } from '@app/kernel';
import type { Configuration, ConfigurationSnapshot, FindUser, RealmUser } from '@app/realms';
import { SelfServicePolicies } from '@app/tokens';

import { PortalPolicies } from '../portal-policies.js';
import { type SessionEnd, sessionEnd } from './session-end.js';
import { type UserSession, sessionHash } from './user-session.js';
import type { UserSessions } from './user-sessions.js';

/** A session that holds, and what was found out to know that. */
export interface CurrentUser {
  readonly hash: Uint8Array;
  readonly session: UserSession & { readonly expiresAt: Date };
  /** As the directory knows them now, by the session's login. */
  readonly user: RealmUser;
  /** What the user may do now. */
  readonly policies: SelfServicePolicies;
  readonly configuration: ConfigurationSnapshot;
}

export type SessionCheckup =
  | { readonly kind: 'current'; readonly current: CurrentUser }
  | { readonly kind: 'none'; readonly because: SessionEnd | 'unknown' };

/** Whose session a cookie's value stands for, under the configuration as it is now. */
export class FindUserSession {
  constructor(
    private readonly sessions: UserSessions,
    private readonly configuration: Configuration,
    private readonly findUser: FindUser,
    private readonly clock: Clock,
  ) {}

  /** @throws Unavailable when the database or the user's directory does not answer: then the session stays */
  async execute(value: string, client: string): Promise<SessionCheckup> {
    const hash = sessionHash(value);
    if (!hash) return { kind: 'none', because: 'unknown' };
    const { session, configurationVersion } = await this.sessions.read(hash);
    if (!session) return { kind: 'none', because: 'unknown' };
    // Somebody else's request must not cost a question to the directory.
    if (session.client !== client) return { kind: 'none', because: 'other client' };
    const configuration = await this.configuration.atLeast(configurationVersion);
    const { login, realm } = session.user;
    const isRealm = configuration.realms.has(realm);
    const found = isRealm
      ? await this.findUser.execute({ login, realm, resolver: '' }, configuration)
      : ({ kind: 'unknown', login, realm } as const);
    if (found.kind !== 'found') return this.#ended(hash, 'user gone');
    const { user } = found;
    // Somebody of that name elsewhere does not tell that they are gone from there.
    if (user.unanswered?.includes(session.user.resolver)) {
      throw new Unavailable(`resolver ${session.user.resolver} does not answer`);
    }
    const time = this.clock.now();
    const policies = new SelfServicePolicies(configuration, user, client, time);
    const portal = new PortalPolicies(configuration.policies, { client, time });
    const end = sessionEnd(session, {
      client,
      user,
      needsSecondFactor: portal.needsSecondFactor(),
      passesWithoutToken: policies.passesWithoutToken(),
    });
    if (end) return this.#ended(hash, end);
    return { kind: 'current', current: { hash, session, user, policies, configuration } };
  }

  /** For good: what is switched back later does not bring it back. */
  async #ended(hash: Uint8Array, because: SessionEnd): Promise<SessionCheckup> {
    await this.sessions.end(hash);
    return { kind: 'none', because };
  }
}
