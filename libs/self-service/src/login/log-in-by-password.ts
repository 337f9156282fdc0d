import type { Clock } from '@app/kernel';
import { type RealmUser, policySubject } from '@app/realms';
import { type ListedToken, SelfServicePolicies } from '@app/tokens';
import { isRollout } from '@app/authentication';

import type { CheckUserPassword } from '../check-user-password.js';
import type { IssuedSession, IssueUserSession } from '../issue-user-session.js';
import { loginNames } from '../login-names.js';
import type { NewestConfiguration } from '../newest-configuration.js';
import type { OwnTokens } from '../own-tokens.js';
import { PortalPolicies } from '../portal-policies.js';
import type { LoginProof, SessionUser, UserSession, UserSessionState } from '../user-session.js';

export interface PasswordLogin {
  readonly login: string;
  /** `null`: not named. */
  readonly realm: string | null;
  readonly password: string;
  /** The client's address. */
  readonly client: string;
}

export type PasswordLoginResult =
  | { readonly kind: 'logged-in'; readonly user: SessionUser; readonly session: IssuedSession }
  /** The user's active tokens, any of which is still to be shown. */
  | {
      readonly kind: 'second-factor-missing';
      readonly user: SessionUser;
      readonly session: IssuedSession;
      readonly tokens: readonly ListedToken[];
    }
  | { readonly kind: 'refused'; readonly user: SessionUser | null; readonly isThrottled: boolean };

/** The first step of a login to the self-service: the password of the directory (spec/validate-api §4.4, step 1). */
export class LogInByPassword {
  constructor(
    private readonly configuration: NewestConfiguration,
    private readonly passwords: CheckUserPassword,
    private readonly ownTokens: OwnTokens,
    private readonly sessions: IssueUserSession,
    private readonly clock: Clock,
  ) {}

  /** @throws Unavailable: never an acceptance */
  async execute({ login, realm, password, client }: PasswordLogin): Promise<PasswordLoginResult> {
    const configuration = await this.configuration.execute();
    const names = loginNames(login, realm, configuration);
    const checked = await this.passwords.execute({ names, login, password, client }, configuration);
    const found = 'user' in checked ? checked.user : null;
    if (checked.kind !== 'right') {
      const isThrottled = checked.kind === 'throttled';
      return { kind: 'refused', user: found && sessionUserOf(found), isThrottled };
    }
    const { user } = checked;
    const time = this.clock.now();
    const policies = new SelfServicePolicies(configuration, user, client, time);
    const portal = new PortalPolicies(configuration.policies, { client, time });
    const owner = sessionUserOf(user);
    const issue = (state: UserSessionState, proof: LoginProof) =>
      this.#issued({ state, proof, user: owner, client, transaction: null });
    if (!portal.needsSecondFactor()) {
      const session = await issue('authenticated', 'password');
      return { kind: 'logged-in', user: owner, session };
    }
    const tokens = await this.ownTokens.execute(user, { onlyActive: false });
    const hasNone = tokens.every(isRollout) && (user.unanswered ?? []).length === 0;
    if (hasNone && policies.passesWithoutToken()) {
      const session = await issue('authenticated', 'password-without-token');
      return { kind: 'logged-in', user: owner, session };
    }
    const session = await issue('credentials_verified', 'password');
    const active = tokens.filter((token) => token.active);
    return { kind: 'second-factor-missing', user: owner, session, tokens: active };
  }

  async #issued(session: UserSession): Promise<IssuedSession> {
    const issued = await this.sessions.execute(session, null);
    if (!issued) throw new Error('a session without a predecessor was not issued');
    return issued;
  }
}

/** @throws nothing: a user that was found has a reference */
export function sessionUserOf(user: RealmUser): SessionUser {
  const { login, realm } = policySubject(user);
  const { resolver = '', userId = '' } = user.references[0] ?? {};
  return { resolver, userId, login, realm };
}
