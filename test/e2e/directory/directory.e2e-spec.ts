import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';

let server: RunningApplication;
let admin: AdminAgent;

const value = (answer: { body: { result?: { value?: unknown } } }) => answer.body.result?.value;
const errorOf = (answer: { body: { result?: { error?: unknown } } }) => answer.body.result?.error;
/** Streamed lists are JSON all the same. */
const listed = (answer: { text: string }) =>
  JSON.parse(answer.text) as {
    result: {
      status: boolean;
      value: { username: string; resolver: string }[];
      queried: number;
      page?: number;
    };
    detail?: { unavailable: string[] };
  };
const names = (answer: { text: string }) => listed(answer).result.value.map(({ username }) => username);

async function givenPasswd(name: string, ...lines: string[]): Promise<string> {
  const file = join(server.installation.folder, `passwd-${name}`);
  await writeFile(file, `${lines.join('\n')}\n`);
  const answer = await admin.post('/system/setResolver', { name, type: 'passwdresolver', fileName: file });
  expect(value(answer)).toBe(true);
  return file;
}

async function givenRealm(realm: string, ...resolvers: string[]): Promise<void> {
  const specs = resolvers.map((name) => `useridresolver.PasswdIdResolver.IdResolver.${name}`);
  expect(value(await admin.post('/system/setRealm', { realm, resolvers: specs.join(',') }))).toBe(true);
}

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  await givenPasswd(
    'east',
    'anna:x:1:1:Anna Arndt,,,,anna@example.test:/:',
    'bernd:x:2:2:Bernd Braun,,,,:/:',
    'twin:x:3:3:Twin East,,,,:/:',
    'same:x:4:4:Same Person,,,,:/:',
  );
  await givenPasswd(
    'west',
    'carla:x:11:11:Carla Cramer,,,,:/:',
    'twin:x:13:13:Twin West,,,,:/:',
    'same:x:4:4:Same Person,,,,:/:',
  );
  await givenRealm('both', 'east', 'west');
  await givenRealm('eastern', 'east');
});

afterAll(() => server.stop());

