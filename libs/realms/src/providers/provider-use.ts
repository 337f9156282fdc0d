import type { ActionValue, PolicySet } from '@app/policies';

import type { ProviderType } from './provider.js';

/** The policies that send messages through a provider, inactive ones too, in order of name (spec/policies §8.6, §8.8). */
export function policiesUsing(policies: PolicySet, type: ProviderType, name: string): readonly string[] {
  return policies.all
    .filter((policy) => {
      const actions = policies.actionsOf(policy.name);
      if (policy.scope === 'authentication') return names(actions.get(`${type}_provider`)).includes(name);
      return policy.scope === 'notification' && [...actions.values()].includes(`${type}::${name}`);
    })
    .map((policy) => policy.name);
}

/** Several names have blanks between them; a name with blanks stands alone. */
function names(value: ActionValue | undefined): readonly string[] {
  if (typeof value !== 'string') return [];
  const whole = value.trim();
  return [whole, ...whole.split(/\s+/)];
}
