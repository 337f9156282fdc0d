import type pg from 'pg';

import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type GivenPolicy, givePolicies } from '../../support/domain/given-policies.js';
import { hotpAt } from '../../support/clients/otp.js';
import { errorOf, newestRecord, valueOf } from './answers.js';

/** Reports: what is written when tokens change, and what `/reporting` makes of it. */

const OATH = 'F1,3132333435363738393031323334353637383930\nF2,3132333435363738393031323334353637383930\n';
const ALL: GivenPolicy = { scope: 'reporting', action: '*' };

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

const get = (path: string, query: Fields = {}) => admin.get(`/reporting/${path}`, query);
const post = (path: string, form: Fields = {}) => admin.post(`/reporting/${path}`, form);
const change = (path: string, form: Fields = {}) => changed(admin, `/admin/${path}`, form);
const give = (...policies: GivenPolicy[]) => givePolicies(database, policies);

/** `event realm status: count` of each report, in the order in which they were written. */
async function reports(): Promise<string[]> {
  const { rows } = await database.query<{ line: string }>(
    `SELECT concat(event, ' ', realm, ' ', status, ': ', count) AS line FROM token_report ORDER BY id`,
  );
  return rows.map(({ line }) => line);
}

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  await givenUsers(admin, server.installation, ['anna', 'bernd']);
  const resolvers = 'useridresolver.PasswdIdResolver.IdResolver.file';
  await changed(admin, '/system/setRealm', { realm: 'other', resolvers });
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

beforeEach(async () => {
  await give();
  await database.query('DELETE FROM token');
  await database.query('DELETE FROM token_report');
});

