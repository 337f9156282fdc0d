import type { AuditContext } from '@app/audit';
import type { AdministratorAtWork } from '@app/policies';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import { checkChange } from './check-change.js';
import { completePolicy, type GivenPolicy } from './complete-policy.js';
import { withSealedSecrets } from './forward-servers.js';
import type { PolicySecrets } from './policy-secrets.js';

export interface PolicyWish {
  /** Its name may be that of another one, which it replaces. */
  readonly given: GivenPolicy;
  /** Who must still be able to change policies afterwards; `'enforced'`: nobody. */
  readonly lockout: AdministratorAtWork | 'enforced';
  /** What the record says of it. */
  readonly detail: string;
}

/** Creates or replaces a policy (spec/policies §10.1). */
export class SavePolicy {
  constructor(
    private readonly administration: ConfigurationAdministration,
    private readonly secrets: PolicySecrets,
  ) {}

  /** @throws PotentialLockout, Invalid with LinOTP's texts, TooManyPolicies, Unavailable */
  async execute({ given, lockout, detail }: PolicyWish, context: AuditContext): Promise<void> {
    const complete = completePolicy(given);
    // Before anything is said about the actions: no message may have a secret.
    const policy = { ...complete, action: withSealedSecrets(complete.action, this.secrets) };
    await this.administration.change(context, async (configuration) => {
      const warnings = checkChange(configuration.before, { saved: [policy], lockout });
      await configuration.savePolicy(policy);
      return { result: undefined, facts: { succeeded: true, detail, info: warnings.join('; ') } };
    });
  }
}
