import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { giveListedTokens } from '../../support/database/given-listed-tokens.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { newestRecords } from '../../support/database/stored-text.js';

/** Lists of tokens with every parameter (spec/admin-api §3.1, §4.1, §4.2, §5.1). */

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

interface Answer {
  readonly status: number;
  readonly text: string;
}
interface Row {
  readonly 'LinOtp.TokenSerialnumber': string;
  readonly [column: string]: unknown;
}
interface Shown {
  readonly data: readonly Row[];
  readonly resultset: unknown;
}

const resultOf = ({ text }: Answer) =>
  (JSON.parse(text) as { result: { value?: unknown; error?: { code: number; message: string } } }).result;
const errorOf = (answer: Answer) => resultOf(answer).error;
const shown = async (query: Fields | string): Promise<Shown> => {
  const answer = await (typeof query === 'string'
    ? admin.get(`/admin/show?${query}`)
    : admin.get('/admin/show', query));
  const { value, error } = resultOf(answer);
  expect(error).toBeUndefined();
  return value as Shown;
};
const serials = async (query: Fields | string) =>
  (await shown(query)).data
    .map((row) => row['LinOtp.TokenSerialnumber'])
    .toSorted()
    .join(' ');
const listed = async (query: Fields) => {
  const { value } = resultOf(await admin.get('/api/v2/tokens/', query));
  return value as { pageRecords: { serial: string; userInfo: unknown }[]; totalRecords: number };
};
const v2Serials = async (query: Fields) =>
  (await listed(query)).pageRecords
    .map(({ serial }) => serial)
    .toSorted()
    .join(' ');

const ALL = 'A1 A2 B1 E1 E2 N1 N2 O1 O2 R0 X1';
const OWNED = 'A1 A2 B1 E1 E2 O1 O2 R0 X1';

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  const users = {
    east: [
      'anna:x:1:1:Anna Arndt,,,,anna@example.test:/:',
      'bernd:x:2:2:::',
      'emil:x:3:3:::',
      'Eva:x:5:5:::',
    ],
    west: ['anna:x:11:11:Anna West:/:', 'carla:x:12:12:::'],
  };
  for (const [name, lines] of Object.entries(users)) {
    const file = join(server.installation.folder, name);
    await writeFile(file, `${lines.join('\n')}\n`);
    await admin.post('/system/setResolver', { name, type: 'passwdresolver', fileName: file });
  }
  await admin.post('/system/setRealm', { realm: 'r1', resolvers: 'passwdresolver.east' });
  await admin.post('/system/setRealm', { realm: 'r2', resolvers: 'passwdresolver.west' });
  await admin.post('/system/setDefaultRealm', { realm: 'r1' });
  const of = (resolver: string, userId: string) => [resolver, 'passwd', userId] as const;
  await giveListedTokens(database, [
    { serial: 'A1', description: 'front desk', owner: of('east', '1'), realms: ['r1'] },
    { serial: 'A2', description: '100%', owner: of('west', '11'), realms: ['r2'] },
    { serial: 'B1', active: false, owner: of('east', '2'), realms: ['r1'] },
    { serial: 'E1', type: 'totp', owner: of('east', '3'), realms: ['r1'] },
    { serial: 'E2', owner: of('east', '5'), realms: ['r1', 'r2'] },
    { serial: 'N1' },
    { serial: 'N2', realms: ['r2'] },
    { serial: 'O1', owner: of('east', '99'), realms: ['r1'] },
    { serial: 'O2', owner: of('gone', '7') },
    { serial: 'R0', owner: of('east', '1') },
    { serial: 'X1', owner: of('east', '1'), realms: ['r2'] },
  ]);
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

beforeEach(() => givePolicies(database, []));

