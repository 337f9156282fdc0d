import { compilePolicies } from '../compile-policies.js';
import type { StoredPolicy } from '../policy.js';
import { AdminRights } from './admin-rights.js';
import { RealmRights } from './realm-rights.js';

const ADMIN = {
  login: 'admin',
  realm: 'linotp_admins',
  resolvers: ['LinOTP_local_admins'],
  attributes: null,
};

const policy = (given: Partial<StoredPolicy>, place = 0): StoredPolicy => ({
  name: `p${place}`,
  scope: 'admin',
  action: 'enable',
  realm: '*',
  user: '*',
  client: null,
  time: null,
  active: 'True',
  ...given,
});
const rights = (policies: readonly Partial<StoredPolicy>[], client = '192.0.2.1') =>
  new AdminRights(compilePolicies(policies.map(policy)), {
    subject: ADMIN,
    client,
    time: new Date(2026, 0, 2, 3, 4),
  });

describe('realms in which something is granted', () => {
  it.each<[string, readonly Partial<StoredPolicy>[], readonly string[] | null]>([
    ['all without any policy', [], null],
    ['all where the scope has inactive policies alone', [{ active: 'False', realm: 'a' }], null],
    ['all where another scope has policies alone', [{ scope: 'system', action: 'read' }], null],
    ['those of the policy, in lower case', [{ realm: 'Sales, dev ,' }], ['dev', 'sales']],
    ['those of all policies', [{ realm: 'a' }, { realm: 'b' }], ['a', 'b']],
    ['all with *', [{ realm: 'a, *' }], null],
    ['all with * as the action', [{ action: '*' }], null],
    ['none without a matching user', [{ user: 'other' }], []],
    ['none without the action', [{ action: 'disable' }], []],
    ['none for an explicit negative', [{ action: '!enable' }, { action: 'enable=false' }], []],
    ['none for a negated realm', [{ realm: '-a, !b' }], []],
    ['none where the same realm is negated', [{ realm: 'a, -a' }, { realm: '! B, b' }], []],
    ['the others where one is negated', [{ realm: 'a, b, -A' }], ['b']],
    ['those of other policies that one negates', [{ realm: 'b, -a' }, { realm: 'a' }], ['a', 'b']],
    ['none while the only policy is broken', [{ user: 'h[' }], []],
    ['none for the policies of another network', [{ client: '198.51.100.0/24' }], []],
    ['none at another time', [{ time: '* * * * * 1999;' }], []],
    ['those of administrators named with their realm', [{ user: 'admin@linotp_admins', realm: 'a' }], ['a']],
    ['those of administrators of a resolver', [{ user: 'LinOTP_local_admins:', realm: 'a' }], ['a']],
    [
      'those that name the administrator before those for everybody',
      [
        { user: 'admin', realm: 'a' },
        { user: '*', realm: 'b' },
      ],
      ['a'],
    ],
  ])('are %s', (_title, policies, realms) => {
    expect(rights(policies).realmsFor('enable').realms).toEqual(realms);
  });

  it('are shown for any action, but not for one that is only denied', () => {
    const policies = [{ realm: 'a' }, { action: 'userlist', realm: 'b' }, { action: '!remove', realm: 'c' }];
    expect(rights(policies).shownRealms().realms).toEqual(['a', 'b']);
  });
});

describe('rights for the installation', () => {
  it.each<[boolean, readonly Partial<StoredPolicy>[]]>([
    [true, []],
    [true, [{ scope: 'system', action: 'read', realm: 'whatever' }]],
    [true, [{ scope: 'system', action: 'read', client: '192.0.2.0/24' }]],
    [false, [{ scope: 'system', action: 'write' }]],
    [false, [{ scope: 'system', action: 'read', user: null }]],
    [false, [{ scope: 'system', action: 'read', client: '198.51.100.1' }]],
    [false, [{ scope: 'system', action: 'read', time: '* * * * * 1999;' }]],
    [false, [{ scope: 'system', action: '*,!read' }]],
  ])('are %s with %j', (expected, policies) => {
    expect(rights(policies).may('system', 'read')).toBe(expected);
  });
});

describe('RealmRights', () => {
  const some = RealmRights.of(['A', 'b']);

  it.each([
    [['a'], true, true],
    [['a', 'B'], true, true],
    [['a', 'c'], true, false],
    [['c'], false, false],
    [[], false, false],
  ])('of a token in %j: one common realm %s, each realm %s', (realms, one, each) => {
    expect([some.hasOneOf(realms), some.hasAllOf(realms)]).toEqual([one, each]);
    expect([RealmRights.ALL.hasOneOf(realms), RealmRights.ALL.hasAllOf(realms)]).toEqual([true, true]);
    expect([RealmRights.NONE.hasOneOf(realms), RealmRights.NONE.hasAllOf(realms)]).toEqual([false, false]);
  });

  it('joins what either covers', () => {
    expect(some.or(RealmRights.of(['c'])).realms).toEqual(['a', 'b', 'c']);
    expect(some.or(RealmRights.ALL).isEverywhere).toBe(true);
    expect(RealmRights.NONE.or(RealmRights.NONE).isNowhere).toBe(true);
  });

  it('covers no realm only where it covers everything', () => {
    expect([some.has(''), RealmRights.ALL.has('')]).toEqual([false, true]);
  });
});
