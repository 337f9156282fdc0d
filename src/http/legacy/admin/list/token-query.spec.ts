import type { ConfigurationSnapshot } from '@app/realms';

import { permittedRealms, realmFilter, sortKey, textFilter } from './token-query.js';

const configuration = {
  realms: new Map([
    ['r1', { name: 'r1', resolvers: [] }],
    ['r2', { name: 'r2', resolvers: [] }],
    ['staff', { name: 'staff', resolvers: [] }],
  ]),
} as unknown as ConfigurationSnapshot;

describe('realmFilter', () => {
  // spec/admin-api §3.1, "Realm filter"
  it.each<[string, object]>([
    ['*', {}],
    ['r1,*', {}],
    ['r1', { realms: ['r1'] }],
    ['r1, r2', { realms: ['r1', 'r2'] }],
    ['r1,nosuch', { realms: ['r1'] }],
    ['R1', { realms: [] }],
    ['/:no realm:/', { realms: 'none' }],
    ["''", { realms: 'none' }],
    ['""', { realms: 'none' }],
    ["'/:no realm:/'", { realms: 'none' }],
    ['', {}],
    ["'',r1", { realms: ['r1'] }],
    ['r*', { realms: ['r1', 'r2'] }],
    ['nosuch', { realms: [] }],
  ])('of %j is %j', (list, filter) => {
    expect(realmFilter(list, configuration)).toEqual(filter);
  });
});

describe('textFilter', () => {
  it.each<[string, object]>([
    ['', {}],
    ['/:active:/', { active: true }],
    ['/:token is disabled:/', { active: false }],
    ['golden', { text: { contains: 'golden', types: [], resolvers: [] } }],
    ['HM', { text: { contains: 'HM', types: ['hotp'], resolvers: [] } }],
    ['eople', { text: { contains: 'eople', types: [], resolvers: ['people'] } }],
    ['LDAPId', { text: { contains: 'LDAPId', types: [], resolvers: ['away'] } }],
  ])('of %j is %j', (text, filter) => {
    const resolvers = [
      { name: 'people', type: 'passwd' },
      { name: 'away', type: 'ldap' },
    ];
    expect(textFilter(text, resolvers)).toEqual(filter);
  });
});

describe('permittedRealms', () => {
  it.each<[object, string[] | null, object | null]>([
    [{}, null, {}],
    [{ realms: ['r1'] }, null, { realms: ['r1'] }],
    [{ realms: 'none' }, null, { realms: 'none' }],
    [{}, ['r1'], {}],
    [{ realms: ['r1', 'r2'] }, ['r1'], { realms: ['r1'] }],
    [{ realms: ['r2'] }, ['r1'], null],
    [{ realms: 'none' }, ['r1'], null],
    [{ realms: [] }, ['r1'], null],
  ])('of %j within %j are %j', (asked, within, permitted) => {
    expect(permittedRealms(asked, within)).toEqual(permitted);
  });
});

describe('sortKey', () => {
  const keys = { TokenSerialnumber: 'serial', TokenDesc: 'description' } as const;

  it('knows its names', () => {
    expect(sortKey('TokenSerialnumber', keys)).toBe('serial');
  });

  it('says what was perhaps meant (recording 100)', () => {
    expect(() => sortKey('LinOtp.TokenSerialnumber', keys)).toThrow(
      `"Tokens can't be sorted by LinOtp.TokenSerialnumber. Did you mean any of ['TokenSerialnumber']?"`,
    );
  });

  it.each(['foo', 'constructor', '__proto__'])('refuses %j', (name) => {
    expect(() => sortKey(name, keys)).toThrow(`"Tokens can't be sorted by ${name}."`);
  });
});