describe('/admin/show', () => {
  it.each<[string, string]>([
    ['', ALL],
    // As LinOTP's documentation writes them.
    [`user='/:no%20user%20info:/'`, 'O1 O2'],
    [`user=/:no%20user%20info:/`, 'O1 O2'],
    [`user=%22/:no%20user%20info:/%22`, 'O1 O2'],
    [`user=''`, 'N1 N2'],
    [`realm=''`, 'N1 O2 R0'],
    ['user=', ALL],
    ['realm=', ALL],
    ['user=/:no%20user:/', 'N1 N2'],
    [`user='/:none:/'`, 'N1 N2'],
    [`user='/:no%20user%20info:/'&realm=r1`, 'O1'],
    [`user='/:no%20user%20info:/'&realm=''`, 'O2'],
    [`user=''&viewrealm=r2`, 'N2'],
    ['user=e*', 'E1 E2'],
    [`user='e*'`, 'E1 E2'],
    ['user=E*', 'E1 E2'],
    ['user=*n*a', 'A1 A2 R0 X1'],
    ['user=a*&resConf=west', 'A2'],
    ['user=e*&viewrealm=r2', 'E2'],
    ['user=a.*', ''],
    ['user=*', OWNED],
    ['user=anna', 'A1 R0'],
    ['user=anna@r2', 'A2'],
    ['user=r2\\anna', 'A2'],
    ['user=anna&realm=r2', 'A2'],
    ['user=anna&realm=*', 'A1 A2 R0'],
    ['user=anna&realm=*&resConf=west', 'A2'],
    ['user=anna&realm=r1,r2', 'A1 A2'],
    ['user=anna&viewrealm=r1', 'A1'],
    ['user=Anna', ''],
    ['user=nobody', ''],
    ['user=anna&realm=nosuch', ''],
    ['realm=r1', 'A1 B1 E1 E2 O1'],
    ['viewrealm=r2&realm=r1', 'A2 E2 N2 X1'],
    ['realm=r1,%20r2', 'A1 A2 B1 E1 E2 N2 O1 X1'],
    ['realm=r*', 'A1 A2 B1 E1 E2 N2 O1 X1'],
    ['realm=R1', ''],
    ['realm=nosuch', ''],
    ['realm=r1,nosuch', 'A1 B1 E1 E2 O1'],
    ['viewrealm=/:no%20realm:/', 'N1 O2 R0'],
    [`viewrealm='/:no%20realm:/'`, 'N1 O2 R0'],
    ['realm=*', ALL],
    ['filter=/:active:/', 'A1 A2 E1 E2 N1 N2 O1 O2 R0 X1'],
    ['filter=/:token%20is%20enabled:/', 'A1 A2 E1 E2 N1 N2 O1 O2 R0 X1'],
    ['filter=/:inactive:/', 'B1'],
    ['filter=/:disabled:/&realm=r2', ''],
    ['filter=desk', 'A1'],
    ['filter=DESK', ''],
    ['filter=%25', 'A2'],
    ['filter=TOTP', 'E1'],
    ['filter=west', 'A2'],
    ['filter=PasswdIdResolver.IdResolver.gone', 'O2'],
    ['filter=99', 'O1'],
    ['filter=Id&realm=r1', 'A1 B1 E1 E2 O1'],
    ['filter=1&realm=r1', 'A1 B1 E1 O1'],
    ['serial=A1', 'A1'],
    ['serial=*1', 'A1 B1 E1 N1 O1 X1'],
    ['serial=', ''],
    ['serial=nosuch', ''],
    ['serial=E1&realm=r1', 'E1'],
    ['serial=E1&realm=r2', ''],
    ['serial=A1&user=anna', 'A1'],
  ])('with %j lists %j', async (query, expected) => {
    await expect(serials(query)).resolves.toBe(expected);
    const page = await shown(`${query}&page=1&pagesize=100`);
    const tokens = expected === '' ? 0 : expected.split(' ').length;
    expect(page.resultset).toEqual({ pages: tokens === 0 ? 0 : 1, pagesize: 100, tokens, page: 1 });
    expect(page.data).toHaveLength(tokens);
  });

  it.each<[string, string, number, string]>([
    ['an unknown serial', 'serial=nosuch&realm=r1', 1102, 'ERR1102: No token with serial nosuch found'],
    ['an unknown pattern', 'serial=no*&realm=r1', 1102, 'ERR1102: No token with serial no* found'],
    ['a pattern of several', 'serial=*1&realm=r1', 1101, 'ERR1101: multiple tokens found!'],
    ['a page behind the last', 'page=4&pagesize=5', -311, '404 Not Found: '],
    ['a page of no size', 'page=1&pagesize=0', -311, '404 Not Found: '],
    ['an unknown order', 'sortby=foo', -311, `"Tokens can't be sorted by foo."`],
    [
      'nearly one',
      'sortby=Desc',
      -311,
      `"Tokens can't be sorted by Desc. Did you mean any of ['TokenDesc']?"`,
    ],
  ])('refuses %s', async (_what, query, code, message) => {
    const error = errorOf(await admin.get(`/admin/show?${query}`));
    expect(error).toEqual({ code, message: expect.stringContaining(message) });
  });

  it.each(
    'TokenDesc TokenId TokenType TokenSerialnumber IdResolver IdResClass Userid FailCount Count Isactive CreationDate LastAuthMatch LastAuthSuccess'.split(
      ' ',
    ),
  )('sorts by %s, both ways, page by page', async (sortby) => {
    const all = async (query: Fields) =>
      (await shown({ sortby, ...query })).data.map((row) => row['LinOtp.TokenSerialnumber']);
    const ascending = await all({});
    expect(ascending.toSorted().join(' ')).toBe(ALL);
    await expect(all({ sortdir: 'desc' })).resolves.toEqual(ascending.toReversed());
    await expect(all({ sortdir: 'DESC' })).resolves.toEqual(ascending);
    const pages = await Promise.all(['1', '2', '3'].map((page) => all({ page, pagesize: '4' })));
    expect(pages.flat()).toEqual(ascending);
  });

  it('takes a page that is none for the first, and a size that is none for 20', async () => {
    expect((await shown('page=x&pagesize=y')).resultset).toEqual({
      pages: 1,
      pagesize: 20,
      tokens: 11,
      page: 1,
    });
    expect((await shown('page=-3')).resultset).toEqual({ pages: 1, pagesize: 50, tokens: 11, page: 1 });
    expect((await shown('user=nobody')).resultset).toEqual({ pages: 1, pagesize: 0, tokens: 0, page: 1 });
  });

  it('adds fields of owners, and empty ones that they do not have', async () => {
    const { data } = await shown(
      'user=anna&user_fields=email,nonsense,username,__proto__&sortby=TokenSerialnumber',
    );
    expect(data[0]).toMatchObject({
      'User.username': 'anna',
      'User.email': 'anna@example.test',
      'User.nonsense': '',
      'User.__proto__': '',
    });
    const [orphan] = (await shown('serial=O2&user_fields=email')).data;
    expect(orphan).toMatchObject({ 'User.username': '/:no user info:/', 'User.email': '' });
  });

  it('records what was asked for', async () => {
    await shown('realm=r1');
    await shown('filter=a%27b');
    const [first, second] = await newestRecords(database, 2);
    expect([first, second].map((record) => record?.info).toSorted()).toEqual([
      `realm: ['*'], filter: "a'b"`,
      `realm: ['r1'], filter: None`,
    ]);
  });
});

