import type { StoredPolicy } from '@app/policies';

import { MissingPolicyPart, UnfitPolicy } from './policies.errors.js';

/** A policy as it is sent; `null`: that part was not. */
export type GivenPolicy = { readonly [Part in keyof StoredPolicy]: string | null };

const NAME = /^[a-zA-Z0-9_]+$/;

/**
 * All that a policy needs, looked at in LinOTP's order (spec/policies §10.1).
 * @throws MissingPolicyPart, UnfitPolicy
 */
export function completePolicy(given: GivenPolicy): StoredPolicy {
  const name = demanded(given, 'name');
  if (name === '') throw new UnfitPolicy('name', 'The name of the policy must not be empty');
  const action = demanded(given, 'action');
  const scope = demanded(given, 'scope');
  const realm = demanded(given, 'realm');
  if (action === '') throw new UnfitPolicy('action', 'setPolicy failed: name and action required!');
  if (!NAME.test(name)) {
    // With its two blanks: recording 243.
    throw new UnfitPolicy('name', 'The name of the policy may only contain the characters  a-zA-Z0-9_.');
  }
  const policy = { ...given, name, action, scope, realm };
  for (const part of ['scope', 'realm'] as const) {
    if (policy[part] === '') throw new UnfitPolicy(part, `Missing attribute ${part} in policy ${name}`);
  }
  // LinOTP stumbles over it. An empty text is refused by the check for a lock-out, which can be overridden.
  if (scope === 'system' && policy.user === null) {
    throw new UnfitPolicy('user', `Missing attribute user in policy ${name}`);
  }
  return { ...policy, active: policy.active ?? 'True' };
}

function demanded(given: GivenPolicy, part: 'name' | 'action' | 'scope' | 'realm'): string {
  const text = given[part];
  if (text === null) throw new MissingPolicyPart(part);
  return text;
}