describe('reports', () => {
  it('are written only where a policy of the realm wants them', async () => {
    await enrol(admin, 'NONE', { user: 'anna' });
    await give({ ...ALL, realm: 'other' }, { ...ALL, active: 'False' });
    await enrol(admin, 'STAFF', { user: 'anna' });
    await expect(reports()).resolves.toEqual([]);
    await enrol(admin, 'OTHER', { user: 'anna@other' });
    await expect(reports()).resolves.toContain('init other total: 1');
    expect((await reports()).filter((line) => line.includes('staff'))).toEqual([]);
  });

  it('tell what policies name, and of all of them where `*` does', async () => {
    await give(
      { scope: 'reporting', action: 'token_total, token_status=active', realm: 'staff' },
      { scope: 'reporting', action: 'token_status=inactive&assigned, token_user_total', realm: 'staff' },
      { scope: 'reporting', action: '!token_total, token_status=nosuch', realm: 'other' },
    );
    await enrol(admin, 'A', { user: 'anna' });
    await expect(reports()).resolves.toEqual([
      'init staff total: 1',
      'init staff active: 1',
      'init staff inactive&assigned: 0',
      'init staff total users: 1',
    ]);
    await database.query('DELETE FROM token_report');
    await give(ALL);
    await change('disable', { serial: 'A' });
    await expect(reports()).resolves.toEqual([
      'disable staff total: 1',
      'disable staff active: 0',
      'disable staff inactive: 1',
      'disable staff assigned: 1',
      'disable staff unassigned: 0',
      'disable staff active&assigned: 0',
      'disable staff active&unassigned: 0',
      'disable staff inactive&assigned: 1',
      'disable staff inactive&unassigned: 0',
      'disable staff total users: 0',
    ]);
  });

  it.each<[string, Fields, readonly string[]]>([
    ['init', { serial: 'NEW', otpkey: '31'.repeat(20) }, ['init : 3']],
    ['assign', { serial: 'FREE', user: 'bernd@other' }, ['assign : 1', 'assign other: 1']],
    ['unassign', { serial: 'ANNA' }, ['unassign staff: 1']],
    ['disable', { serial: 'ANNA' }, ['disable staff: 1']],
    ['enable', { serial: 'ANNA' }, ['enable staff: 1']],
    ['remove', { serial: 'FREE' }, ['remove : 1']],
    ['tokenrealm', { serial: 'ANNA', realms: 'other' }, ['tokenrealm other: 1', 'tokenrealm staff: 0']],
    ['copyTokenUser', { from: 'ANNA', to: 'FREE' }, ['copyTokenUser : 1', 'copyTokenUser staff: 2']],
    ['losttoken', { serial: 'ANNA' }, ['losttoken staff: 2']],
    ['set', { serial: 'ANNA', description: 'x' }, []],
    ['reset', { serial: 'ANNA' }, []],
    ['copyTokenPin', { from: 'ANNA', to: 'FREE' }, []],
  ])('are written of %s for each realm that tokens are, or were, in', async (path, form, expected) => {
    await enrol(admin, 'ANNA', { user: 'anna' });
    await enrol(admin, 'FREE');
    await enrol(admin, 'FREE2');
    await give({ scope: 'reporting', action: 'token_total' });
    await change(path, form);
    await expect(reports()).resolves.toEqual(expected.map((line) => line.replace(':', ' total:')));
  });

  it('are written once of an import', async () => {
    await give({ scope: 'reporting', action: 'token_total' });
    const form = { type: 'oathcsv', targetrealm: 'other' };
    expect((await admin.upload('/admin/loadtokens', form, OATH)).text).toContain('<status>True');
    await expect(reports()).resolves.toEqual(['loadtokens other total: 2']);
  });

  it('are not written of a change that does not take place', async () => {
    await enrol(admin, 'ANNA', { user: 'anna' });
    await give(ALL, { scope: 'enrollment', action: 'tokencount=1', realm: 'staff' });
    await errorOf(admin.post('/admin/init', { serial: 'B', otpkey: '31'.repeat(20), user: 'bernd' }));
    await errorOf(admin.post('/admin/remove', { serial: 'NOSUCH' }));
    await expect(reports()).resolves.toEqual([]);
  });

  it('are not written of logins that change no number', async () => {
    await enrol(admin, 'ANNA', { user: 'anna' });
    await give(ALL);
    await admin.post('/validate/check', { user: 'anna', pass: 'wrong' });
    await admin.post('/validate/check', { user: 'anna', pass: hotpAt(0) });
    await expect(reports()).resolves.toEqual([]);
  });

  it.each([
    ['disable', 'total: 4, active: 3, inactive: 1, assigned: 3, unassigned: 1', '2, 1, 1, 0, users: 2'],
    ['delete', 'total: 3, active: 3, inactive: 0, assigned: 2, unassigned: 1', '2, 1, 0, 0, users: 2'],
  ])('are written in the commit of a login that has to %s a token', async (action, of, pairs) => {
    await enrol(admin, 'A1', { user: 'anna' });
    await enrol(admin, 'A2', { user: 'anna' });
    await enrol(admin, 'B', { user: 'bernd' });
    await enrol(admin, 'FREE');
    await database.query(`UPDATE token SET realms = '{staff}' WHERE serial = 'FREE'`);
    await give(ALL, {
      scope: 'authentication',
      action: `${action}_on_authentication_exceed`,
      realm: 'staff',
    });
    await database.query(`UPDATE token SET attempts = 1, max_attempts = 1 WHERE serial = 'A1'`);
    await admin.post('/validate/check_s', { serial: 'A1', pass: hotpAt(0) });
    const event = action === 'delete' ? 'remove' : action;
    const [both = '', one = '', other = '', none = '', users = ''] = pairs.split(', ');
    await expect(reports()).resolves.toEqual(
      [
        ...of.split(', '),
        `active&assigned: ${both}`,
        `active&unassigned: ${one}`,
        `inactive&assigned: ${other}`,
        `inactive&unassigned: ${none}`,
        `total ${users}`,
      ].map((line) => `${event} staff ${line}`),
    );
  });

  it('are written of a token that becomes a user’s when they log in', async () => {
    await enrol(admin, 'FREE');
    await database.query(`UPDATE token SET realms = '{staff,other}' WHERE serial = 'FREE'`);
    await give(
      { scope: 'reporting', action: 'token_status=assigned' },
      { scope: 'enrollment', action: 'autoassignment_without_password', realm: 'staff' },
    );
    const { body } = await admin.post('/validate/check', { user: 'anna', pass: hotpAt(0) });
    expect(body.result.value).toBe(true);
    await expect(reports()).resolves.toEqual(['assign other assigned: 0', 'assign staff assigned: 1']);
  });
});

/** At noon of days of 2026, past the application. */
async function given(
  ...rows: readonly (readonly [day: string, realm: string, status: string, count: number])[]
) {
  for (const [day, realm, status, count] of rows) {
    await database.query(
      `INSERT INTO token_report (at, event, realm, status, count) VALUES ($1, 'init', $2, $3, $4)`,
      [new Date(`2026-${day}T12:00:00`), realm, status, count],
    );
  }
}

const SOME = [
  ['01-10', 'staff', 'total', 4],
  ['02-10', 'staff', 'total', 9],
  ['03-10', 'staff', 'total', 7],
  ['02-10', 'staff', 'active', 3],
  ['02-20', '', 'total', 5],
  ['02-20', 'gone', 'total', 8],
  ['02-20', 'staff', 'total users', 2],
] as const;