describe('an administrator of one realm', () => {
  const MINE = 'A1 B1 E1 E2 O1';
  beforeEach(() => givePolicies(database, [{ scope: 'admin', action: 'disable', realm: 'r1' }]));

  it.each<[string, string]>([
    ['', MINE],
    ['realm=*', MINE],
    ['realm=r2', MINE],
    ['viewrealm=r2&realm=r1', MINE],
    [`realm=''`, MINE],
    ['realm=r*', MINE],
    ['realm=r1,r2', MINE],
    ['realm=nosuch', MINE],
    ['user=anna&realm=*', 'A1'],
    ['user=anna@r2', ''],
    ['user=*', MINE],
    ['user=a*', 'A1'],
    [`user=''`, ''],
    [`user='/:no%20user%20info:/'`, 'O1'],
    ['serial=A1', 'A1'],
    ['serial=A2', ''],
    ['serial=A*', 'A1'],
    ['filter=west', ''],
    ['filter=/:inactive:/', 'B1'],
  ])('sees with %j only %j', async (query, expected) => {
    await expect(serials(query)).resolves.toBe(expected);
    expect(String(JSON.stringify((await shown(`${query}&page=1`)).resultset))).toContain(
      `"tokens":${expected === '' ? 0 : expected.split(' ').length},`,
    );
    const csv = await admin.get(`/admin/show?${query}&outform=csv`);
    expect(
      csv.text
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split("'; '")[2])
        ?.toSorted()
        .join(' '),
    ).toBe(expected);
  });

  it('is told that a serial is unknown, and nothing by patterns about tokens elsewhere', async () => {
    expect(errorOf(await admin.get('/admin/show', { serial: 'nosuch' }))).toMatchObject({ code: 1102 });
    expect(errorOf(await admin.get('/admin/show', { serial: 'N*' }))).toMatchObject({ code: 1102 });
    expect(errorOf(await admin.get('/admin/show', { serial: '*1' }))).toMatchObject({ code: 1101 });
    const one = async (serial: string) => resultOf(await admin.get(`/api/v2/tokens/${serial}`));
    await expect(one('A2')).resolves.toMatchObject({ value: {} });
    await expect(one('nosuch')).resolves.toMatchObject({ error: { code: 1102 } });
    await expect(one('N*')).resolves.toMatchObject({ error: { code: 1102 } });
  });

  it('is refused other realms in v2', async () => {
    await expect(v2Serials({ realm: 'r*' })).resolves.toBe(MINE);
    for (const realm of ['r2', '/:no realm:/', 'nosuch']) {
      const answer = await admin.get('/api/v2/tokens/', { realm });
      expect([answer.status, errorOf(answer)?.code]).toEqual([403, 410]);
    }
  });
});

