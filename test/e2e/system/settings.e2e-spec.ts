import { Writable } from 'node:stream';

import type pg from 'pg';
import { pino } from 'pino';

import { createApplication } from '../../../src/application.js';
import { readSettings } from '../../../src/config/settings.js';
import { enrol, givenUsers } from '../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { hotpAt } from '../../support/clients/otp.js';
import { newestRecords, storedText } from '../../support/database/stored-text.js';

const START_WITHIN_MS = 60_000;
const MARKED = 'MarkedSecret4711';
const MASK = '********';

describe('settings that administrators store', () => {
  let running: RunningApplication;
  let admin: AdminAgent;
  let database: pg.Client;

  beforeAll(async () => {
    running = await startApplication();
    admin = await adminAgent(running.url, running.installation);
    database = await running.installation.database.connect();
    await givenUsers(admin, running.installation, ['anna', 'a@b']);
  }, START_WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await running?.stop();
  });

  const set = async (form: Fields) => (await admin.post('/system/setConfig', form)).body.result;
  const get = async (key: string) =>
    (await admin.get('/system/getConfig', { key })).body.result.value[`getConfig ${key}`];
  const all = async (): Promise<Record<string, string>> =>
    (await admin.get('/system/getConfig')).body.result.value;
  const remove = (key: string) => admin.post('/system/delConfig', { key });
  const check = (serial: string, pass: string, fields: Fields = {}, headers: Fields = {}) =>
    fetch(new URL('/validate/check_s', running.url), {
      method: 'POST',
      headers,
      body: new URLSearchParams({ serial, pass, ...fields }),
    });
  const isAccepted = async (serial: string, pass: string) =>
    ((await (await check(serial, pass)).json()) as { result: { value: boolean } }).result.value;

  it('are answered by name, or by name and value', async () => {
    await expect(set({ key: 'mine', value: 'x', description: 'why' })).resolves.toMatchObject({
      value: { 'setConfig mine': true },
    });
    await expect(set({ one: '1', 'linotp.two': '2', 'two.type': 'not its own' })).resolves.toMatchObject({
      value: { 'setConfig one:1': true, 'setConfig linotp.two:2': true },
    });
    await expect(get('linotp.two')).resolves.toBe('2');
    await expect(get('enclinotp.one')).resolves.toBe('1');
  });

  it('are recorded with their values', async () => {
    await set({ key: 'linotp.mine', value: 'y' });
    await set({ one: '3', two: '4' });
    await admin.post('/system/setDefault', { defaultotplen: '6', DefaultSyncWindow: '1000' });
    await get('one');
    await get('nosuch');
    await all();
    await remove('one');
    const records = await newestRecords(database, 7);
    expect(records.toReversed().map(({ action, succeeded, info }) => [action, succeeded, info])).toEqual([
      ['system/setConfig', true, 'linotp.mine=y'],
      ['system/setConfig', true, 'one=3, two=4, '],
      ['system/setDefault', true, 'DefaultSyncWindow=1000, DefaultOtpLen=6, '],
      ['system/getConfig', true, 'config key one'],
      ['system/getConfig', false, 'config key nosuch'],
      ['system/getConfig', true, 'complete config'],
      ['system/delConfig', true, 'one'],
    ]);
  });

  it('are listed in order with what resolvers and realms are made of', async () => {
    const listed = await all();
    expect(Object.keys(listed)).toEqual(Object.keys(listed).toSorted());
    expect(listed).toMatchObject({
      DefaultRealm: 'staff',
      DefaultMaxFailCount: '10',
      'passwdresolver.fileName.file': expect.stringContaining('passwd'),
      'useridresolver.group.staff': 'useridresolver.PasswdIdResolver.IdResolver.file',
    });
    expect(Date.parse(`${listed['Config']?.slice(0, 19)}`)).toBeGreaterThan(Date.now() - 600_000);
  });

  it('hide what is secret from answers, records and the database', async () => {
    const answers = [
      await admin.post('/system/setConfig', { key: 'hidden1', value: MARKED, type: 'Password' }),
      await admin.post('/system/setConfig', { hidden2: `${MARKED}2`, 'hidden2.type': 'encrypted_data' }),
      await admin.post('/system/setConfig', { 'yubico.secret': `${MARKED}3`, plain: 'seen' }),
      await admin.post('/system/setConfig', { EmailProviderConfig: JSON.stringify({ x: MARKED }) }),
      // A bad one among good ones: nothing of it may show up, either.
      await admin.post('/system/setConfig', { SMSProviderConfig: MARKED, pagesize: 'many' }),
      await admin.get('/system/getConfig'),
      await admin.get('/system/getConfig', { key: 'hidden1' }),
    ];
    expect(answers[1]?.body.result.value).toEqual({
      [`setConfig hidden2:${MASK}`]: true,
      'setConfig hidden2.type:encrypted_data': true,
    });
    for (const { text } of answers) expect(text).not.toContain(MARKED);
    await expect(all()).resolves.toMatchObject({
      hidden1: MASK,
      hidden2: MASK,
      'yubico.secret': MASK,
      EmailProviderConfig: MASK,
      plain: 'seen',
    });
    const stored = await storedText(database);
    expect(stored).toContain('seen');
    expect(stored).not.toContain(MARKED);
    const { rows } = await database.query(`SELECT type FROM setting WHERE key = 'hidden1'`);
    expect(rows).toEqual([{ type: 'encrypted_data' }]);
    const infos = (await newestRecords(database, 7)).map(({ info }) => info);
    expect(infos).toContain('yubico.secret=***, plain=seen, ');
    await remove('EmailProviderConfig');
  });

  it.each<[form: Fields, code: number, message: string]>([
    [{ key: 'x' }, 905, 'ERR905: Required parameters: value and key'],
    [{}, 905, 'ERR905: Required parameters: value and key'],
    [
      { 'token.last_access': 'never' },
      -311,
      "Config Error: linotp.token.last_access must be of type 'time_format_string'",
    ],
    [
      { 'user_lookup_cache.expiration': 'soon' },
      -311,
      "Config Error: linotp.user_lookup_cache.expiration must be of type 'duration'",
    ],
    [
      { 'client.FORWARDED_PROXY': '10.0.0.0/99' },
      -311,
      "Config Error: linotp.client.FORWARDED_PROXY must be of type 'network'",
    ],
    [
      { 'client.FORWARDED_PROXY': 'no-such-host.invalid' },
      -311,
      "Config Error: linotp.client.FORWARDED_PROXY must be of type 'network'",
    ],
    [{ DefaultOtpLen: '7' }, -311, 'Config Error: linotp.DefaultOtpLen must be 6 or 8'],
    [{ DefaultRealm: 'nosuch' }, -311, 'Config Error: linotp.DefaultRealm must name a realm that exists'],
    [
      { 'useridresolver.group.staff': '' },
      -311,
      'Config Error: linotp.useridresolver.group.staff is changed by system/setRealm and system/delRealm',
    ],
    [{ 'linotp.Config': 'x' }, -311, 'Config Error: linotp.Config is changed by the server alone'],
    [
      { key: 'k'.repeat(300), value: 'x' },
      -311,
      'a setting has a name of 1 to 255 characters, none of them a control character',
    ],
    [{ big: 'x'.repeat(20_001) }, -311, 'Config Error: linotp.big must have at most 20000 characters'],
    [
      { nosecret: MASK },
      -311,
      'Config Error: linotp.nosecret must be given: nothing secret is stored that the mask stands for',
    ],
  ])('refuse %j, and what comes with it', async (form, code, message) => {
    const isOneKey = 'key' in form;
    const before = await all();
    const result = await set(isOneKey || Object.keys(form).length === 0 ? form : { good: '1', ...form });
    expect(result).toEqual({ status: false, error: { code, message } });
    await expect(all()).resolves.toEqual(before);
  });

  it('need a login and the CSRF token', async () => {
    const response = await fetch(new URL('/system/setConfig', running.url), {
      method: 'POST',
      body: new URLSearchParams({ key: 'a', value: 'b' }),
    });
    expect(response.status).toBe(401);
    const { text } = await admin.get('/system/setConfig', { key: 'a', value: 'b' });
    expect(text).toContain('Method Not Allowed');
  });

  it('change what new tokens get, and have their defaults back when they are forgotten', async () => {
    await admin.post('/system/setDefault', { DefaultMaxFailCount: '3', DefaultCountWindow: '7' });
    await set({ 'totp.timeStep': '60' });
    await enrol(admin, 'SET1', { type: 'totp' });
    for (const key of ['DefaultMaxFailCount', 'DefaultCountWindow', 'totp.timeStep']) await remove(key);
    await enrol(admin, 'SET2', { type: 'totp' });
    const { rows } = await database.query(
      `SELECT serial, max_failures, look_ahead, step_seconds FROM token WHERE serial LIKE 'SET%' ORDER BY serial`,
    );
    expect(rows).toEqual([
      { serial: 'SET1', max_failures: 3, look_ahead: 7, step_seconds: 60 },
      { serial: 'SET2', max_failures: 10, look_ahead: 10, step_seconds: 30 },
    ]);
  });

  it('let the PIN stand behind the OTP', async () => {
    await enrol(admin, 'BEHIND', { pin: 'mypin' });
    await set({ PrependPin: 'False' });
    await expect(isAccepted('BEHIND', `${hotpAt(0)}mypin`)).resolves.toBe(true);
    await remove('PrependPin');
    await expect(isAccepted('BEHIND', `mypin${hotpAt(1)}`)).resolves.toBe(true);
  });

  it('keep the failures of a token that accepts, unless DefaultResetFailCount is exactly True', async () => {
    const failuresOf = async (serial: string) => {
      const { rows } = await database.query('SELECT failures FROM token WHERE serial = $1', [serial]);
      return rows[0]?.failures;
    };
    await enrol(admin, 'COUNTED');
    await isAccepted('COUNTED', '000000');
    await admin.post('/system/setDefault', { DefaultResetFailCount: 'true' });
    await expect(isAccepted('COUNTED', hotpAt(0))).resolves.toBe(true);
    await expect(failuresOf('COUNTED')).resolves.toBe(1);
    await isAccepted('COUNTED', '000000');
    await expect(failuresOf('COUNTED')).resolves.toBe(2);
    await admin.post('/system/setDefault', { DefaultResetFailCount: 'True' });
    await expect(isAccepted('COUNTED', hotpAt(1))).resolves.toBe(true);
    await expect(failuresOf('COUNTED')).resolves.toBe(0);
  });

  it('say which errors httperror is for', async () => {
    await set({ errors: '1102' });
    const page = await admin.get('/system/getResolver', { httperror: '418' });
    expect(page.status).toBe(200);
    await remove('errors');
    await expect(admin.get('/system/getResolver', { httperror: '418' })).resolves.toMatchObject({
      status: 418,
    });
  });

  describe('about the address of a client', () => {
    const clientOf = async (fields: Fields, headers: Fields): Promise<string | undefined> => {
      await check('NOSUCH', 'x', fields, headers);
      const [record] = await newestRecords(database, 1);
      return record?.client;
    };
    const forwarded = { 'x-forwarded-for': '198.51.100.1, 2001:db8::5' };

    afterEach(async () => {
      for (const key of ['client.FORWARDED_PROXY', 'client.X_FORWARDED_FOR', 'mayOverwriteClient']) {
        await remove(key);
      }
    });

    it('believe a proxy that they name', async () => {
      await expect(clientOf({}, forwarded)).resolves.toBe('127.0.0.1');
      await set({ 'client.FORWARDED_PROXY': '127.0.0.1', 'client.X_FORWARDED_FOR': 'True' });
      await expect(clientOf({}, forwarded)).resolves.toBe('2001:db8::5');
    });

    it('let those who are listed name another', async () => {
      const named = { client: '203.0.113.9' };
      await expect(clientOf(named, {})).resolves.toBe('127.0.0.1');
      await set({ mayOverwriteClient: '127.0.0.0/8, 2001:db8::/32' });
      await expect(clientOf(named, {})).resolves.toBe('203.0.113.9');
      await expect(clientOf({ client: '2001:DB8::1' }, {})).resolves.toBe('2001:db8::1');
      const refused = await (await check('NOSUCH', 'x', { client: '10.1' })).text();
      expect(refused).toContain("client address is not a dotted quad: '10.1'");
    });
  });
});

