import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type GivenPolicy, givePolicies } from '../../support/domain/given-policies.js';
import { somebodyWaits } from '../../support/database/lock-waits.js';
import { newestRecords } from '../../support/database/stored-text.js';

/** Rights per realm where a request names several tokens, or tokens, users and realms at once. */

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

interface Answer {
  readonly status: number;
  readonly text: string;
}
const resultOf = ({ text }: Answer) =>
  (
    JSON.parse(text) as {
      result: { status: boolean; value?: unknown; error?: { code: number; message: string } };
    }
  ).result;
const errorOf = async (answer: PromiseLike<Answer>) => resultOf(await answer).error?.message;
const valueOf = async (answer: PromiseLike<Answer>) => {
  const { status, value, error } = resultOf(await answer);
  expect([status, error]).toEqual([true, undefined]);
  return value;
};

const denied = (rest: string) => `ERR410: You do not have the administrative right to ${rest}`;
const grant = (action: string, realm: string, more: Partial<GivenPolicy> = {}): GivenPolicy => ({
  scope: 'admin',
  action,
  realm,
  ...more,
});
const give = (...policies: GivenPolicy[]) => givePolicies(database, policies);
const post = (path: string, form: Fields) => admin.post(path, form);

/** Realms and state of each token. */
async function tokens(): Promise<Record<string, string>> {
  const { rows } = await database.query<{ serial: string; state: string }>(
    `SELECT serial, array_to_string(realms, ',') || CASE WHEN active THEN '' ELSE ' off' END AS state FROM token`,
  );
  return Object.fromEntries(rows.map(({ serial, state }) => [serial, state]));
}

const AS_GIVEN = { ONE: 'one', TWO: 'two', BOTH: 'one,two', NOWHERE: '' };

