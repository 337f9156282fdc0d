import { compilePolicies } from '@app/policies';
import type { ConfigurationSnapshot } from '@app/realms';

import { givenHotpToken } from '../../../../test/support/domain/given-token.js';
import { TokensInMemory } from '../../../../test/support/domain/tokens-in-memory.js';
import { countedChange } from './report-change.js';
import { reportedStatuses } from './reported-statuses.js';
import { countTokensIn, isCountable, kindsOfRealms, type TokenKind } from './token-status.js';

const policiesOf = (...given: readonly (readonly [action: string, realm: string])[]) =>
  compilePolicies(
    given.map(([action, realm], place) => ({
      name: `p${place}`,
      scope: 'reporting',
      action,
      realm,
      user: '*',
      client: '',
      time: '',
      active: 'True',
    })),
  );
const CONTEXT = { action: 'admin/init', client: '', administrator: '', user: '', realm: '' };

describe('what policies want reported', () => {
  it.each<[string, string, readonly string[]]>([
    ['token_total', 'staff', ['total']],
    ['token_total=yes', 'staff', []],
    ['!token_total', 'staff', []],
    ['token_user_total, token_total', 'staff', ['total', 'total users']],
    ['token_status=active&assigned', 'staff', ['active&assigned']],
    ['token_status=assigned&active', 'staff', []],
    ['token_status', 'staff', []],
    ['other', 'staff', []],
    ['token_total', 'elsewhere', []],
  ])('%s in %s: %j', (action, realm, expected) => {
    expect(reportedStatuses(policiesOf([action, 'staff']), realm)).toEqual(expected);
  });

  it('is all of it with `*`, of all policies together, and of tokens in no realm by their name or `*`', () => {
    expect(reportedStatuses(policiesOf(['*', 'staff']), 'staff')).toHaveLength(10);
    const both = policiesOf(['token_status=active', '*'], ['token_status=inactive', 'staff, /:no realm:/']);
    expect(reportedStatuses(both, 'staff')).toEqual(['active', 'inactive']);
    expect(reportedStatuses(both, 'other')).toEqual(['active']);
    expect(reportedStatuses(both, '')).toEqual(['active', 'inactive']);
  });
});

describe('counts', () => {
  const kind = (realms: readonly string[], isActive: boolean, isAssigned: boolean, tokens: number) =>
    ({ realms, isActive, isAssigned, tokens }) satisfies TokenKind;
  const KINDS = [
    kind(['a'], true, true, 1),
    kind(['a', 'b'], false, true, 10),
    kind(['b'], true, false, 100),
    kind([], false, false, 1000),
  ];

  it.each([
    ['total', 1111],
    ['active', 101],
    ['inactive', 1010],
    ['assigned', 11],
    ['unassigned', 1100],
    ['active&assigned', 1],
    ['inactive&unassigned', 1000],
    ['active&inactive', 0],
  ])('%s', (status, expected) => {
    expect(countTokensIn(KINDS, status)).toBe(expected);
  });

  it('are those of realms, each token once', () => {
    const total = (...realms: string[]) => countTokensIn(kindsOfRealms(KINDS, realms), 'total');
    expect([total('a'), total('b'), total('a', 'b'), total(''), total('', 'a'), total()]).toEqual([
      11, 110, 111, 1000, 1011, 0,
    ]);
  });

  it.each(['', 'activ', 'active&', 'total&active', 'constructor', 'ACTIVE'])('%j is no status', (status) => {
    expect(isCountable(status)).toBe(false);
  });
});

it('a change is reported in each realm that it touches, after it', async () => {
  const owner = { resolver: 'r', userId: '1', resolverType: 'passwd' };
  const store = new TokensInMemory([
    givenHotpToken({ serial: 'A', realms: ['staff'], owner }),
    givenHotpToken({ serial: 'B', realms: ['staff'], owner, active: false }),
    givenHotpToken({ serial: 'C' }),
  ]);
  const configuration = {
    policies: policiesOf(['token_total, token_user_total', 'staff, ext']),
  } as unknown as ConfigurationSnapshot;
  await store.change(CONTEXT, async (tokens) => {
    const touched = [{ realms: ['staff'] }, { realms: [] }, { realms: ['ext', 'staff'] }];
    const detail = await countedChange(tokens, { touched, configuration, context: CONTEXT });
    return { result: undefined, facts: { succeeded: true, detail } };
  });
  expect(store.recorded).toMatchObject([{ detail: 'tokennum = 2' }]);
  expect(store.reported).toEqual([
    { event: 'init', realm: 'ext', status: 'total', count: 0 },
    { event: 'init', realm: 'ext', status: 'total users', count: 0 },
    { event: 'init', realm: 'staff', status: 'total', count: 2 },
    { event: 'init', realm: 'staff', status: 'total users', count: 1 },
  ]);
});