describe('/api/v2/tokens/', () => {
  it.each<[Fields, string]>([
    [{}, ALL],
    [{ pageSize: '0' }, ALL],
    [{ username: 'anna' }, 'A1 A2 R0'],
    [{ username: 'anna', realm: 'r2' }, 'A2'],
    [{ username: 'anna@r2' }, 'A2'],
    [{ username: 'e*' }, 'E1 E2'],
    [{ username: `''` }, 'N1 N2'],
    [{ username: '/:no user info:/' }, 'O1 O2'],
    [{ realm: 'R1' }, 'A1 B1 E1 E2 O1'],
    [{ realm: 'r*' }, 'A1 A2 B1 E1 E2 N2 O1 X1'],
    [{ realm: '/:no realm:/' }, 'N1 O2 R0'],
    [{ searchTerm: 'desk' }, 'A1'],
    [{ searchTerm: '/:inactive:/' }, 'B1'],
    [{ userId: '1' }, 'A1 R0 X1'],
    [{ resolverName: 'west' }, 'A2'],
    [{ resolverName: 'east', userId: '1', realm: 'r2' }, 'X1'],
  ])('with %j lists %j', async (query, expected) => {
    await expect(v2Serials(query)).resolves.toBe(expected);
    expect((await listed(query)).totalRecords).toBe(expected.split(' ').length);
  });

  it.each(
    'id serial isActive type failedLogins description userId resolver resolverClass otpCounter creationDate lastAuthenticationMatch lastSuccessfulLoginAttempt'.split(
      ' ',
    ),
  )('sorts by %s, both ways', async (sortBy) => {
    const order = async (query: Fields) =>
      (await listed({ sortBy, ...query })).pageRecords.map(({ serial }) => serial);
    const ascending = await order({});
    await expect(order({ sortOrder: 'desc' })).resolves.toEqual(ascending.toReversed());
  });

  it.each<[Fields, string]>([
    [{ page: '11', pageSize: '1' }, '404 Not Found: '],
    [{ page: '1', pageSize: '0' }, '404 Not Found: '],
    [{ page: 'x' }, `invalid literal for int() with base 10: 'x'`],
    [{ pageSize: '-1' }, 'pageSize must not be negative'],
    [{ sortBy: 'foo' }, `"Tokens can't be sorted by foo."`],
    [{ resolverName: 'nosuch' }, 'Could not find a resolver with this name: nosuch'],
  ])('refuses %j', async (query, message) => {
    const answer = await admin.get('/api/v2/tokens/', query);
    expect(answer.status).toBe(200);
    expect(errorOf(answer)?.message).toContain(message);
  });

  it('shows one token, of a user if one is named', async () => {
    const one = async (path: string) => resultOf(await admin.get(`/api/v2/tokens/${path}`));
    await expect(one('A1')).resolves.toMatchObject({ value: { serial: 'A1' } });
    await expect(one('A1?user=bernd')).resolves.toMatchObject({ value: {} });
    await expect(one('A1?user=anna')).resolves.toMatchObject({ value: { serial: 'A1' } });
    await expect(one('nosuch')).resolves.toMatchObject({ value: {} });
    await expect(one('*1')).resolves.toMatchObject({
      error: { code: -311, message: 'Multiple tokens found with serial *1' },
    });
  });
});

