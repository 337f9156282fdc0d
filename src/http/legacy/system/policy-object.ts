import type { Policy } from '@app/policies';
import type { PolicySection } from '@app/realms';

/** The attributes of a policy, in the order in which clients see them (recording 246). */
export const POLICY_ATTRIBUTES = ['action', 'scope', 'realm', 'user', 'time', 'client', 'active'] as const;

/** A policy as clients see it: normalised, and with its name. */
export type PolicyObject = Readonly<Record<(typeof POLICY_ATTRIBUTES)[number] | 'name', string>>;

export function policyObject({
  action,
  scope,
  realm,
  user,
  time,
  client,
  active,
  name,
}: Policy): PolicyObject {
  return { action, scope, realm, user, time, client, active, name };
}

/** Policies by their names. */
export function policiesByName(policies: readonly Policy[]): Readonly<Record<string, PolicyObject>> {
  // Not a literal's keys: `__proto__` is a name that a policy may have.
  return Object.fromEntries(policies.map((policy) => [policy.name, policyObject(policy)]));
}

/** A policy as it is exported. */
export function policySection(policy: Policy): PolicySection {
  return { name: policy.name, values: new Map(Object.entries(policyObject(policy))) };
}