describe('maintenance', () => {
  let running: RunningApplication;
  let admin: AdminAgent;
  let database: pg.Client;

  beforeAll(async () => {
    running = await startApplication();
    admin = await adminAgent(running.url, running.installation);
    database = await running.installation.database.connect();
  }, START_WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await running?.stop();
  });

  it('counts what is configured, without a record', async () => {
    const [before] = await newestRecords(database, 1);
    const { body } = await admin.get('/maintenance/check_status');
    expect(body).toMatchObject({ id: 0, result: { value: true } });
    expect(body.detail.config.entries).toBeGreaterThan(30);
    await expect(newestRecords(database, 1)).resolves.toEqual([before]);
  });

  it('sets what is logged, on every node, until the level is forgotten', async () => {
    const { env } = running.installation;
    const logs = [0, 1].map(() =>
      pino({ level: 'warn' }, new Writable({ write: (_chunk, _as, done) => done() })),
    );
    const nodes = await Promise.all(logs.map((log) => createApplication(readSettings({ ...env }), log)));
    try {
      for (const node of nodes) await node.listen(0, '127.0.0.1');
      const [here, there] = await Promise.all(
        nodes.map(async (node) => adminAgent(await node.getUrl(), running.installation)),
      );
      const levels = async () => {
        // A node learns of a change with its next request.
        await there?.get('/system/getRealms');
        return logs.map(({ level }) => level);
      };
      await here?.post('/maintenance/setLogLevel', { loggerName: 'root', level: '40' });
      await expect(levels()).resolves.toEqual(['error', 'error']);
      await here?.post('/maintenance/setLogLevel');
      await expect(levels()).resolves.toEqual(['trace', 'trace']);
      await here?.post('/system/delConfig', { key: 'logging.root.level' });
      await expect(levels()).resolves.toEqual(['warn', 'warn']);
    } finally {
      await Promise.all(nodes.map((node) => node.close()));
    }
  });

  it.each([
    [{ level: 'high' }, 'debug level high contains nondigits!'],
    [{ level: '-1' }, 'debug level -1 contains nondigits!'],
    [{ level: '101' }, 'Config Error: linotp.logging.root.level must be a whole number from 0 to 100'],
    [{ loggerName: 'sqlalchemy', level: '10' }, "no logger 'sqlalchemy': the only one is 'root'"],
  ])('refuses %j as a level', async (form, message) => {
    const { body } = await admin.post('/maintenance/setLogLevel', form);
    expect(body.result).toEqual({ status: false, error: { code: -311, message } });
  });
});