describe('/reporting/maximum', () => {
  beforeEach(() => given(...SOME));

  it('gives the highest number, and -1 where there is none', async () => {
    await expect(valueOf(get('maximum', { status: 'total, active,total users' }))).resolves.toEqual({
      linotp_admins: { total: -1, active: -1, 'total users': -1 },
      other: { total: -1, active: -1, 'total users': -1 },
      staff: { total: 9, active: 3, 'total users': 2 },
      '/:no realm:/': { total: 5, active: -1, 'total users': -1 },
    });
    await expect(valueOf(post('maximum', { realms: 'Staff, nosuch,/:no realm:/' }))).resolves.toEqual({
      staff: { total: 9 },
      '/:no realm:/': { total: 5 },
    });
    await expect(newestRecord(database)).resolves.toMatchObject({
      action: 'reporting/maximum',
      succeeded: true,
    });
  });

  it('says what it does not know', async () => {
    await expect(errorOf(get('maximum', { status: 'total,foo' }))).resolves.toEqual([
      `unsupported status: 'foo'`,
      1,
    ]);
    await expect(errorOf(get('maximum', { realms: 'foo, bar' }))).resolves.toEqual([
      `ERR410: You do not have the rights to see these realms: ['foo', 'bar']. Check the policies!`,
      1,
    ]);
  });
});

describe('/reporting/period', () => {
  beforeEach(() => given(...SOME));

  it.each<[Fields, number | null]>([
    [{}, 9],
    [{ from: '2026-02-11' }, 7],
    [{ from: '2026-02-10', to: '2026-02-11' }, 9],
    // Nothing in it: what was last before.
    [{ from: '2026-02-11', to: '2026-03-01' }, 9],
    [{ from: '2026-01-11', to: '2026-02-10' }, 4],
    [{ to: '2026-01-10' }, null],
    [{ from: '2026-12-31', to: '2027-01-01' }, 7],
  ])('%j: %s', async (period, expected) => {
    await expect(valueOf(get('period', { realms: 'staff', ...period }))).resolves.toMatchObject({
      realms: [{ name: 'staff', maxtokencount: { total: expected } }],
    });
  });

  it('repeats the period, and says which of its ends it cannot read', async () => {
    await expect(
      valueOf(get('period', { realms: 'staff', from: '2026-1-1', to: '2026-02-28' })),
    ).resolves.toMatchObject({ period: { from: '2026-01-01T00:00:00', to: '2026-02-28T00:00:00' } });
    const why = (name: string, text: string) =>
      `paramter to timestamp: ${name}: time data '${text}' does not match format '%Y-%m-%d'`;
    await expect(errorOf(get('period', { from: 'x' }))).resolves.toEqual([
      `Failed to convert start time ${why('from', 'x')}`,
      1,
    ]);
    await expect(errorOf(get('period', { to: '2026-02-30' }))).resolves.toEqual([
      `Failed to convert end time ${why('to', '2026-02-30')}`,
      1,
    ]);
  });
});

