import type pg from 'pg';
import request from 'supertest';

import { RouteCatalogue } from '../../../src/http/ops/ops.controller.js';
import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type GivenPolicy, givePolicies } from '../../support/domain/given-policies.js';
import { hotpAt } from '../../support/clients/otp.js';
import { envelopeOf, errorOf, newestRecord, storedToken, valueOf } from './answers.js';

const COUNTS: GivenPolicy = {
  scope: 'gettoken',
  action: 'max_count_hotp=3, max_count_totp=2, max_count_dpw=2',
  realm: 'staff',
};

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

const get = (path: string, query: Fields = {}) => admin.get(`/gettoken/${path}`, query);
const give = (...policies: GivenPolicy[]) => givePolicies(database, policies);
const activate = (value: string) => changed(admin, '/system/setConfig', { 'linotpGetotp.active': value });

beforeAll(async () => {
  server = await startApplication({
    env: { DISABLE_CONTROLLERS: '', ENABLE_CONTROLLERS: 'ALL validate:/otp validate:/mfa/v1 tools:/tools' },
  });
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  await givenUsers(admin, server.installation, ['anna', 'bernd', 'carla']);
  await enrol(admin, 'H1', { user: 'anna', pin: 'pin1' });
  await enrol(admin, 'B1', { user: 'bernd' });
  await enrol(admin, 'T1', { type: 'totp', user: 'bernd' });
  await changed(admin, '/admin/init', { type: 'spass', serial: 'S1', user: 'carla' });
  await changed(admin, '/admin/init', {
    type: 'dpw',
    serial: 'D1',
    otpkey: '1234567890abcdef',
    user: 'bernd',
  });
  await enrol(admin, 'FREE');
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

beforeEach(async () => {
  await give(COUNTS);
  await activate('True');
});

describe('/gettoken/getotp', () => {
  it('tells the value that comes next, without the PIN, and moves nothing', async () => {
    const queries: Fields[] = [{ serial: 'H1' }, { user: 'anna' }];
    for (const query of queries) {
      const { result, id } = await envelopeOf(get('getotp', query));
      expect(result.value).toEqual({ result: true, otpval: hotpAt(0), pin: '', pass: hotpAt(0) });
      expect(id).toBe(0);
    }
    await expect(storedToken(database, 'H1')).resolves.toMatchObject({ counter: 0, revision: 1 });
    const record = await newestRecord(database);
    expect(record).toMatchObject({ action: 'gettoken/getotp', succeeded: true, serial: 'H1' });
    expect(JSON.stringify(record)).not.toContain(hotpAt(0));
  });

  it('tells a TOTP value of another time, but none further ahead than the policy counts', async () => {
    const curTime = '2026-11-22 14:54:30.000000';
    await expect(valueOf(get('getotp', { serial: 'T1', curTime }))).resolves.toMatchObject({
      otpval: hotpAt(59845309),
    });
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    for (const wrong of [inAnHour, 'now', '2026-02-31 00:00:00']) {
      const [message, id] = await errorOf(get('getotp', { serial: 'T1', curTime: wrong }));
      expect([message, id]).toEqual([expect.stringMatching(/^gettoken\/getotp failed: curTime /), 0]);
    }
  });

  it.each<[Fields, object]>([
    [{}, { description: 'You need to provide a user or a serial' }],
    [{ user: 'nobody' }, { description: 'No Token found for this user' }],
    [{ user: 'bernd' }, { description: 'The user has more than one token', serials: ['B1', 'T1', 'D1'] }],
  ])('says why it has none for %j', async (query, why) => {
    await expect(valueOf(get('getotp', query))).resolves.toEqual({ result: false, ...why });
  });
});

describe('/gettoken/getmultiotp', () => {
  it('tells as many values as the policy allows', async () => {
    const { result, id } = await envelopeOf(get('getmultiotp', { serial: 'H1', count: '20' }));
    expect(result.value).toEqual({
      type: 'HMAC',
      otp: { '0': hotpAt(0), '1': hotpAt(1), '2': hotpAt(2) },
      result: true,
      serial: 'H1',
    });
    expect(id).toBe(0);
    await expect(storedToken(database, 'H1')).resolves.toMatchObject({ counter: 0, revision: 1 });
  });

  it('tells from when TOTP values are shown', async () => {
    const query = { serial: 'T1', count: '2', curTime: '2026-11-22 14:54:10' };
    await expect(valueOf(get('getmultiotp', query))).resolves.toEqual({
      type: 'TOTP',
      otp: {
        '59845308': { otpval: hotpAt(59845308), time: '2026-11-22 14:54:00' },
        '59845309': { otpval: hotpAt(59845309), time: '2026-11-22 14:54:30' },
      },
      shift: 0,
      timeStepping: 30,
      result: true,
      serial: 'T1',
    });
  });

  it('tells none that is further ahead than the policy counts, whatever the time is said to be', async () => {
    // Of two days the second: in a day and an hour one is left.
    const curTime = new Date(Date.now() + 25 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    const value = await valueOf(get('getmultiotp', { serial: 'D1', count: '5', curTime }));
    expect(Object.keys((value as { otp: object }).otp)).toHaveLength(1);
  });

  it('tells day passwords by their days', async () => {
    const query = { serial: 'D1', count: '1', curTime: '2012-05-23 12:00:00.000000' };
    // spec/token-types §7.
    await expect(valueOf(get('getmultiotp', query))).resolves.toEqual({
      type: 'DPW',
      otp: { '12-05-23': '467988' },
      result: true,
      serial: 'D1',
    });
  });

  it('shows a page to people', async () => {
    const { type, text } = await get('getmultiotp', { serial: 'H1', count: '1', view: '1' });
    expect(type).toBe('text/html');
    expect(text).toContain(`<td>${hotpAt(0)}</td>`);
  });

  it.each<[Fields, string]>([
    [{ count: '1' }, `ParameterError(description="Missing parameter: 'serial'", id=905)`],
    [{ serial: 'H1' }, `ParameterError(description="Missing parameter: 'count'", id=905)`],
    [{ serial: 'H1', count: 'x' }, `ValueError("invalid literal for int() with base 10: 'x'")`],
    [
      { serial: 'NOSUCH', count: '1' },
      `TokenAdminError(description='No token with serial NOSUCH found', id=1102)`,
    ],
  ])('says what is wrong with %j', async (query, message) => {
    await expect(errorOf(get('getmultiotp', query))).resolves.toEqual([
      `gettoken/getmultiotp failed: ${message}`,
      0,
    ]);
  });

  it('says that nothing was asked for', async () => {
    await expect(valueOf(get('getmultiotp', { serial: 'H1', count: '0' }))).resolves.toEqual({
      result: false,
      error: 'No count specified',
      serial: 'H1',
    });
  });
});

describe.each(['getotp', 'getmultiotp'])('/gettoken/%s', (path) => {
  const ask = (serial: string) => errorOf(get(path, { serial, count: '1' }));
  const forbidden = (serial: string) => [
    `The policy forbids receiving OTP values for the token ${serial} in this realm`,
    0,
  ];

  it('is switched on by a setting', async () => {
    await activate('False');
    await expect(ask('H1')).resolves.toEqual(['getotp is not activated.', 0]);
  });

  it('needs a policy with a count in a realm of the token', async () => {
    await expect(ask('FREE')).resolves.toEqual(forbidden('FREE'));
    await give();
    await expect(ask('H1')).resolves.toEqual(forbidden('H1'));
    await give({ ...COUNTS, action: 'max_count_hotp=-1' });
    await expect(ask('H1')).resolves.toEqual(forbidden('H1'));
    await give({ ...COUNTS, action: 'max_count_totp=5' });
    await expect(ask('H1')).resolves.toEqual(forbidden('H1'));
    await give({ ...COUNTS, user: 'somebody else' });
    await expect(ask('H1')).resolves.toEqual(forbidden('H1'));
    await give({ ...COUNTS, realm: 'other' });
    await expect(ask('H1')).resolves.toEqual(forbidden('H1'));
  });

  it('knows no policy for tokens of other types', async () => {
    await expect(ask('S1')).resolves.toEqual([
      `ERR410: There is no policy gettoken/max_count definable for the tokentype 'spass'`,
      0,
    ]);
  });

  it('needs the right getotp as well', async () => {
    await give(COUNTS, { scope: 'admin', action: 'getotp', realm: 'other' });
    await expect(ask('H1')).resolves.toEqual([
      'ERR410: You do not have the administrative right to run the getotp workflow for token H1. Check the policies.',
      0,
    ]);
  });
});

it('names an unknown token in getotp', async () => {
  await expect(errorOf(get('getotp', { serial: 'NOSUCH' }))).resolves.toEqual([
    'gettoken/getotp failed: ERR1102: No token with serial NOSUCH found',
    0,
  ]);
});

describe('controllers that are served elsewhere', () => {
  it('answer there, with the path in the record, and nowhere else', async () => {
    for (const path of ['/otp/check_s', '/mfa/v1/check_s']) {
      await expect(valueOf(admin.get(path, { serial: 'H1', pass: 'no' }))).resolves.toBe(false);
      await expect(newestRecord(database)).resolves.toMatchObject({ action: path.slice(1), serial: 'H1' });
    }
    expect((await request(server.url).get('/validate/check_s')).status).toBe(404);
    const paths = server.app.get(RouteCatalogue).routes.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/otp/check', '/mfa/v1/check', '/tools/setPassword']));
    expect(paths.filter((path) => path.startsWith('/validate/'))).toEqual([]);
  });
});

describe('controllers that are not served', () => {
  it('are not found, gettoken unless it is said otherwise', async () => {
    const usual = await startApplication();
    try {
      const agent = await adminAgent(usual.url, usual.installation);
      expect((await agent.get('/gettoken/getotp')).status).toBe(404);
      expect((await agent.get('/admin/show')).status).toBe(200);
    } finally {
      await usual.stop();
    }
  });

  it('have no login either', async () => {
    const logins = await startApplication({ env: { ENABLE_CONTROLLERS: 'validate' } });
    try {
      for (const path of ['/admin/login', '/system/getConfig', '/api/v2/tokens/']) {
        expect((await request(logins.url).get(path)).status).toBe(404);
      }
      expect((await request(logins.url).get('/validate/check')).status).toBe(200);
    } finally {
      await logins.stop();
    }
  });
});
