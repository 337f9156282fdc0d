import type pg from 'pg';

import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { RFC_KEY_HEX, hotpAt } from '../../support/clients/otp.js';
import { errorOf, newestRecord, storedToken, valueOf } from './answers.js';

/** `/admin/set` and `/admin/setValidity`: what they set, what lists show of it, and what logins make of it. */

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

const set = (form: Fields) => admin.post('/admin/set', form);
const setValidity = (form: Fields) => admin.post('/admin/setValidity', form);
const login = (serial: string, pass: string) => valueOf(admin.get('/validate/check_s', { serial, pass }));
const failed = (key: string, error: string) => [`[set] setting ${key} failed: ${error}`, 1];

async function shown(serial: string, form: Fields = { tokeninfo_format: 'json' }): Promise<unknown> {
  const list = (await valueOf(admin.get('/admin/show', { serial, ...form }))) as {
    data: Record<string, unknown>[];
  };
  return list.data[0]?.['LinOtp.TokenInfo'];
}

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  await givenUsers(admin, server.installation, ['anna']);
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

beforeEach(async () => {
  await givePolicies(database, []);
  await database.query('DELETE FROM token');
  await enrol(admin, 'H1');
  await enrol(admin, 'H2', { user: 'anna' });
});

describe('/admin/set', () => {
  it('sets everything, whatever the case of its names, in LinOTP’s order', async () => {
    await enrol(admin, 'T1', { type: 'totp' });
    const form = {
      SERIAL: 'T1',
      phone: '+49 123',
      ValidityPeriodEnd: '01/02/68 03:04',
      validityperiodstart: '02/01/20 00:00',
      countAuthSuccessMax: '4',
      countauthsuccess: '1',
      COUNTAUTHMAX: '5',
      countAuth: '2',
      timeShift: '-30',
      timeStep: '60',
      timeWindow: '180',
      hashlib: 'SHA256',
      OtpLen: '8',
    };
    const value = await valueOf(set(form));
    expect(Object.entries(value as object)).toEqual(
      [
        'OtpLen',
        'hashlib',
        'timeWindow',
        'timeStep',
        'timeShift',
        'countAuth',
        'countAuthMax',
        'countAuthSuccess',
        'countAuthSuccessMax',
        'validityPeriodStart',
        'validityPeriodEnd',
        'phone',
      ].map((name) => [`set ${name}`, 1]),
    );
    await expect(newestRecord(database)).resolves.toMatchObject({
      action: 'admin/set',
      serial: 'T1',
      detail:
        'otpLen=8, hashlib=sha256, timeWindow=180, timeStep=60, timeShift=-30, countAuth=2, countAuthMax=5, ' +
        'countAuthSuccess=1, countAuthSuccessMax=4, validityPeriodStart=02/01/20 00:00, ' +
        'validityPeriodEnd=01/02/68 03:04, phone=+49 123, ',
    });
    await expect(shown('T1')).resolves.toEqual({
      hashlib: 'sha256',
      timeWindow: '180',
      timeShift: '-30',
      timeStep: '60',
      count_auth: 2,
      count_auth_max: 5,
      count_auth_success: 1,
      count_auth_success_max: 4,
      validity_period_start: '2020-01-02T00:00:00',
      validity_period_end: '2068-02-01T03:04:00',
      phone: '+49 123',
    });
    await expect(valueOf(admin.get('/api/v2/tokens/T1'))).resolves.toMatchObject({
      tokenConfiguration: { hashLib: 'sha256', timeStep: '60', otpLength: 8 },
      usageData: {
        loginAttempts: 2,
        maxLoginAttempts: 5,
        successfulLoginAttempts: 1,
        maxSuccessfulLoginAttempts: 4,
      },
      validityPeriod: {
        validityStart: '2020-01-02T00:00:00+00:00',
        validityEnd: '2068-02-01T03:04:00+00:00',
      },
    });
  });

  it.each([
    {
      key: 'hashlib',
      value: 'md5',
      error: 'ValueError(|unsupported hashlib :md5:: use sha1, sha256 or sha512|)',
    },
    { key: 'countAuth', value: 'x', error: 'ValueError(|invalid literal for int() with base 10: :x:|)' },
    { key: 'countAuthMax', value: '-1', error: 'ValueError(|must be in 0 … 2147483647|)' },
    { key: 'timeShift', value: '1.5', error: 'ValueError(|invalid literal for int() with base 10: :1.5:|)' },
    {
      key: 'validityPeriodEnd',
      value: '2026-01-01',
      error: 'ValueError(|time data :2026-01-01: does not match format :%d/%m/%y %H:%M:|)',
    },
    {
      key: 'validityPeriodStart',
      value: '01/01/26 10:00<',
      error: 'ValueError(|unconverted data remains: [|)',
    },
    { key: 'phone', value: '1'.repeat(256), error: 'ValueError(|longer than 255 characters|)' },
  ])('refuses $key=$value and changes nothing', async ({ key, value, error }) => {
    const before = await storedToken(database, 'H1');
    await expect(errorOf(set({ serial: 'H1', description: 'new', [key]: value }))).resolves.toEqual(
      failed(key, error),
    );
    await expect(storedToken(database, 'H1')).resolves.toEqual(before);
  });

  it('without a token, counts nothing; of limits alone it says how it is used', async () => {
    await expect(valueOf(set({ serial: 'NOSUCH', countAuthMax: '5', hashlib: 'sha1' }))).resolves.toEqual({
      'set hashlib': 0,
      'set countAuthMax': 0,
    });
    const [message] = await errorOf(set({ serial: 'NOSUCH', countAuthMax: '5', phone: '1' }));
    expect(message).toMatch(/^ERR77: Usage: set: parameters are /);
  });

  it.each([
    { key: 'hashlib', value: 'sha512' },
    { key: 'OtpLen', value: '8' },
  ])('moves no counter with another $key', async ({ key, value }) => {
    await expect(login('H1', hotpAt(3))).resolves.toBe(true);
    await valueOf(set({ serial: 'H1', [key]: value }));
    await expect(storedToken(database, 'H1')).resolves.toMatchObject({ counter: 4 });
  });

  it('of a user sets all tokens or none', async () => {
    await enrol(admin, 'T1', { type: 'totp', user: 'anna' });
    const form = { user: 'anna', countAuthMax: '5' };
    await expect(valueOf(set(form))).resolves.toEqual({ 'set countAuthMax': 2 });
    await expect(shown('H2')).resolves.toMatchObject({ count_auth_max: 5 });
    await givePolicies(database, [{ scope: 'admin', action: 'set', realm: 'staff' }]);
    await database.query(`UPDATE token SET realms = '{other}' WHERE serial = 'T1'`);
    const [message] = await errorOf(set({ serial: '*', countAuthMax: '6' }));
    expect(message).toMatch(/^ERR410: /);
    await expect(shown('H2')).resolves.toMatchObject({ count_auth_max: 5 });
  });

  it('forgets a phone that is empty', async () => {
    await valueOf(set({ serial: 'H1', phone: '1' }));
    await valueOf(set({ serial: 'H1', phone: '' }));
    await expect(shown('H1')).resolves.toEqual({ hashlib: 'sha1' });
  });
});

