import { NO_POLICIES, compilePolicies } from './compile-policies.js';
import type { StoredPolicy } from './policy.js';
import { loginOnly } from './subject.js';

const HANS = { login: 'hans', realm: 'mydom', resolvers: ['staff'], attributes: null };
const QUERY = {
  scope: 'authentication',
  action: 'otppin',
  realm: 'mydom',
  subject: HANS,
  client: '10.1.1.1',
};

function given(policies: Readonly<Record<string, Partial<StoredPolicy>>>) {
  return compilePolicies(
    Object.entries(policies).map(([name, policy]) => ({
      name,
      scope: 'authentication',
      action: 'otppin=1',
      realm: '*',
      user: null,
      client: null,
      time: null,
      active: 'True',
      ...policy,
    })),
  );
}

const names = (policies: readonly { readonly name: string }[]) => policies.map(({ name }) => name).join(' ');

describe('a set of policies', () => {
  it('is in the order of names', () => {
    expect(names(given({ b: {}, B: {}, a: {}, '10': {}, '9': {}, _: {} }).all)).toBe('10 9 B _ a b');
  });

  it('knows which scopes are in use, whatever the conditions of their policies', () => {
    const set = given({ a: { user: 'nobody', realm: 'nowhere' }, b: { scope: 'admin', active: 'False' } });
    expect(set.hasActive('authentication')).toBe(true);
    expect(set.hasActive('admin')).toBe(false);
    expect(NO_POLICIES.hasActive('authentication')).toBe(false);
  });

  it('knows which actions are in use', () => {
    const set = given({
      a: { scope: 'authorization', action: 'authorize, serial=x' },
      b: { scope: 'authorization', action: 'tokentype=hmac', active: 'False' },
      c: { scope: 'admin', action: '*' },
      d: { scope: 'enrollment', action: 'maxtoken="1' },
    });
    expect(set.hasActiveWith('authorization', 'authorize')).toBe(true);
    expect(set.hasActiveWith('authorization', 'tokentype')).toBe(false);
    expect(set.hasActiveWith('admin', 'enable')).toBe(true);
    expect(set.hasActiveWith('nosuch', 'enable')).toBe(false);
    // Nobody knows what a broken list restricts.
    expect(set.hasActiveWith('enrollment', 'tokencount')).toBe(true);
  });
});

describe('of the policies that match', () => {
  it.each<[string, Record<string, Partial<StoredPolicy>>, string]>([
    ['those that name the user', { a: { user: 'hans' }, b: { user: 'h*' }, c: {} }, 'a'],
    ['those with an expression for the user', { b: { user: 'h*' }, c: {} }, 'b'],
    ['those that name the realm', { a: {}, b: { realm: 'mydom' } }, 'b'],
    ['those that name the client', { a: {}, b: { client: '10.0.0.0/8' } }, 'b'],
    ['the user before the realm', { a: { user: 'hans' }, b: { user: 'h*', realm: 'mydom' } }, 'a'],
    ['the user before the client', { a: { user: 'hans' }, b: { client: '10.1.1.1' } }, 'a'],
    ['the realm before the client', { a: { realm: 'mydom' }, b: { client: '10.1.1.1' } }, 'a'],
    ['all that are equally specific', { b: {}, a: {}, c: { user: 'nobody' } }, 'a b'],
    [
      'what has the action, not what is more specific without',
      { a: { user: 'hans', action: 'x' }, b: {} },
      'b',
    ],
    ['what has every action', { a: { action: '*' }, b: { action: 'x' } }, 'a'],
    ['none that is inactive', { a: { active: 'False' } }, ''],
    ['none of another scope', { a: { scope: 'authorization' } }, ''],
    [
      'none that cannot be read',
      { a: { user: 'hans, h[' }, b: { client: '10' }, c: { time: '*' }, d: { time: '* *' } },
      'c',
    ],
  ])('chooses %s', (_, policies, chosen) => {
    expect(names(given(policies).matching(QUERY))).toBe(chosen);
  });

  it('chooses none where all are asked for', () => {
    const set = given({ a: { user: 'hans' }, b: { user: 'h*' }, c: {}, d: { user: 'kurt' } });
    expect(names(set.matchingAll(QUERY))).toBe('a b c');
  });

  it('looks at no condition that the query does not ask about', () => {
    const set = given({ a: { realm: 'other', user: 'kurt', client: '192.168.0.1', time: '0 0 1 1 * 1999' } });
    expect(names(set.matching({ scope: 'authentication' }))).toBe('a');
    for (const asked of [
      { realm: 'mydom' },
      { subject: HANS },
      { client: '10.1.1.1' },
      { time: new Date() },
    ]) {
      expect(set.matching({ scope: 'authentication', ...asked })).toEqual([]);
    }
  });

  it('takes any key of a requested list', () => {
    const set = given({ a: { action: 'token_status=x' }, b: { action: 'other' } });
    expect(names(set.matching({ scope: 'authentication', action: 'nosuch=1, token_status=active' }))).toBe(
      'a',
    );
    expect(set.matching({ scope: 'authentication', action: 'a="x' })).toEqual([]);
  });

  it('takes an empty client for nobody, or for no restriction', () => {
    const set = given({
      a: { scope: 'system', action: 'read', user: '*' },
      b: { scope: 'system', action: 'read', user: '*', client: '10.0.0.0/8' },
    });
    const query = { scope: 'system', action: 'read', client: '192.168.1.1' };
    expect(names(set.matching(query))).toBe('');
    expect(names(set.matching({ ...query, emptyClientIsAny: true }))).toBe('a');
    expect(names(set.matchingAll({ ...query, client: '10.1.1.1', emptyClientIsAny: true }))).toBe('a b');
  });
});

