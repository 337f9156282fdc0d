import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { giveListedTokens } from '../../support/database/given-listed-tokens.js';
import { givePolicies } from '../../support/domain/given-policies.js';

/** What a portal reads below `/manage` (spec/admin-api §5.1). */

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

interface Flexi {
  readonly page: number;
  readonly total: number;
  readonly rows: readonly { readonly id: string; readonly cell: readonly unknown[] }[];
}

const resultOf = ({ text }: { text: string }) =>
  (JSON.parse(text) as { result: { value?: unknown; error?: { code: number; message: string } } }).result;
const errorOf = async (path: string, query: Fields = {}) => resultOf(await admin.get(path, query)).error;
const flexi = async (name: string, query: Fields = {}) =>
  resultOf(await admin.get(`/manage/${name}`, query)).value as Flexi;
const ids = async (name: string, query: Fields = {}) =>
  (await flexi(name, query)).rows.map(({ id }) => id).join(' ');

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  const file = join(server.installation.folder, 'people');
  const lines = [
    'eve:x:1001:1:Eve Moss,,+491,+492,eve@example.test:/:',
    'dan:x:1002:1:Dan Ash,,,,:/:',
    'eve@two:x:1003:1:::',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  await admin.post('/system/setResolver', { name: 'people', type: 'passwdresolver', fileName: file });
  await admin.post('/system/setRealm', { realm: 'one', resolvers: 'passwdresolver.people' });
  await admin.post('/system/setRealm', { realm: 'two', resolvers: 'passwdresolver.people' });
  await admin.post('/system/setDefaultRealm', { realm: 'one' });
  await giveListedTokens(database, [
    { serial: 'H1', description: 'desc', owner: ['people', 'passwd', '1001'], realms: ['one'] },
    { serial: 'H2', type: 'totp', owner: ['people', 'passwd', '1003'], realms: ['one'] },
    { serial: 'H3', active: false, description: '<b>&"\'', realms: ['two'] },
    { serial: 'H4', owner: ['people', 'passwd', '9'] },
  ]);
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

beforeEach(() => givePolicies(database, []));

describe('/manage/tokenview_flexi', () => {
  it('has a row of cells for each token', async () => {
    expect(await flexi('tokenview_flexi', { rp: '2' })).toEqual({
      page: 1,
      total: 4,
      rows: [
        {
          id: 'H1',
          cell: ['H1', true, 'eve', ['one'], 'HMAC', 0, 'desc', 10, 6, 10, 1000, '1001', 'people'],
        },
        {
          id: 'H2',
          cell: ['H2', true, 'eve@two', ['one'], 'TOTP', 0, '', 10, 6, 10, 1000, '1003', 'people'],
        },
      ],
    });
    const { rows } = await flexi('tokenview_flexi', { rp: '2', page: '2' });
    expect(rows.map(({ cell }) => [cell[2], cell[11], cell[12]])).toEqual([
      ['', '', ''],
      ['/:no user info:/', '9', 'people'],
    ]);
    expect((await admin.post('/manage/tokenview_flexi', { page: '2', rp: '3' })).text).toContain('"H4"');
  });

  it.each<[Fields, string]>([
    [{ sortname: 'TokenSerialnumber', sortorder: 'desc' }, 'H4 H3 H2 H1'],
    [{ qtype: 'loginname', query: 'eve' }, 'H1'],
    [{ qtype: 'loginname', query: 'eve@one' }, 'H1'],
    [{ qtype: 'loginname', query: 'eve@two' }, 'H2'],
    [{ qtype: 'loginname', query: 'e*' }, 'H1 H2'],
    [{ qtype: 'loginname', query: 'nobody' }, ''],
    [{ qtype: 'loginname', query: '' }, 'H1 H2 H3 H4'],
    [{ qtype: 'loginname', query: '/:no user info:/' }, 'H4'],
    [{ qtype: 'all', query: 'TOTP' }, 'H2'],
    [{ qtype: 'all', query: '/:inactive:/' }, 'H3'],
    [{ qtype: 'realm', query: 'two' }, 'H3'],
    [{ qtype: 'realm', query: '/:no realm:/' }, 'H4'],
  ])('with %j lists %j', async (query, expected) => {
    await expect(ids('tokenview_flexi', query)).resolves.toBe(expected);
  });

  it.each<[Fields, string]>([
    [{ page: '3', rp: '3' }, '404 Not Found: '],
    [{ rp: '0' }, '404 Not Found: '],
    [{ qtype: 'loginname' }, 'query'],
    [{ sortname: 'foo' }, `"Tokens can't be sorted by foo."`],
  ])('refuses %j', async (query, message) => {
    const error = await errorOf('/manage/tokenview_flexi', query);
    expect(error).toEqual({ code: -311, message: expect.stringContaining(message) });
  });
});

describe('/manage/userview_flexi', () => {
  it('has a row of cells for each user', async () => {
    const query = { sortname: 'username', realm: 'one', query: 'e*', qtype: 'username' };
    expect(await flexi('userview_flexi', query)).toEqual({
      page: 1,
      total: 2,
      rows: [
        {
          id: 'eve',
          cell: [
            'eve',
            'people (PasswdIdResolver)',
            'Moss',
            'Eve',
            'eve@example.test',
            expect.any(String),
            expect.any(String),
            '1001',
          ],
        },
        { id: 'eve@two', cell: ['eve@two', 'people (PasswdIdResolver)', '', '', '', '', '', '1003'] },
      ],
    });
  });

  it.each<[Fields, string, number]>([
    [{ sortname: 'username' }, 'dan eve eve@two', 3],
    [{ sortname: 'userid', sortorder: 'desc' }, 'eve@two dan eve', 3],
    [{ sortname: 'username', page: '2', rp: '2' }, 'eve@two', 3],
    [{ sortname: 'username', page: '9', rp: '2' }, '', 3],
    [{ sortname: 'username', qtype: 'surname', query: 'ash' }, 'dan', 1],
    [{ sortname: 'username', realm: 't*', query: '' }, 'dan eve eve@two', 3],
    [{ sortname: 'username', realm: 'nosuch' }, '', 0],
  ])('with %j lists %j', async (query, expected, total) => {
    const answer = await flexi('userview_flexi', query);
    expect([answer.rows.map(({ id }) => id).join(' '), answer.total]).toEqual([expected, total]);
  });

  it('needs something to sort by', async () => {
    await expect(errorOf('/manage/userview_flexi')).resolves.toEqual({ code: -311, message: 'None' });
    await expect(errorOf('/manage/userview_flexi', { sortname: '__proto__' })).resolves.toMatchObject({
      code: -311,
    });
  });
});

describe('/manage/tokeninfo', () => {
  it('is a table in which nothing is markup', async () => {
    const { text, headers } = await admin.get('/manage/tokeninfo', { serial: 'H3' });
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(text).toMatch(/^<table>\n<tr><td>LinOtp\.TokenId<\/td><td>\d+<\/td><\/tr>\n/);
    expect(text).toContain('<td>&lt;b&gt;&amp;&quot;&#39;</td>');
    expect(text).toContain('<tr><td>LinOtp.RealmNames</td><td>[&#39;two&#39;]</td></tr>');
  });

  it('says what is missing', async () => {
    await expect(errorOf('/manage/tokeninfo')).resolves.toMatchObject({ code: 905 });
    await expect(errorOf('/manage/tokeninfo', { serial: 'nosuch' })).resolves.toMatchObject({ code: 1102 });
    await givePolicies(database, [{ scope: 'admin', action: 'disable', realm: 'one' }]);
    await expect(errorOf('/manage/tokeninfo', { serial: 'H3' })).resolves.toMatchObject({ code: 1102 });
  });
});

describe('/manage/context', () => {
  interface Context {
    readonly user: object;
    readonly permissions: {
      readonly inRealm: Readonly<Record<string, readonly string[]>>;
      readonly anyRealm: readonly string[];
      readonly global: readonly string[];
    };
  }
  const context = async () =>
    (JSON.parse((await admin.get('/manage/context')).text) as { detail: Context }).detail;

  it('says who is logged in, and that everything is allowed without policies', async () => {
    const { user, permissions } = await context();
    expect(user).toMatchObject({ username: 'admin', realm: 'linotp_admins', groupid: 'LinOTP_local_admins' });
    expect(permissions.inRealm['one']).toEqual(permissions.anyRealm);
    expect(permissions.anyRealm).toEqual(expect.arrayContaining(['admin/show', 'admin/initTOTP']));
    expect(permissions.global).toContain('system/write');
  });

  it('says what policies allow, and where', async () => {
    await givePolicies(database, [
      { scope: 'admin', action: 'enable, initHMAC', realm: 'one' },
      { scope: 'admin', action: 'disable', realm: '*' },
      { scope: 'admin', action: 'remove', realm: '*', user: 'somebody' },
      { scope: 'system', action: 'read' },
      { scope: 'audit', action: 'view', client: '192.0.2.0/24' },
    ]);
    const { inRealm, anyRealm, global } = (await context()).permissions;
    const admins = (names: readonly string[] = []) =>
      names.filter((name) => name.startsWith('admin/')).toSorted();
    expect(Object.keys(inRealm).toSorted()).toEqual(['linotp_admins', 'one', 'two']);
    expect(admins(inRealm['one'])).toEqual(['admin/disable', 'admin/enable', 'admin/initHMAC', 'admin/show']);
    expect(admins(inRealm['two'])).toEqual(['admin/disable', 'admin/show']);
    expect(admins(anyRealm)).toEqual(['admin/disable', 'admin/show']);
    expect(global.filter((name) => /^(system|audit)/.test(name))).toEqual(['system/read']);
  });

  it('is read by GET alone, and by nobody who is not logged in', async () => {
    expect((await admin.post('/manage/context')).status).toBe(405);
    expect((await fetch(`${server.url}/manage/context`)).status).toBe(401);
    expect((await admin.get('/manage/custom_style')).text).toBe('');
  });
});