describe('/admin/setValidity', () => {
  it('sets limits of several tokens, to the minute, and takes them away', async () => {
    const tokens = { 'tokens[]': 'H1' };
    const limits = {
      validityperiodstart: '1577836859',
      validityPeriodEnd: '1700000000',
      countAuthMax: '5',
      COUNTAUTHSUCCESSMAX: '4',
    };
    await expect(valueOf(setValidity({ ...tokens, ...limits }))).resolves.toEqual(['H1']);
    await expect(newestRecord(database)).resolves.toMatchObject({
      action: 'admin/setValidity',
      succeeded: true,
      serial: 'H1',
      info: 'set token validity',
      detail: "['H1']",
    });
    await expect(shown('H1', {})).resolves.toBe(
      '{\n"hashlib": "sha1",\n"count_auth_max": 5,\n"count_auth_success_max": 4,\n' +
        '"validity_period_start": "01/01/20 00:00",\n"validity_period_end": "14/11/23 22:13"\n}',
    );
    const unlimited = Object.fromEntries(Object.keys(limits).map((name) => [name, 'unlimited']));
    await valueOf(setValidity({ ...tokens, ...unlimited }));
    await expect(shown('H1')).resolves.toEqual({ hashlib: 'sha1' });
  });

  it('takes a list in JSON, names back all that were sent, and passes over serials of nothing', async () => {
    const answer = admin
      .post('/admin/setValidity')
      .type('json')
      .send({
        tokens: ['H2', 'NOSUCH', 'H*', 'H1'],
        countAuthMax: 3,
      });
    await expect(valueOf(answer)).resolves.toEqual(['H2', 'NOSUCH', 'H*', 'H1']);
    await expect(shown('H1')).resolves.toMatchObject({ count_auth_max: 3 });
    await expect(shown('H2')).resolves.toMatchObject({ count_auth_max: 3 });
  });

  it.each([
    { form: {}, error: 'ERR905: missing parameter: tokens[]' },
    { form: { 'tokens[]': '' }, error: 'ERR905: missing parameter: tokens[]' },
    {
      form: { 'tokens[]': 'H1', countAuthMax: 'many' },
      error: "invalid literal for int() with base 10: 'many'",
    },
    {
      form: { 'tokens[]': 'H1', countAuthMax: '5', validityPeriodEnd: '-1' },
      error: 'validityPeriodEnd must be in 0 … 253402300799',
    },
  ])('$form: $error', async ({ form, error }) => {
    await expect(errorOf(setValidity(form as Fields))).resolves.toEqual([error, 0]);
    await expect(shown('H1')).resolves.toEqual({ hashlib: 'sha1' });
  });

  it('of a token out of reach changes none', async () => {
    await givePolicies(database, [{ scope: 'admin', action: 'set', realm: 'staff' }]);
    const answer = admin
      .post('/admin/setValidity')
      .type('json')
      .send({ tokens: ['H2', 'H1'], countAuthMax: 3 });
    const [message] = await errorOf(answer);
    expect(message).toMatch(/^ERR410: .* set token properties for H1/);
    await givePolicies(database, []);
    await expect(shown('H2')).resolves.toEqual({ hashlib: 'sha1' });
  });
});

