import type { AuditContext } from '@app/audit';
import { type Authenticate, type Verdict, isRollout } from '@app/authentication';
import type { ListedToken } from '@app/tokens';

import type { IssuedSession, IssueUserSession } from '../session/issue-user-session.js';
import type { OwnTokens } from '../own-tokens.js';
import type { SessionUser } from '../session/user-session.js';
import type { PasswordLogin, PasswordProof, ProveByPassword } from './prove-by-password.js';
import { secondFactorRequest } from './show-second-factor.js';

export interface PortalLogin extends PasswordLogin {
  /** Where the form has a field for it; `''`: nothing was written there. */
  readonly otp: string;
  readonly network: string | null;
}

export type PortalLoginResult =
  | {
      readonly kind: 'logged-in';
      readonly user: SessionUser;
      readonly session: IssuedSession;
      /** Of the tokens, which the record tells of; `null`: none was asked. */
      readonly verdict: Verdict | null;
    }
  /** The user's active tokens, any of which is still to be shown. */
  | {
      readonly kind: 'second-factor-missing';
      readonly user: SessionUser;
      readonly session: IssuedSession;
      readonly tokens: readonly ListedToken[];
    }
  | (Extract<PasswordProof, { readonly kind: 'refused' }> & { readonly verdict: Verdict | null });

/** The first step of a login to the self-service: the password of the directory (spec/validate-api §4.4, step 1). */
export class LogInByPassword {
  constructor(
    private readonly passwords: ProveByPassword,
    private readonly ownTokens: OwnTokens,
    private readonly authenticate: Authenticate,
    private readonly issue: IssueUserSession,
  ) {}

  /** @throws Unavailable: never an acceptance */
  async execute({ otp, network, ...login }: PortalLogin, context: AuditContext): Promise<PortalLoginResult> {
    const proven = await this.passwords.execute(login);
    if (proven.kind === 'refused') return { ...proven, verdict: null };
    const { user, owner, policies, needsSecondFactor } = proven;
    const { client } = login;
    const opened = { user: owner, client, transaction: null } as const;
    if (!needsSecondFactor) {
      const session = await this.issue.first({ ...opened, state: 'authenticated', proof: 'password' });
      return { kind: 'logged-in', user: owner, session, verdict: null };
    }
    const tokens = await this.ownTokens.execute(user, { onlyActive: false });
    // Who may have one where nobody answered is no user without a token.
    const hasNone = tokens.every(isRollout) && (user.unanswered ?? []).length === 0;
    if (hasNone && policies.passesWithoutToken()) {
      const session = await this.issue.first({
        ...opened,
        state: 'authenticated',
        proof: 'password-without-token',
      });
      return { kind: 'logged-in', user: owner, session, verdict: null };
    }
    if (otp !== '') {
      const request = {
        ...secondFactorRequest(user, null, 'second-factor'),
        password: otp,
        transaction: null,
        network,
      };
      const named = { ...context, user: owner.login, realm: owner.realm };
      const { verdict } = await this.authenticate.execute(request, named);
      if (verdict.kind !== 'accepted' || !verdict.token) {
        return { kind: 'refused', user: owner, isThrottled: false, verdict };
      }
      const session = await this.issue.first({ ...opened, state: 'authenticated', proof: 'second-factor' });
      return { kind: 'logged-in', user: owner, session, verdict };
    }
    const session = await this.issue.first({ ...opened, state: 'credentials_verified', proof: 'password' });
    const active = tokens.filter((token) => token.active);
    return { kind: 'second-factor-missing', user: owner, session, tokens: active };
  }
}