describe('an action', () => {
  it.each([
    ['passthru', true],
    ['passthru=1', true],
    ['passthru=yes', true],
    ['*', true],
    ['passthru, *', true],
    ['!passthru', false],
    ['passthru=False', false],
    ['passthru=0', false],
    ['passthru=no', false],
    ['passthru=-1', false],
    ['*, !passthru', false],
    ['!*', false],
    ['other', false],
    ['Passthru', false],
  ])('of the list %j is granted: %p', (action, grants) => {
    const set = given({ a: { action } });
    const query = { ...QUERY, action: 'passthru' };
    expect(set.grants(query)).toBe(grants);
    expect(set.granting(query)).toHaveLength(grants ? 1 : 0);
  });

  it('is refused to a user where a less specific policy grants it to all', () => {
    const set = given({ all: { action: 'passthru' }, hans: { action: '!passthru', user: 'hans' } });
    expect(set.grants({ ...QUERY, action: 'passthru' })).toBe(false);
    expect(set.grants({ ...QUERY, action: 'passthru', subject: loginOnly('kurt') })).toBe(true);
  });

  it('is any where none is named', () => {
    const set = given({ a: { action: '!enable, disable' }, b: { action: '!enable' }, c: { action: '' } });
    expect(names(set.granting({ scope: 'authentication' }))).toBe('a');
  });
});

describe('the value of an action', () => {
  it('is that of the first policy by name, of those that have one', () => {
    const set = given({ c: { action: 'otppin=3' }, b: { action: 'otppin=2' }, a: { action: '*' } });
    expect(set.value(QUERY)).toBe('2');
    expect(set.valueWithPolicy(QUERY)).toMatchObject({ value: '2', policy: { name: 'b' } });
  });

  it('is not known where no policy says one', () => {
    expect(given({ a: { action: '*' } }).value(QUERY)).toBeUndefined();
    expect(NO_POLICIES.value(QUERY)).toBeUndefined();
  });

  it('may be false, and that of a part', () => {
    const set = given({ a: { action: '!otppin, qrtanurl.here=x' } });
    expect(set.value(QUERY)).toBe(false);
    expect(set.value({ ...QUERY, action: 'qrtanurl.here' })).toBe('x');
    expect(set.value({ ...QUERY, action: 'qrtanurl' })).toBeUndefined();
  });
});

describe('what cannot be read', () => {
  it('is told, and matches nobody', () => {
    const set = given({ a: { user: 'h[', time: '* *' }, b: {} });
    expect([...set.problems.keys()]).toEqual(['a']);
    expect(set.problems.get('a')).toEqual([
      "the expression 'h[' cannot be read",
      'Error in Time Condition format: Expected 6 but got 2 parts in cron notation',
    ]);
    expect(names(set.matching({ scope: 'authentication' }))).toBe('b');
  });

  it.each<[string, Partial<StoredPolicy>, string]>([
    ['an action', { action: 'otppin=1, passthru' }, 'a'],
    ['an action in a list that cannot be read', { action: 'otppin=1, x="', user: '*' }, 'a'],
    ['another action', { action: 'otppin2=1' }, ''],
    ['every action, which restricts nothing', { action: '*' }, ''],
    ['the realm', { realm: 'other, MyDom' }, 'a'],
    ['another realm', { realm: 'other, -mydom' }, ''],
    ['another scope', { scope: 'enrollment' }, ''],
    ['no activity', { active: 'False' }, ''],
    ['nothing wrong', { user: '*' }, ''],
  ])('is known by name where it has %s', (_title, policy, expected) => {
    const set = given({ a: { user: 'h[', ...policy }, b: {} });
    const query = { scope: 'authentication', action: 'otppin', realm: 'MYDOM' };
    expect(set.unreadable(query).join(' ')).toBe(expected);
    const { realm: _, ...anywhere } = query;
    expect(set.unreadable(anywhere)).toEqual(expected === '' && policy.realm === undefined ? [] : ['a']);
  });

  it('keeps its scope in use', () => {
    expect(given({ a: { action: 'a=1, a=2' } }).hasActive('authentication')).toBe(true);
  });
});

