import { type PolicyQuery, type PolicySet, type StoredPolicy, compilePolicies } from '@app/policies';

import { figure } from '../../faults/figures.js';
import { quantile } from '../gateway/load-process.js';

const POLICIES = 1000;
const ROUNDS = 2000;

const TIME = new Date(2024, 5, 3, 9, 30);
const SUBJECT = {
  login: 'hans.500',
  realm: 'realm5',
  resolvers: ['staff'],
  attributes: { email: 'hans@example.com' },
};

/** What a login with a user in a realm asks. */
const LOOKUPS = [
  ['authorization', 'authorize'],
  ['authorization', 'setrealm'],
  ['authorization', 'tokentype'],
  ['authentication', 'otppin'],
  ['authentication', 'passthru'],
  ['authentication', 'challenge_response'],
  ['authorization', 'serial'],
  ['authorization', 'detail_on_success'],
] as const;

function policy(index: number, given: Partial<StoredPolicy>): StoredPolicy {
  return {
    name: `policy_${index}`,
    scope: 'authentication',
    action: 'otppin=1',
    realm: '*',
    user: null,
    client: null,
    time: null,
    active: 'True',
    ...given,
  };
}

/** An installation of many realms: a few policies for everybody, the others for one realm each. */
function manyRealms(index: number): StoredPolicy {
  const scopes = ['authentication', 'authorization', 'enrollment', 'selfservice', 'admin'];
  const actions: Readonly<Record<string, readonly string[]>> = {
    authentication: ['otppin=1', 'passthru', 'challenge_response=*', 'smstext="<otp>"'],
    authorization: ['authorize', 'tokentype=hmac totp', 'detail_on_success', 'setrealm=other'],
  };
  const scope = scopes[index % scopes.length] ?? 'authentication';
  const ofScope = actions[scope] ?? ['enable, disable, reset'];
  return policy(index, {
    scope,
    action: ofScope[Math.floor(index / 5) % ofScope.length] ?? '',
    realm: index % 50 < 5 ? '*' : `realm${index % 40}, other${index}`,
    user: index % 3 === 0 ? `hans.${index}, kurt*` : '*',
    client: index % 4 === 0 ? '10.0.0.0/8, -10.1.0.0/16' : null,
    time: index % 7 === 0 ? '* 7-19 * * 1-5 *' : null,
  });
}

function measure(
  set: PolicySet,
  queries: readonly (PolicyQuery & { readonly action: string })[],
): readonly number[] {
  const microseconds: number[] = [];
  let found = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const from = process.hrtime.bigint();
    for (const query of queries) found += set.matching(query).length;
    microseconds.push(Number(process.hrtime.bigint() - from) / 1000);
  }
  expect(found).toBeGreaterThan(0);
  return microseconds.slice(ROUNDS / 4);
}

it.each<[string, (index: number) => StoredPolicy]>([
  ['spread over scopes, actions and realms', manyRealms],
  [
    'of one action and realm, each naming a user',
    (index) => policy(index, { user: `user${index}, hans.${index}` }),
  ],
  [
    'of one action and realm, each with a wildcard user',
    (index) => policy(index, { user: `user${index}*, hans.${index}` }),
  ],
  [
    'of one action and realm, each with a user and a network',
    (index) => policy(index, { user: `hans.${index}`, client: `10.${index % 256}.0.0/16, 192.168.1.0/24` }),
  ],
  [
    'of one action and realm, each with a network',
    (index) => policy(index, { client: `10.${index % 256}.0.0/16` }),
  ],
])(`decides a login among ${POLICIES} policies %s`, (kind, make) => {
  const stored = Array.from({ length: POLICIES }, (_, index) => make(index));
  const from = performance.now();
  const set = compilePolicies(stored);
  const compiled = performance.now() - from;
  const request = { realm: SUBJECT.realm, subject: SUBJECT, client: '10.244.3.4', time: TIME };
  const times = measure(
    set,
    LOOKUPS.map(([scope, action]) => ({ scope, action, ...request })),
  );
  figure(
    `${kind}: ${LOOKUPS.length} lookups of a login, median ${quantile(times, 0.5).toFixed(1)} µs, ` +
      `99 % ${quantile(times, 0.99).toFixed(1)} µs; compiled in ${compiled.toFixed(1)} ms`,
  );
});