describe('/reporting/show', () => {
  const show = async (query: Fields) => JSON.parse((await get('show', query)).text) as Shown;
  interface Shown {
    readonly result: { readonly value: Record<string, unknown>[]; readonly queried: number };
    readonly detail: unknown;
  }

  it('lists all reports with what LinOTP leaves empty, also of realms that are gone', async () => {
    await given(...SOME);
    const { result, detail } = await show({});
    expect(result.value).toHaveLength(7);
    expect(result.value[0]).toEqual({
      timestamp: '2026-01-10 12:00:00.000000',
      event: 'token_init',
      realm: 'staff',
      parameter: 'total',
      value: '',
      count: 4,
      detail: '',
      session: '',
      description: '',
    });
    expect(result.value.map(({ realm }) => realm)).toContain('gone');
    expect(result.queried).toBe(7);
    expect(detail).toEqual({ pages: 1, pagesize: 7, report_rows: 7, page: 1 });
  });

  it('filters, sorts and pages', async () => {
    await given(...SOME);
    const counts = async (query: Fields) => (await show(query)).result.value.map(({ count }) => count);
    await expect(counts({ date: '2026-02-20' })).resolves.toEqual([5, 8, 2, 7]);
    await expect(counts({ realms: 'staff', status: 'total' })).resolves.toEqual([4, 9, 7]);
    await expect(counts({ sortby: 'count', sortdir: 'desc' })).resolves.toEqual([9, 8, 7, 5, 4, 3, 2]);
    await expect(counts({ sortby: 'nosuch', sortdir: 'desc' })).resolves.toEqual([7, 2, 8, 5, 3, 9, 4]);
    const page = await show({ sortby: 'count', page: '2', pagesize: '3' });
    expect(page.result.value.map(({ count }) => count)).toEqual([5, 7, 8]);
    expect(page.detail).toEqual({ pages: 3, pagesize: 3, report_rows: 7, page: 2 });
    await expect(counts({ page: '9', pagesize: '3' })).resolves.toEqual([]);
    const FAR = { page: String(Number.MAX_SAFE_INTEGER), pagesize: '1000000' };
    await expect(counts(FAR)).resolves.toEqual([]);
  });

  it('gives CSV, and nothing at all without reports', async () => {
    expect((await get('show', { outform: 'csv' })).text).toBe('');
    await given(['01-10', '', 'active&assigned', 4]);
    const answer = await get('show', { outform: 'csv' });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename=linotp-reports.csv',
    });
    expect(answer.text).toBe(
      `"timestamp","event","realm","parameter","value","count","detail","session","description",\n` +
        `"2026-01-10 12:00:00.000000", "token_init", "/:no realm:/", "active&assigned", "", 4, "", "", "", \n`,
    );
  });

  it('streams more than is in memory at once', async () => {
    await database.query(
      `INSERT INTO token_report (event, realm, status, count)
       SELECT 'init', 'staff', 'total', n FROM generate_series(1, 2500) n`,
    );
    const { result } = await show({ sortby: 'count' });
    expect(result.value.map(({ count }) => count)).toEqual(Array.from({ length: 2500 }, (_, n) => n + 1));
  });

  it.each<[Fields, string]>([
    [{ page: 'x' }, `page: invalid literal for int() with base 10: 'x'`],
    [{ page: '1', pagesize: '0' }, 'pagesize: must be 1 or more, not 0'],
    [{ date: 'soon' }, `date: time data 'soon' does not match format '%Y-%m-%d'`],
    [{ status: 'x' }, `unsupported status: 'x'`],
  ])('says what is wrong with %j', async (query, message) => {
    await expect(errorOf(get('show', query))).resolves.toEqual([message, 1]);
  });
});

describe('/reporting/delete_all, delete_before', () => {
  beforeEach(() => given(...SOME));

  it('removes what is named, of status total if nothing else is', async () => {
    await expect(valueOf(post('delete_all', { realms: 'staff' }))).resolves.toBe(3);
    await expect(newestRecord(database)).resolves.toMatchObject({
      action: 'reporting/delete_all',
      succeeded: true,
      info: 'reports removed: 3',
    });
    await expect(valueOf(post('delete_all', { status: '*' }))).resolves.toBe(4);
    await expect(reports()).resolves.toEqual([]);
  });

  it('removes what is older than a day', async () => {
    await expect(valueOf(post('delete_before', { date: '2026-02-20', status: '*' }))).resolves.toBe(3);
    await expect(valueOf(post('delete_before', { date: '2026-02-20', status: '*' }))).resolves.toBe(0);
  });

  it('says which day it cannot read, and that GET removes nothing', async () => {
    await expect(errorOf(post('delete_before', { date: 'x' }))).resolves.toEqual([
      `time data 'x' does not match format '%Y-%m-%d'`,
      1,
    ]);
    for (const path of ['delete_all', 'delete_before']) expect((await get(path)).status).toBe(405);
    await expect(reports()).resolves.toHaveLength(7);
  });

  it('ends at the realms of the right', async () => {
    await give({ scope: 'reporting.access', action: 'delete_all', realm: 'other' });
    await expect(valueOf(post('delete_all', { status: '*' }))).resolves.toBe(0);
    await expect(errorOf(post('delete_all', { realms: 'staff' }))).resolves.toEqual([
      `ERR410: You do not have the rights to see these realms: ['staff']. Check the policies!`,
      1,
    ]);
  });
});

describe('/system/getReportedStatuses', () => {
  it('tells what policies want counted', async () => {
    await give({ scope: 'reporting', action: 'token_user_total, token_status=active', realm: 'staff' });
    const of = (query: Fields) => valueOf(admin.get('/system/getReportedStatuses', query));
    await expect(of({})).resolves.toEqual({ linotp_admins: [], other: [], staff: ['active', 'total users'] });
    await expect(of({ realms: '*' })).resolves.toHaveProperty('/:no realm:/', []);
    await expect(errorOf(admin.get('/system/getReportedStatuses', { realms: 'x' }))).resolves.toEqual([
      `ERR410: You do not have the rights to see these realms: ['x']. Check the policies!`,
      1,
    ]);
  });
});