describe('an explanation', () => {
  it('says of each policy of the scope why it does or does not match, and which decided', () => {
    const set = given({
      chosen: { action: '*', user: 'hans' },
      decided: { user: 'hans', realm: 'mydom, other' },
      inactive: { active: 'False' },
      broken: { client: '10.1', action: 'passthru' },
      outranked: {},
      elsewhere: { realm: 'a, -mydom', client: '10.0.0.0/8, -10.1.1.1' },
      other: { scope: 'admin' },
    });
    const explained = set.explain(QUERY);
    expect(explained).toMatchObject({ isScopeInUse: true, value: '1', decidedBy: ['decided'] });
    expect(explained.policies.map(({ policy, outcome }) => [policy.name, outcome])).toEqual([
      ['broken', 'broken'],
      ['chosen', 'outranked'],
      ['decided', 'decided'],
      ['elsewhere', 'unmatched'],
      ['inactive', 'inactive'],
      ['outranked', 'outranked'],
    ]);
    const elsewhere = explained.policies[3]?.conditions.map(
      ({ condition, isAsked, matches, entry, reason }) => [condition, isAsked, matches, entry, reason],
    );
    expect(elsewhere).toEqual([
      ['action', true, true, 'otppin', 'has the action otppin'],
      ['realm', true, false, '-mydom', '-mydom excludes it'],
      ['user', true, true, '*', '* matches, as everything does'],
      ['client', true, false, '-10.1.1.1', '-10.1.1.1 excludes it'],
      ['time', false, true, null, 'was not asked about'],
    ]);
    expect(explained.policies[0]?.problems).toEqual(["'10.1' is neither an address nor a network"]);
  });

  it('names a restriction that cannot be read: it refuses', () => {
    const explained = given({ a: { client: '10.1' }, b: {}, c: { user: 'h[', realm: 'other' } }).explain(
      QUERY,
    );
    expect(explained).toMatchObject({ grants: false, value: undefined, decidedBy: ['a'] });
    expect(explained.policies.map(({ outcome }) => outcome)).toEqual(['decided', 'chosen', 'broken']);
  });

  it('takes authorize for everybody’s while no policy has it', () => {
    const query = { ...QUERY, scope: 'authorization', action: 'authorize' };
    const others = { a: { scope: 'authorization', action: 'tokentype=totp' } };
    expect(given(others).explain(query)).toMatchObject({ isScopeInUse: false, grants: true, decidedBy: [] });
    const someone = { ...others, b: { scope: 'authorization', action: 'authorize', user: 'kurt' } };
    expect(given(someone).explain(query)).toMatchObject({ isScopeInUse: true, grants: false });
  });

  it('names those that grant', () => {
    const set = given({ a: { action: 'passthru' }, b: { action: '*' }, c: { action: '!passthru' } });
    const explained = set.explain({ ...QUERY, action: 'passthru', time: new Date(2024, 5, 2) });
    expect(explained).toMatchObject({ grants: true, decidedBy: ['a', 'b'] });
    expect(explained.policies.map(({ outcome }) => outcome)).toEqual(['decided', 'decided', 'chosen']);
  });

  it('names the one whose value counts', () => {
    const set = given({ b: { action: 'otppin=2' }, c: { action: 'otppin=3' }, a: { action: '*' } });
    expect(set.explain(QUERY)).toMatchObject({ value: '2', decidedBy: ['b'] });
  });

  it('names the one that refuses', () => {
    const explained = given({ a: { action: '!passthru' } }).explain({ ...QUERY, action: 'passthru' });
    expect(explained).toMatchObject({ grants: false, value: false, decidedBy: ['a'] });
  });

  it('says that nothing was asked, and that nothing is there', () => {
    expect(given({ a: {} }).explain({ scope: 'authentication' })).toMatchObject({
      grants: null,
      decidedBy: [],
    });
    expect(NO_POLICIES.explain(QUERY)).toEqual({
      isScopeInUse: false,
      policies: [],
      grants: false,
      value: undefined,
      decidedBy: [],
    });
  });
});
