import { compilePolicies } from '../compile-policies.js';
import { normalisePolicy } from '../normalise.js';
import type { Policy, StoredPolicy } from '../policy.js';
import { AdminRights, type AdministratorAtWork } from '../rights/admin-rights.js';
import { PotentialLockout } from './validation.errors.js';

/**
 * Refuses a change after which nobody may change anything any more, or not the administrator who makes it
 * (spec/policies §10.1, 'Do better'). While no system policy is active, everybody may.
 *
 * @param before        all policies, stored or normalised
 * @param after         all of them, as they would be
 * @param administrator who has to keep the right; `null`: there is none, as on the command line
 * @throws PotentialLockout
 */
export function refuseLockout(
  before: readonly StoredPolicy[],
  after: readonly StoredPolicy[],
  administrator: AdministratorAtWork | null,
): void {
  const touched = touchedSystemPolicies(before, after);
  if (touched.length === 0) return;
  const policies = compilePolicies(after);
  if (policies.hasActive('system') && !policies.grants({ scope: 'system', action: 'write' })) {
    throw new PotentialLockout("no active system policy with 'write' permission defined!");
  }
  for (const part of ['realm', 'user'] as const) {
    const open = touched.find((policy) => policy[part] === '');
    if (open !== undefined) throw new PotentialLockout(`no ${part} defined for system policy ${open.name}!`);
  }
  if (administrator !== null && !new AdminRights(policies, administrator).may('system', 'write')) {
    const { login, realm } = administrator.subject;
    const who = realm === '' ? login : `${login}@${realm}`;
    throw new PotentialLockout(`no active system policy with 'write' permission matches ${who}!`);
  }
}

/** Those of scope system that are new, different or gone; of a different one, as it is to be. */
function touchedSystemPolicies(
  before: readonly StoredPolicy[],
  after: readonly StoredPolicy[],
): readonly Policy[] {
  const stood = byName(before);
  const stands = byName(after);
  return [...new Set([...stood.keys(), ...stands.keys()])].flatMap((name) => {
    const was = stood.get(name);
    const is = stands.get(name);
    if (was !== undefined && is !== undefined && isSame(was, is)) return [];
    if (is?.scope === 'system') return [is];
    return was?.scope === 'system' ? [was] : [];
  });
}

function byName(policies: readonly StoredPolicy[]): ReadonlyMap<string, Policy> {
  return new Map(policies.map((policy) => [policy.name, normalisePolicy(policy)]));
}

function isSame(one: Policy, other: Policy): boolean {
  return (Object.keys(one) as (keyof Policy)[]).every((part) => one[part] === other[part]);
}