describe('/admin/userlist', () => {
  it('lists the users of all resolvers of a realm, in their order', async () => {
    const answer = await admin.get('/admin/userlist', { realm: 'both', username: '*' });
    expect(names(answer)).toEqual(['anna', 'bernd', 'twin', 'same', 'carla', 'twin', 'same']);
    expect(listed(answer).result.queried).toBe(7);
  });

  it.each<{ query: Fields; expected: string[] }>([
    { query: { realm: 'BOTH', searchTerm: '*arndt*' }, expected: ['anna'] },
    { query: { realm: 'both', username: 'b*', searchTerm: '*' }, expected: ['bernd'] },
    { query: { realm: 'both', username: 'twin', resConf: 'west' }, expected: ['twin'] },
    { query: { realm: 'east*', username: 'twin' }, expected: ['twin'] },
    { query: { realm: 'both', nosuchfield: 'x', username: 'anna' }, expected: ['anna'] },
    { query: { username: '*' }, expected: [] },
  ])('finds $expected with $query', async ({ query, expected }) => {
    expect(names(await admin.get('/admin/userlist', query))).toEqual(expected);
  });

  it.each<{ query: Fields; expected: string[]; queried: number; page?: number }>([
    { query: { rp: '2', page: '1' }, expected: ['twin', 'same'], queried: 4, page: 1 },
    { query: { rp: '2', page: '0' }, expected: ['anna', 'bernd'], queried: 2, page: 0 },
    { query: { rp: '4', page: '1' }, expected: ['carla', 'twin', 'same'], queried: 7, page: 1 },
    { query: { rp: '2' }, expected: ['anna', 'bernd', 'twin', 'same', 'carla', 'twin', 'same'], queried: 7 },
    { query: { page: '9' }, expected: [], queried: 7, page: 9 },
  ])('gives the page that $query asks for', async ({ query, expected, queried, page }) => {
    const answer = await admin.get('/admin/userlist', { realm: 'both', username: '*', ...query });
    expect(names(answer)).toEqual(expected);
    expect(listed(answer).result).toMatchObject({ queried, ...(page !== undefined && { page }) });
  });

  it.each<{ query: Fields; code: number; message: RegExp }>([
    { query: { page: 'x' }, code: 9876, message: /^ValueError\("invalid literal for int\(\)/ },
    { query: { rp: 'x' }, code: -311, message: /^invalid literal for int\(\) with base 10: 'x'$/ },
  ])('refuses $query', async ({ query, code, message }) => {
    const answer = await admin.get('/admin/userlist', query);
    expect(errorOf(answer)).toEqual({ code, message: expect.stringMatching(message) as string });
  });

  it('names a resolver that does not answer, and lists the users of the others', async () => {
    const file = await givenPasswd('gone', 'dirk:x:21:21:Dirk:/:');
    await givenRealm('partly', 'gone', 'west');
    await rename(file, `${file}.away`);
    const answer = await admin.get('/admin/userlist', { realm: 'partly', username: '*' });
    expect(names(answer)).toEqual(['carla', 'twin', 'same']);
    expect(listed(answer).detail).toEqual({
      unavailable: ['useridresolver.PasswdIdResolver.IdResolver.gone'],
    });
  });
});

describe('a directory that does not answer', () => {
  it('leaves its users their tokens, and reports no orphans', async () => {
    const file = await givenPasswd('flaky', 'emil:x:31:31:Emil:/:');
    await givenRealm('flaky', 'flaky');
    const enrolled = await admin.post('/admin/init', {
      type: 'pw',
      serial: 'FLAKY1',
      otpkey: 'geheim1',
      user: 'emil',
      realm: 'flaky',
    });
    expect(value(enrolled)).toBe(true);
    await rename(file, `${file}.away`);
    // A node that has not read the file yet.
    const other = await startApplication({ installation: server.installation });
    try {
      const there = await adminAgent(other.url, server.installation);
      const login = { user: 'emil', realm: 'flaky', pass: 'geheim1' };
      expect((await there.post('/validate/check', login)).status).toBe(503);
      const shown = await there.get('/admin/show', { serial: 'FLAKY1' });
      expect(value(shown)).toMatchObject({ data: [{ 'LinOtp.Userid': '31' }] });
      expect(shown.text).not.toContain('no user info');
      expect((await there.get('/api/v2/resolvers/flaky/users')).status).toBe(503);

      await rename(`${file}.away`, file);
      expect(value(await there.post('/validate/check', login))).toBe(true);
    } finally {
      await other.stop();
    }
  });
});

describe('a login that several resolvers know', () => {
  it('is ambiguous where the user ids differ', async () => {
    const answer = await admin.post('/admin/init', { type: 'spass', user: 'twin', realm: 'both' });
    expect(errorOf(answer)).toMatchObject({
      code: 1112,
      message: expect.stringContaining('multiple uids for user >twin< found!') as string,
    });
  });

  it('is one person where the user id is the same', async () => {
    const answer = await admin.post('/admin/init', { type: 'spass', user: 'same', realm: 'both' });
    expect(value(answer)).toBe(true);
  });
});

describe('/api/v2/resolvers/<name>/users', () => {
  const usernames = (answer: { body: { result: { value: { pageRecords: { username: string }[] } } } }) =>
    answer.body.result.value.pageRecords.map(({ username }) => username);

  it.each<{ query: Fields; expected: string[] }>([
    { query: { sortBy: 'username', sortOrder: 'desc' }, expected: ['twin', 'same', 'bernd', 'anna'] },
    { query: { pageSize: '3', page: '1' }, expected: ['twin'] },
    { query: { pageSize: '0' }, expected: ['anna', 'bernd', 'same', 'twin'] },
    { query: { pageSize: '3', page: '7' }, expected: [] },
    { query: { username: '*n*', sortBy: 'userId' }, expected: ['anna', 'bernd', 'twin'] },
  ])('gives $expected with $query', async ({ query, expected }) => {
    const answer = await admin.get('/api/v2/resolvers/east/users', query);
    expect(usernames(answer)).toEqual(expected);
  });

  it.each([
    { path: 'nosuch/users', message: 'Could not find a resolver with this name: nosuch' },
    { path: 'nosuch/users/1', message: 'Could not find a resolver with this name: nosuch' },
    { path: 'east/users?sortBy=foo', message: `"users can't be sorted by parameter foo"` },
    { path: 'east/users?page=x', message: "invalid literal for int() with base 10: 'x'" },
  ])('refuses $path', async ({ path, message }) => {
    const answer = await admin.get(`/api/v2/resolvers/${path}`);
    expect(answer.status).toBe(500);
    expect(errorOf(answer)).toEqual({ code: -311, message });
  });
});

describe('the admin realm', () => {
  const LOCAL = 'useridresolver.SQLIdResolver.IdResolver.LinOTP_local_admins';
  const EAST = 'useridresolver.PasswdIdResolver.IdResolver.east';

  it.each(['linotp_admins', 'LinOTP_Admins'])('cannot be removed as %s', async (realm) => {
    const answer = await admin.post('/system/delRealm', { realm });
    expect(errorOf(answer)).toEqual({
      code: -311,
      message: 'It is not allowed to delete the admin realm linotp_admins',
    });
  });

  it.each(['linotp_admins', 'LinOTP_Admins'])(
    'keeps the resolver of whoever changes it, as %s',
    async (realm) => {
      const answer = await admin.post('/system/setRealm', { realm, resolvers: EAST });
      expect(errorOf(answer)).toMatchObject({
        message: expect.stringContaining('to prevent locking yourself out') as string,
      });
    },
  );

  it('takes further resolvers, whose users it shows as administrators', async () => {
    const answer = await admin.post('/system/setRealm', {
      realm: 'linotp_admins',
      resolvers: `${LOCAL},${EAST}`,
    });
    expect(value(answer)).toBe(true);
    const resolvers = value(await admin.get('/system/getResolvers'));
    expect(resolvers).toMatchObject({ east: { admin: true }, west: { admin: false } });
    expect(names(await admin.get('/admin/userlist', { realm: 'linotp_admins', username: 'a*' }))).toEqual([
      'admin',
      'anna',
    ]);
  });

  it('does not lose the local administrators', async () => {
    const answer = await admin.post('/system/delResolver', { resolver: 'LinOTP_local_admins' });
    expect(errorOf(answer)).toEqual({
      code: -311,
      message: 'default admin resolver LinOTP_local_admins is not allowed to be removed!',
    });
  });
});

describe('/system/getDefaultRealm', () => {
  it('gives all realms while there is none', async () => {
    const answer = await admin.get('/system/getDefaultRealm');
    expect(Object.keys(value(answer) as object)).toEqual(expect.arrayContaining(['linotp_admins', 'both']));
  });
});

describe('/admin/testresolver', () => {
  it.each<{ query: Fields; error: object }>([
    { query: {}, error: { code: 905, message: "ERR905: Missing parameter: KeyError('name')" } },
    { query: { name: 'nosuch' }, error: { code: -311, message: "no such resolver 'nosuch' defined!" } },
  ])('refuses $query', async ({ query, error }) => {
    expect(errorOf(await admin.get('/admin/testresolver', query))).toEqual(error);
  });
});