describe('/admin/init', () => {
  const init = (form: Fields) => admin.post('/admin/init', { type: 'hmac', otpkey: RFC_KEY_HEX, ...form });
  const descriptionOf = async (serial: string) => (await storedToken(database, serial))['description'];

  it('enrols a token for some paths, and calls it one of a roll-out', async () => {
    await valueOf(init({ serial: 'S1', scope: '{"path": ["userservice"]}' }));
    await expect(shown('S1')).resolves.toEqual({ hashlib: 'sha1', scope: { path: ['userservice'] } });
    await expect(descriptionOf('S1')).resolves.toBe('rollout token');
    await expect(login('S1', hotpAt(0))).resolves.toBe(false);
    await expect(storedToken(database, 'S1')).resolves.toMatchObject({ counter: 0, failures: 0 });
    await valueOf(init({ serial: 'S1', scope: '{"path": ["validate"]}', description: 'mine' }));
    await expect(descriptionOf('S1')).resolves.toBe('mine');
    await expect(login('S1', hotpAt(0))).resolves.toBe(true);
  });

  it('takes rollout for the scope of the self-service, and refuses what it does not understand', async () => {
    await valueOf(init({ serial: 'S1', rollout: '1', description: 'mine' }));
    await expect(shown('S1')).resolves.toMatchObject({ scope: { path: ['userservice'] } });
    await expect(descriptionOf('S1')).resolves.toBe('mine');
    const [message] = await errorOf(init({ serial: 'S2', scope: 'validate' }));
    expect(message).toMatch(/^scope must be JSON/);
    await expect(storedToken(database, 'S2')).resolves.toBeUndefined();
  });

  it('keeps the limits of a token that is enrolled anew, also its paths', async () => {
    await valueOf(init({ serial: 'S1', rollout: '1' }));
    await valueOf(set({ serial: 'S1', countAuthMax: '5', countAuth: '2', phone: '1', OtpLen: '8' }));
    const before = await shown('S1');
    await valueOf(init({ serial: 'S1', otpkey: '00112233445566778899aabbccddeeff00112233' }));
    await expect(shown('S1')).resolves.toEqual(before);
  });

  it('of a token whose length no application is told of, changes nothing', async () => {
    await valueOf(set({ serial: 'H1', OtpLen: '7' }));
    const before = await storedToken(database, 'H1');
    await expect(errorOf(init({ serial: 'H1', description: 'new' }))).resolves.toEqual([
      "unsupported digits '7'",
      1,
    ]);
    await expect(storedToken(database, 'H1')).resolves.toEqual(before);
    await valueOf(init({ serial: 'H1', otplen: '8' }));
  });
});