beforeAll(async () => {
  server = await startApplication({ env: { TWINLOCK_OLD_CLIENTS: 'true' } });
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  for (const [resolver, realm, users] of [
    ['first', 'one', 'anna,1'],
    ['second', 'two', 'bert,1'],
  ] as const) {
    const form = { resolver, passwords_in_plaintext: 'true' };
    await valueOf(admin.upload('/tools/import_users', form, users));
    const resolvers = `useridresolver.SQLIdResolver.IdResolver.${resolver}`;
    await valueOf(post('/system/setRealm', { realm, resolvers }));
  }
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

beforeEach(async () => {
  await give();
  await database.query('DELETE FROM token');
  const enrolments: Record<string, Fields> = {
    ONE: { user: 'anna@one' },
    TWO: { user: 'bert@two' },
    BOTH: {},
    NOWHERE: {},
  };
  for (const [serial, form] of Object.entries(enrolments)) {
    await valueOf(post('/admin/init', { type: 'spass', serial, ...form }));
  }
  await database.query(`UPDATE token SET realms = '{one,two}' WHERE serial = 'BOTH'`);
});

describe('a change of several tokens', () => {
  it('is made of all or of none: a pattern that hits a token out of reach changes nothing', async () => {
    await give(grant('disable', 'one'));
    await expect(errorOf(post('/admin/disable', { serial: '*' }))).resolves.toMatch(
      /right to disable token (TWO|NOWHERE)\. Check the policies\.$/,
    );
    await expect(tokens()).resolves.toEqual(AS_GIVEN);
    await expect(valueOf(post('/admin/disable', { serial: 'ON*' }))).resolves.toBe(1);
    await expect(tokens()).resolves.toEqual({ ...AS_GIVEN, ONE: 'one off' });
  });

  it('is refused for one serial in a list', async () => {
    await give(grant('remove, assign', 'one'));
    const serials = 'serial[]=ONE&serial[]=TWO';
    await expect(errorOf(post(`/admin/remove?${serials}`, {}))).resolves.toBe(
      denied(`remove token 'TWO'. Check the policies.`),
    );
    await expect(errorOf(post(`/admin/assign?${serials}`, { user: 'anna@one' }))).resolves.toBe(
      denied('assign token TWO. Check the policies.'),
    );
    await expect(tokens()).resolves.toEqual(AS_GIVEN);
  });

  it('is refused for the tokens of a user elsewhere, also beside a serial that is granted', async () => {
    await give(grant('remove', 'one'));
    await expect(errorOf(post('/admin/remove', { serial: 'ONE', user: 'bert@two' }))).resolves.toBe(
      denied(`remove token None. Check the policies.`),
    );
    await expect(tokens()).resolves.toEqual(AS_GIVEN);
  });
});

describe('a token of several realms', () => {
  it('is changed with a right in one of them, and removed with a right in each', async () => {
    await give(grant('disable, remove', 'one'));
    await expect(valueOf(post('/admin/disable', { serial: 'BOTH' }))).resolves.toBe(1);
    await expect(errorOf(post('/admin/remove', { serial: 'BOTH' }))).resolves.toBe(
      denied(`remove token 'BOTH'. Check the policies.`),
    );
    await give(grant('remove', 'one, two'));
    await expect(valueOf(post('/admin/remove', { serial: 'BOTH' }))).resolves.toBe(1);
  });
});

describe('a token of no realm', () => {
  it('needs a right in all of them', async () => {
    await give(grant('disable', 'one, two'));
    await expect(errorOf(post('/admin/disable', { serial: 'NOWHERE' }))).resolves.toBe(
      denied('disable token NOWHERE. Check the policies.'),
    );
    await give(grant('disable', 'one, *'));
    await expect(valueOf(post('/admin/disable', { serial: 'NOWHERE' }))).resolves.toBe(1);
  });
});

describe('a serial that no token has', () => {
  it('is an error for administrators of some realms, and counts nothing for those of all', async () => {
    await give(grant('disable', 'one'));
    await expect(errorOf(post('/admin/disable', { serial: 'NOSUCH' }))).resolves.toBe(
      'ERR1102: No token with serial NOSUCH found',
    );
    await give(grant('disable', '*'));
    await expect(valueOf(post('/admin/disable', { serial: 'NOSUCH' }))).resolves.toBe(0);
  });
});

describe('giving a token to a user', () => {
  it('needs the right for the token and for the user', async () => {
    await give(grant('assign', 'one'));
    await expect(errorOf(post('/admin/assign', { serial: 'ONE', user: 'bert@two' }))).resolves.toBe(
      denied('assign token ONE. Check the policies.'),
    );
    await expect(errorOf(post('/admin/assign', { serial: 'NOWHERE', user: 'anna@one' }))).resolves.toBe(
      denied('assign token NOWHERE. Check the policies.'),
    );
    await give(grant('assign', 'one, two'));
    await expect(valueOf(post('/admin/assign', { serial: 'ONE', user: 'bert@two' }))).resolves.toBe(true);
    await expect(tokens()).resolves.toMatchObject({ ONE: 'two' });
  });
});

describe('an enrolment', () => {
  it('puts tokens without owner into the realms of the right, where their maker sees them', async () => {
    await give(grant('initSPASS', 'Two, one, gone'));
    await valueOf(post('/admin/init', { type: 'spass', serial: 'NEW' }));
    await expect(tokens()).resolves.toMatchObject({ NEW: 'one,two' });
    await expect(valueOf(admin.get('/admin/show', { serial: 'NEW' }))).resolves.toMatchObject({
      resultset: { tokens: 1 },
    });
  });

  it('puts them into another realm only with a right to manage tokens there', async () => {
    const form = { type: 'spass', serial: 'NEW', realm: 'two' };
    await give(grant('initSPASS', 'one'));
    await expect(errorOf(post('/admin/init', form))).resolves.toBe(
      denied('add tokens to realm two. Check the policies.'),
    );
    await give(grant('initSPASS', 'one'), grant('manageToken', 'two'));
    await valueOf(post('/admin/init', form));
    await expect(tokens()).resolves.toMatchObject({ NEW: 'one,two' });
  });

  it('does not take over a token of other realms', async () => {
    await give(grant('initSPASS', 'one'));
    const form = { type: 'spass', serial: 'TWO', user: 'anna@one', pin: 'mine' };
    await expect(errorOf(post('/admin/init', form))).resolves.toBe(denied('init token TWO of type spass.'));
    await expect(tokens()).resolves.toEqual(AS_GIVEN);
  });

  it.each<{ action: string; form: { type: string } & Fields }>([
    { action: 'initHMAC', form: { type: 'hmac', genkey: '1' } },
    { action: 'initTOTP', form: { type: 'totp', genkey: '1' } },
    { action: 'initMOTP', form: { type: 'motp', genkey: '1', otppin: '1234' } },
    { action: 'initPW', form: { type: 'pw', otpkey: 'geheim' } },
    { action: 'initDPW', form: { type: 'dpw', genkey: '1' } },
    { action: 'initSPASS', form: { type: 'spass' } },
    { action: 'initYUBIKEY', form: { type: 'yubikey', otpkey: 'ab'.repeat(16), otplen: '44' } },
  ])('is granted by $action for its type, and by no other', async ({ action, form }) => {
    const enrol = () => errorOf(post('/admin/init', { ...form, serial: 'NEW', user: 'anna@one' }));
    await give(grant(action === 'initSPASS' ? 'initPW' : 'initSPASS', 'one'));
    await expect(enrol()).resolves.toBe(
      denied(`init token NEW of type ${form.type} to user anna@one. Check the policies.`),
    );
    await give(grant(action, 'one'));
    await expect(enrol()).resolves.toBeUndefined();
    await expect(tokens()).resolves.toMatchObject({ NEW: 'one' });
  });

  it('is granted per type, hmac also by its older name', async () => {
    await give(grant('initETNG', 'one'), grant('initTOTP', 'two'));
    const enrol = (type: string, user: string) =>
      errorOf(post('/admin/init', { type, genkey: '1', serial: `${type}-${user}`, user }));
    await expect(enrol('hmac', 'anna@one')).resolves.toBeUndefined();
    await expect(enrol('totp', 'bert@two')).resolves.toBeUndefined();
    await expect(enrol('totp', 'anna@one')).resolves.toBe(
      denied('init token totp-anna@one of type totp to user anna@one. Check the policies.'),
    );
    await expect(enrol('spass', 'anna@one')).resolves.toBe(
      denied('init token spass-anna@one of type spass to user anna@one. Check the policies.'),
    );
  });
});

describe('/admin/set', () => {
  it('asks for both rights where it sets the PIN and something else', async () => {
    const form = { serial: 'ONE', pin: 'new', description: 'new' };
    await give(grant('set', 'one'));
    await expect(errorOf(post('/admin/set', form))).resolves.toBe(
      denied('set OTP PIN for token ONE. Check the policies.'),
    );
    await give(grant('setOTPPIN', 'one'));
    await expect(errorOf(post('/admin/set', form))).resolves.toBe(
      denied('set token properties for ONE. Check the policies.'),
    );
    await give(grant('set', 'one'), grant('setOTPPIN', 'one'));
    await expect(valueOf(post('/admin/set', form))).resolves.toMatchObject({ 'set pin': 1 });
  });
});

describe('a token that changes its realm at the same time', () => {
  it('is judged by the realm that it has when the change is made', async () => {
    await give(grant('disable', 'one'));
    const elsewhere = await server.installation.database.connect();
    try {
      await elsewhere.query('BEGIN');
      await elsewhere.query(`UPDATE token SET realms = '{two}' WHERE serial = 'ONE'`);
      const answer = errorOf(post('/admin/disable', { serial: 'ONE' }));
      await somebodyWaits(database, answer);
      await elsewhere.query('COMMIT');
      await expect(answer).resolves.toBe(denied('disable token ONE. Check the policies.'));
    } finally {
      await elsewhere.end();
    }
    await expect(tokens()).resolves.toMatchObject({ ONE: 'two' });
  });
});

describe('users', () => {
  it('of all realms at once are for those who may list them everywhere', async () => {
    await give(grant('userlist', 'one, two'));
    const realm = '*';
    await expect(errorOf(admin.get('/admin/userlist', { realm, username: '*' }))).resolves.toBe(
      denied(`list users in realm '*'.`),
    );
    await give(grant('userlist', '*'));
    await expect(valueOf(admin.get('/admin/userlist', { realm, username: '*' }))).resolves.toMatchObject([
      { username: 'admin' },
      { username: 'anna' },
      { username: 'bert' },
    ]);
  });

  it('of resolvers that do not exist, or are in no realm, are nobody’s business elsewhere', async () => {
    await give(grant('userlist', 'one'));
    for (const name of ['second', 'LinOTP_local_admins', 'nosuch']) {
      const answer = await admin.get(`/api/v2/resolvers/${name}/users`);
      expect([answer.status, resultOf(answer).error?.code]).toEqual([403, 410]);
    }
  });

  it('are imported into a resolver that is there, or with a right to write the configuration into a new one', async () => {
    const tools: GivenPolicy = { scope: 'tools', action: 'import_users' };
    const others: GivenPolicy = { scope: 'system', action: '*', user: 'somebody' };
    const load = (resolver: string) =>
      admin.upload('/tools/import_users', { resolver, passwords_in_plaintext: 'true' }, 'anna,1');
    await give(tools, others);
    await expect(errorOf(load('fresh'))).resolves.toBe(
      'ERR410: Policy check failed. You are not allowed to write system config.',
    );
    await expect(errorOf(load('first'))).resolves.toBeUndefined();
    await give(tools, { scope: 'system', action: 'write' });
    await expect(errorOf(load('fresh'))).resolves.toBeUndefined();
  });
});

describe('policies that ask for attributes of administrators', () => {
  it('are those of whom the directory says so', async () => {
    await valueOf(post('/admin/disable', { serial: 'ONE' }));
    await give(grant('enable', 'one', { user: '#email' }));
    await expect(errorOf(post('/admin/enable', { serial: 'ONE' }))).resolves.toBe(
      denied('enable token ONE. Check the policies.'),
    );
    await database.query(`UPDATE administrator SET email = 'admin@x.test'`);
    await give(grant('enable', 'one', { user: 'admin#email==admin@x.test' }));
    await expect(errorOf(post('/admin/enable', { serial: 'ONE' }))).resolves.toBeUndefined();
  });
});

describe('a refusal', () => {
  it('is recorded as one', async () => {
    await give(grant('disable', 'two'));
    await errorOf(post('/admin/disable', { serial: 'ONE' }));
    const [record] = await newestRecords(database, 1);
    expect(record).toMatchObject({
      action: 'admin/disable',
      succeeded: false,
      administrator: 'admin@linotp_admins (LinOTP_local_admins)',
      info: denied('disable token ONE. Check the policies.'),
    });
  });

  it('has the status that httperror asks for, and 403 in v2 whatever it asks for', async () => {
    await give(grant('disable', 'two', { user: 'somebody' }));
    expect((await admin.get('/admin/show', { httperror: '410' })).status).toBe(410);
    expect((await admin.get('/api/v2/tokens/', { httperror: '410' })).status).toBe(403);
  });

  it('meets old clients, too', async () => {
    await give(grant('disable', 'one'));
    const credentials = Buffer.from(`admin:${server.installation.password}`).toString('base64');
    const headers = { authorization: `Basic ${credentials}` };
    const session = await fetch(new URL('/admin/getsession', server.url), { headers });
    const cookie = (session.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
    const value = cookie.split('=')[1] ?? '';
    const disable = (serial: string) =>
      fetch(new URL(`/admin/disable?serial=${serial}&session=${value}`, server.url), {
        headers: { ...headers, cookie },
      });
    await expect((await disable('TWO')).text()).resolves.toContain(
      denied('disable token TWO. Check the policies.'),
    );
    await expect((await disable('ONE')).text()).resolves.toContain('"value": 1');
  });

  it('is not talked away by naming another client', async () => {
    await give(grant('disable', 'one', { client: '10.0.0.0/8' }));
    await expect(errorOf(post('/admin/disable', { serial: 'ONE', client: '10.0.0.1' }))).resolves.toBe(
      denied('disable token ONE. Check the policies.'),
    );
    await give(grant('disable', 'one', { client: '127.0.0.0/8, ::1' }));
    await expect(errorOf(post('/admin/disable', { serial: 'ONE' }))).resolves.toBeUndefined();
  });
});
