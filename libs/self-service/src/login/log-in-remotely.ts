import type { AuditContext } from '@app/audit';
import type { Authenticate, Verdict } from '@app/authentication';

import type { IssuedSession, IssueUserSession } from '../session/issue-user-session.js';
import type { OwnTokens } from '../own-tokens.js';
import type { SessionUser } from '../session/user-session.js';
import type { PasswordLogin, ProveByPassword } from './prove-by-password.js';
import { secondFactorRequest } from './show-second-factor.js';

export interface RemoteLoginRequest extends PasswordLogin {
  /** As at any login, with whatever stands before it; may be empty. */
  readonly otp: string;
  readonly network: string | null;
}

export type RemoteLoginResult =
  | {
      readonly kind: 'logged-in';
      readonly user: SessionUser;
      readonly session: IssuedSession;
      /** Of the tokens, which the record tells of; `null`: none was asked. */
      readonly verdict: Verdict | null;
    }
  | {
      readonly kind: 'refused';
      readonly user: SessionUser | null;
      readonly isThrottled: boolean;
      readonly verdict: Verdict | null;
    };

/**
 * A login to a self-service on another machine: password and OTP at once (spec/validate-api §4.5, `auth`). Where a second factor
 * is needed, who has no token may be given one, as at any login, and is let in by nothing else.
 */
export class LogInRemotely {
  constructor(
    private readonly passwords: ProveByPassword,
    private readonly ownTokens: OwnTokens,
    private readonly authenticate: Authenticate,
    private readonly issue: IssueUserSession,
  ) {}

  /** @throws Unavailable: never an acceptance */
  async execute(
    { otp, network, ...login }: RemoteLoginRequest,
    context: AuditContext,
  ): Promise<RemoteLoginResult> {
    const proven = await this.passwords.execute(login);
    if (proven.kind === 'refused') return { ...proven, verdict: null };
    const { user, owner, needsSecondFactor } = proven;
    const { client } = login;
    const opened = { state: 'authenticated', user: owner, client, transaction: null } as const;
    if (!needsSecondFactor) {
      const session = await this.issue.first({ ...opened, proof: 'password' });
      return { kind: 'logged-in', user: owner, session, verdict: null };
    }
    const tokens = await this.ownTokens.execute(user, { onlyActive: false });
    // A token is given by the password, with an OTP of an unassigned one behind it or without any.
    const password = tokens.length > 0 ? otp : `${login.password}${otp}`;
    const request = { ...secondFactorRequest(user, null, 'login'), password, transaction: null, network };
    const named = { ...context, user: owner.login, realm: owner.realm };
    const { verdict } = await this.authenticate.execute(request, named);
    if (verdict.kind !== 'accepted' || !verdict.token) {
      return { kind: 'refused', user: owner, isThrottled: false, verdict };
    }
    const session = await this.issue.first({ ...opened, proof: 'second-factor' });
    return { kind: 'logged-in', user: owner, session, verdict };
  }
}