describe('while a resolver does not answer', () => {
  const owner = ['away', 'ldap', 'uid=wim,dc=example'] as const;
  beforeAll(async () => {
    await admin.post('/system/setResolver', {
      name: 'away',
      type: 'ldapresolver',
      LDAPURI: 'ldap://127.0.0.1:1',
      LDAPBASE: 'dc=example',
      BINDDN: 'cn=reader',
      BINDPW: 'secret',
      LOGINNAMEATTRIBUTE: 'uid',
      LDAPFILTER: '(uid=%s)',
      LDAPSEARCHFILTER: '(uid=*)',
      USERINFO: '{"username": "uid"}',
      UIDTYPE: 'DN',
      EnforceTLS: 'False',
    });
    await admin.post('/system/setRealm', { realm: 'r3', resolvers: 'ldapresolver.away' });
    await giveListedTokens(database, [{ serial: 'W1', owner, realms: ['r3'] }]);
  });
  afterAll(() => database.query(`DELETE FROM token WHERE serial = 'W1'`));

  it('shows its tokens without their owners, and takes none for orphaned', async () => {
    const [row] = (await shown('serial=W1')).data;
    expect(row).toMatchObject({ 'LinOtp.Userid': owner[2] });
    expect(Object.keys(row ?? {}).filter((column) => column.startsWith('User.'))).toEqual([]);
    expect((await listed({ realm: 'r3' })).pageRecords[0]?.userInfo).toMatchObject({
      userId: owner[2],
      username: null,
    });
  });

  it.each(['/:no user info:/', 'e*', 'wim@r3'])('does not pretend to know of %s', async (user) => {
    const answer = await admin.get('/admin/show', { user });
    expect([answer.status, errorOf(answer)?.message]).toEqual([
      503,
      expect.stringContaining('not available'),
    ]);
  });

  it('lists what needs no answer of its', async () => {
    await expect(serials('user=anna')).resolves.toBe('A1 R0');
    await expect(serials('user=*')).resolves.toBe(`${OWNED.replace('X1', 'W1 X1')}`);
    await expect(serials(`user='/:no%20user%20info:/'&realm=r1`)).resolves.toBe('O1');
  });
});