describe('limits at a login', () => {
  const detail = async () => (await newestRecord(database))['detail'];

  it('holds the number of accepted logins', async () => {
    await valueOf(set({ serial: 'H1', countAuthSuccessMax: '2' }));
    await expect(login('H1', hotpAt(0))).resolves.toBe(true);
    await expect(login('H1', hotpAt(1))).resolves.toBe(true);
    await expect(login('H1', hotpAt(2))).resolves.toBe(false);
    await expect(detail()).resolves.toBe('Authentication sucess counter exceeded');
    await expect(shown('H1')).resolves.toMatchObject({ count_auth_success: 2 });
    await expect(storedToken(database, 'H1')).resolves.toMatchObject({ counter: 2, failures: 1 });
  });

  it('holds the validity', async () => {
    await valueOf(set({ serial: 'H1', validityPeriodEnd: '01/01/20 00:00' }));
    await expect(login('H1', hotpAt(0))).resolves.toBe(false);
    await expect(detail()).resolves.toBe('Authentication validity period exceeded');
    await valueOf(setValidity({ 'tokens[]': 'H1', validityPeriodEnd: 'unlimited' }));
    await expect(login('H1', hotpAt(0))).resolves.toBe(true);
  });

  it.each([
    { action: 'disable_on_authentication_exceed', left: { active: false } },
    { action: 'delete_on_authentication_exceed', left: undefined },
  ])('$action holds for a token that has none left', async ({ action, left }) => {
    await givePolicies(database, [{ scope: 'authentication', action, realm: '*' }]);
    await valueOf(set({ serial: 'H1', countAuthMax: '1' }));
    await expect(login('H1', hotpAt(0))).resolves.toBe(true);
    await expect(login('H1', hotpAt(1))).resolves.toBe(false);
    const stored = await storedToken(database, 'H1');
    if (left === undefined) expect(stored).toBeUndefined();
    else expect(stored).toMatchObject(left);
  });

  it('keeps times of logins once that is asked for', async () => {
    await login('H1', hotpAt(0));
    const times = async () => {
      const list = (await valueOf(admin.get('/admin/show', { serial: 'H1' }))) as {
        data: Record<string, unknown>[];
      };
      return [list.data[0]?.['LinOtp.LastAuthMatch'], list.data[0]?.['LinOtp.LastAuthSuccess']];
    };
    await expect(times()).resolves.toEqual(['', '']);
    await changed(admin, '/system/setConfig', { 'token.last_access': 'True' });
    await login('H1', '000000');
    await expect(times()).resolves.toEqual([expect.stringMatching(/ GMT$/), '']);
    await login('H1', hotpAt(1));
    await expect(times()).resolves.toEqual([expect.stringMatching(/ GMT$/), expect.stringMatching(/ GMT$/)]);
    await changed(admin, '/system/setConfig', { 'token.last_access': 'False' });
  });
});
