import type { Clock } from '@app/kernel';
import { type RealmUser, policySubject } from '@app/realms';
import { SelfServicePolicies } from '@app/tokens';

import type { CheckUserPassword } from '../check-user-password.js';
import { loginNames } from '../login-names.js';
import type { NewestConfiguration } from '../newest-configuration.js';
import { PortalPolicies } from '../portal-policies.js';
import type { SessionUser } from '../session/user-session.js';

export interface PasswordLogin {
  readonly login: string;
  /** `null`: not named. */
  readonly realm: string | null;
  readonly password: string;
  /** The client's address. */
  readonly client: string;
}

export type PasswordProof =
  | {
      readonly kind: 'proven';
      readonly user: RealmUser;
      /** The same, as sessions name them. */
      readonly owner: SessionUser;
      readonly policies: SelfServicePolicies;
      /** The password is not enough. */
      readonly needsSecondFactor: boolean;
    }
  | { readonly kind: 'refused'; readonly user: SessionUser | null; readonly isThrottled: boolean };

/** Who logs in, by the password of the directory, and what policies say of them, under the configuration as it is now. */
export class ProveByPassword {
  constructor(
    private readonly configuration: NewestConfiguration,
    private readonly passwords: CheckUserPassword,
    private readonly clock: Clock,
  ) {}

  /** @throws Unavailable: never an acceptance */
  async execute({ login, realm, password, client }: PasswordLogin): Promise<PasswordProof> {
    const configuration = await this.configuration.execute();
    const names = loginNames(login, realm, configuration);
    const checked = await this.passwords.execute({ names, login, password, client }, configuration);
    if (checked.kind !== 'right') {
      const found = 'user' in checked ? checked.user : null;
      const isThrottled = checked.kind === 'throttled';
      return { kind: 'refused', user: found && sessionUserOf(found), isThrottled };
    }
    const { user } = checked;
    const time = this.clock.now();
    const policies = new SelfServicePolicies(configuration, user, client, time);
    const needsSecondFactor = new PortalPolicies(configuration.policies, {
      client,
      time,
    }).needsSecondFactor();
    return { kind: 'proven', user, owner: sessionUserOf(user), policies, needsSecondFactor };
  }
}

function sessionUserOf(user: RealmUser): SessionUser {
  const { login, realm } = policySubject(user);
  const { resolver = '', userId = '' } = user.references[0] ?? {};
  return { resolver, userId, login, realm };
}
