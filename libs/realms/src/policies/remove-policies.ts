import type { AuditContext } from '@app/audit';
import type { AdministratorAtWork } from '@app/policies';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import { checkChange } from './check-change.js';
import { MalformedPolicyName } from './policies.errors.js';

const NAME = /^[a-zA-Z0-9_]*$/;

/** Removes policies; names that no policy has are passed over (spec/policies §10.7). */
export class RemovePolicies {
  constructor(private readonly administration: ConfigurationAdministration) {}

  /**
   * @param lockout who must still be able to change policies afterwards; `'enforced'`: nobody
   * @returns those that were there, in the order of the names
   * @throws MalformedPolicyName, PotentialLockout, Unavailable
   */
  async execute(
    names: readonly string[],
    lockout: AdministratorAtWork | 'enforced',
    context: AuditContext,
  ): Promise<readonly string[]> {
    if (!names.every((name) => NAME.test(name))) throw new MalformedPolicyName();
    return this.administration.change(context, async (configuration) => {
      const { before } = configuration;
      const stored = new Set(before.policies.all.map(({ name }) => name));
      const removed = [...new Set(names)].filter((name) => stored.has(name));
      checkChange(before, { removed, lockout });
      for (const name of removed) await configuration.removePolicy(name);
      return { result: removed, facts: { succeeded: removed.length > 0, info: names.at(-1) ?? '' } };
    });
  }
}
