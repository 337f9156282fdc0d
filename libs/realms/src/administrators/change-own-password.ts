import type { AuditContext } from '@app/audit';

import type { Configuration } from '../configuration.js';
import { NoLocalAdministrator, OldPasswordWrong, TooManyFailures } from '../realms.errors.js';
import type { AdministratorAccount } from './administrator.js';
import type { AdministratorChanges } from './administrator-changes.js';
import type { AdministratorStore } from './administrator-store.js';
import { isLocalResolver } from './authenticated-administrator.js';
import type { LoginThrottle } from './login-throttle.js';
import { normalizedPassword, parseNewPassword } from './password.js';
import type { PasswordHashes } from './password-hashes.js';

export interface PasswordChange {
  /** Who is logged in, and the resolver that knows them. */
  readonly username: string;
  readonly resolver: string;
  readonly oldPassword: string;
  readonly newPassword: string;
  /** The client's address. */
  readonly client: string;
}

/** A local administrator changes their own password, and ends all of their sessions with it (spec/system-api §5.4). */
export class ChangeOwnPassword {
  constructor(
    private readonly configuration: Configuration,
    private readonly administrators: AdministratorStore,
    private readonly changes: AdministratorChanges,
    private readonly passwords: PasswordHashes,
    private readonly throttle: LoginThrottle,
  ) {}

  /** @throws NoLocalAdministrator, TooManyFailures, OldPasswordWrong, Invalid (the new password), Unavailable */
  async execute(change: PasswordChange, context: AuditContext): Promise<void> {
    const { username, oldPassword, newPassword, client } = change;
    const account = await this.#accountOf(change);
    // Counted as logins are: whoever finds an open session must not guess at the password by it.
    const attempt = { account: username, client };
    const verdict = await this.throttle.charge(attempt);
    if (verdict.kind === 'throttled') throw new TooManyFailures(verdict.retryAfterSeconds);
    if (!(await this.#isPasswordOf(account, oldPassword))) throw new OldPasswordWrong();
    await this.throttle.succeeded(attempt);

    const hash = await this.passwords.hash(parseNewPassword(newPassword, username));
    await this.changes.change(context, async (accounts) => {
      await accounts.setPassword(username, hash);
      return { result: undefined, facts: { succeeded: true } };
    });
  }

  async #accountOf({ username, resolver }: PasswordChange): Promise<AdministratorAccount> {
    const definition = this.configuration.current().resolvers.get(resolver);
    // A local administrator of the same name is somebody else.
    const account = definition && isLocalResolver(definition) && (await this.administrators.find(username));
    if (!account) throw new NoLocalAdministrator(username);
    return account;
  }

  async #isPasswordOf({ passwordHash }: AdministratorAccount, password: string): Promise<boolean> {
    return passwordHash !== null && this.passwords.verify(passwordHash, normalizedPassword(password));
  }
}
