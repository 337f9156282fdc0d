import { type LoginAttempt, type LoginDecision, LoginPolicies, type LoginScene } from '@app/authentication';
import { type PolicySet, type StoredPolicy, compilePolicies } from '@app/policies';
import type { Token } from '@app/tokens';

import { NOW, decide } from './login-decisions.js';

export const ANNAS_SCENE: LoginScene = {
  subject: {
    login: 'anna',
    realm: 'staff',
    resolvers: ['first'],
    attributes: { email: 'anna@example.test' },
  },
  realm: 'staff',
  isRealmUnclear: false,
  client: '192.0.2.1',
  time: NOW,
  ledBy: [],
};

/** `scope: action` for everybody, or with conditions of its own. */
export type Given = string | Partial<StoredPolicy>;

export function policiesOf(given: readonly Given[], scene: Partial<LoginScene> = {}): LoginPolicies {
  return new LoginPolicies(policySetOf(given), { ...ANNAS_SCENE, ...scene });
}

export function policySetOf(given: readonly Given[]): PolicySet {
  const stored = given.map((policy, place): StoredPolicy => {
    const everybody = { realm: '*', user: '*', client: '*', time: null, active: 'True', name: `p${place}` };
    if (typeof policy !== 'string') return { scope: '', action: '', ...everybody, ...policy };
    const [scope = '', action = ''] = policy.split(': ');
    return { ...everybody, scope, action };
  });
  return compilePolicies(stored);
}

export function decided(
  tokens: readonly Token[],
  given: readonly Given[],
  changes: Partial<LoginAttempt> = {},
  scene: Partial<LoginScene> = {},
): LoginDecision {
  return decide(tokens, { policies: policiesOf(given, scene), ...changes });
}
