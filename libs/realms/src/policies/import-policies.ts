import type { AuditContext } from '@app/audit';
import type { StoredPolicy } from '@app/policies';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import { checkChange } from './check-change.js';
import { completePolicy } from './complete-policy.js';
import { withSealedSecrets } from './forward-servers.js';
import { UnfitPolicy } from './policies.errors.js';
import { parsePolicyFile, type PolicySection } from './policy-file.js';
import type { PolicySecrets } from './policy-secrets.js';

/** Stores the policies of a file, all or none; others stay as they are (spec/policies §10.3). */
export class ImportPolicies {
  constructor(
    private readonly administration: ConfigurationAdministration,
    private readonly secrets: PolicySecrets,
  ) {}

  /** @returns how many there were @throws Invalid naming what is wrong, TooManyPolicies, Unavailable */
  async execute(text: string, info: string, context: AuditContext): Promise<number> {
    if (text.trim() === '') throw new UnfitPolicy('file', 'Error loading policy. File is empty!');
    const saved = parsePolicyFile(text).map((section) => this.#policyOf(section));
    return this.administration.change(context, async (configuration) => {
      // As in LinOTP: the policies of a file were in force together, whoever they shut out.
      const warnings = checkChange(configuration.before, { saved, lockout: 'enforced' });
      for (const policy of saved) await configuration.savePolicy(policy);
      return {
        result: saved.length,
        facts: { succeeded: true, info, detail: warnings.join('; ') },
      };
    });
  }

  #policyOf({ name, values }: PolicySection): StoredPolicy {
    const demanded = (attribute: string) => {
      const value = values.get(attribute);
      // LinOTP says no more of it than its name.
      if (value === undefined) throw new UnfitPolicy(attribute, `'${attribute}'`);
      return value;
    };
    const orAny = (attribute: string) => values.get(attribute) || '*';
    return completePolicy({
      name,
      action: withSealedSecrets(demanded('action'), this.secrets),
      scope: demanded('scope'),
      active: values.get('active') ?? 'True',
      realm: orAny('realm'),
      user: orAny('user'),
      time: orAny('time'),
      client: orAny('client'),
    });
  }
}
