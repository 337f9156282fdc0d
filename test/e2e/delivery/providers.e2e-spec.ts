import http from 'node:http';
import type { AddressInfo } from 'node:net';

import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { newestRecords, storedText } from '../../support/database/stored-text.js';

const START_WITHIN_MS = 60_000;
const MARKED = 'MarkedSecret0815';
const MASK = '********';
const HTTP = { type: 'sms', class: 'smsprovider.HttpSMSProvider.HttpSMSProvider', timeout: '10' };
const FILE = { type: 'sms', class: 'FileSMSProvider', timeout: '10', config: '{"file":"/nonexistent/sms"}' };

describe('providers', () => {
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

  beforeEach(async () => {
    await database.query('DELETE FROM provider');
    await database.query(`DELETE FROM setting WHERE key LIKE '%Provider%'`);
    // The server learns of it by the version.
    await database.query('UPDATE configuration_version SET version = version + 1');
  });

  const call = async (name: string, form: Fields) => (await admin.post(`/system/${name}`, form)).body;
  const set = async (form: Fields) => (await call('setProvider', form)).result;
  const get = async (form: Fields) => (await admin.get('/system/getProvider', form)).body.result.value;

  it('hide their secrets from answers, records and the database', async () => {
    const config = JSON.stringify({
      URL: `https://user:${MARKED}@gw.example/send?apikey=${MARKED}`,
      PASSWORD: MARKED,
      PARAMETER: { account: 'seen', token: MARKED },
    });
    const answers = [
      await admin.post('/system/setProvider', { ...HTTP, name: 'gw', config }),
      await admin.get('/system/getProvider', { type: 'sms' }),
      await admin.get('/system/getConfig'),
      await admin.post('/system/setProvider', { ...HTTP, name: 'bad', config: `{"PASSWORD":"${MARKED}"` }),
    ];
    for (const { text } of answers) expect(text).not.toContain(MARKED);
    expect(answers[3]?.body.result.error.message).toBe('config is not JSON');
    const stored = await storedText(database);
    expect(stored).toContain('smsprovider.HttpSMSProvider');
    expect(stored).not.toContain(MARKED);
    const gw = answers[1]?.body.result.value.gw;
    expect(JSON.parse(gw.Config)).toEqual({
      URL: `https://user:${MASK}@gw.example/send?apikey=${MASK}`,
      PASSWORD: MASK,
      PARAMETER: { account: 'seen', token: MASK },
    });
  });

  it('would be found out if they did not: the dump reads bytes as well', async () => {
    await database.query(
      `INSERT INTO provider (type, name, class, config_sealed) VALUES ('sms', 'bare', 'x', $1)`,
      [Buffer.from(MARKED)],
    );
    expect(await storedText(database)).toContain(MARKED);
  });

  it('take their masks back for what they stand for, and send them nowhere else', async () => {
    await set({ ...HTTP, name: 'gw', config: `{"URL":"https://gw.example/","PASSWORD":"${MARKED}"}` });
    const masked = (await get({ type: 'sms' })).gw.Config as string;
    await expect(
      set({ ...HTTP, name: 'gw', config: masked.replace('"URL"', '"MSISDN":true,"URL"') }),
    ).resolves.toMatchObject({ value: true });
    await expect(set({ ...HTTP, name: 'gw', config: masked.replace('gw.', 'evil.') })).resolves.toMatchObject(
      {
        error: { message: 'config: secrets must be given again, since URL has changed' },
      },
    );
    expect(JSON.parse((await get({ type: 'sms' })).gw.Config)).toEqual({
      MSISDN: true,
      URL: 'https://gw.example/',
      PASSWORD: MASK,
    });
  });

  it('have one default a type, which stays as long as there are others', async () => {
    await set({ ...FILE, name: 'one' });
    await set({ ...FILE, name: 'two' });
    await expect(get({ type: 'sms' })).resolves.toMatchObject({
      one: { Default: true },
      two: { Default: false },
    });
    await expect(call('delProvider', { type: 'sms', name: 'one' })).resolves.toMatchObject({
      result: { value: false },
      detail: { message: 'Default provider could not be deleted!' },
    });
    await expect(call('setDefaultProvider', { type: 'sms', name: 'nosuch' })).resolves.toMatchObject({
      result: { value: false },
      detail: { message: "Unknown provider! 'nosuch'" },
    });
    await call('setDefaultProvider', { type: 'sms', name: 'two' });
    await expect(call('delProvider', { type: 'sms', name: 'one' })).resolves.toMatchObject({
      result: { value: true },
    });
    await expect(call('delProvider', { type: 'sms', name: 'two' })).resolves.toMatchObject({
      result: { value: true },
    });
    await expect(get({ type: 'sms' })).resolves.toEqual({});
  });

  it('are managed by whoever knows their password', async () => {
    await set({ ...FILE, name: 'ours', managed: MARKED });
    await expect(get({ type: 'sms' })).resolves.toEqual({
      ours: { Class: 'FileSMSProvider', Timeout: '10', Default: true, Managed: true },
    });
    await expect(set({ ...FILE, name: 'ours' })).resolves.toMatchObject({
      error: { code: -311, message: 'Not allowed to overwrite the configuration of a managed provider' },
    });
    const { result } = await call('delProvider', { type: 'sms', name: 'ours', managed: 'guess' });
    expect(result.error).toEqual({ code: -311, message: 'Not allowed to delete the managed provider' });
    await expect(set({ ...FILE, name: 'ours', managed: MARKED, timeout: '3,5' })).resolves.toMatchObject({
      value: true,
    });
    expect(await storedText(database)).not.toContain(MARKED);
    await expect(call('delProvider', { type: 'sms', name: 'ours', managed: MARKED })).resolves.toMatchObject({
      result: { value: true },
    });
  });

  it('are known by the settings of version 2, too', async () => {
    await admin.post('/system/setConfig', {
      EmailProviderConfig: `{"SMTP_SERVER":"mail.example","SMTP_PASSWORD":"${MARKED}"}`,
    });
    await expect(get({ type: 'email' })).resolves.toEqual({
      imported_default: {
        Class: 'linotp.provider.emailprovider.SMTPEmailProvider',
        Timeout: '120',
        Config: `{"SMTP_SERVER":"mail.example","SMTP_PASSWORD":"${MASK}"}`,
        Default: true,
      },
    });
  });

  it.each<[name: string, form: Fields, code: number, message: string]>([
    ['setProvider', {}, 905, "ERR905: missing key KeyError('type')"],
    ['setProvider', { type: 'sms' }, 905, "ERR905: missing key KeyError('name')"],
    ['setProvider', { type: 'sms', name: 'x' }, 905, "ERR905: missing key KeyError('class')"],
    ['setProvider', { type: 'sms', name: 'x', class: 'y' }, 905, "ERR905: missing key KeyError('timeout')"],
    ['setProvider', { ...FILE, name: 'x', type: 'fax' }, -311, "unknown provider type 'fax'"],
    ['getProvider', { type: '__proto__' }, -311, "unknown provider type '__proto__'"],
    [
      'setProvider',
      { ...FILE, name: 'x', class: 'constructor' },
      -311,
      'class: sms providers are of class HttpSMSProvider, RestSMSProvider, SmtpSMSProvider, SMPPSMSProvider, FileSMSProvider',
    ],
    [
      'setProvider',
      { ...FILE, name: 'x', class: 'DeviceSMSProvider' },
      -311,
      'class: DeviceSMSProvider is not supported: it runs a program on the server',
    ],
    [
      'setProvider',
      { ...HTTP, name: 'x', config: '{"URL":"http://x/","RETURN_SUCCESS_REGEX":"(?=x)"}' },
      -311,
      'RETURN_SUCCESS_REGEX cannot be read as an expression',
    ],
    ['setProvider', { ...FILE, name: 'x', config: '[1]' }, -311, 'config must be a JSON object'],
    ['setProvider', { ...FILE, name: 'x', config: '{}' }, -311, 'config of a FileSMSProvider needs file'],
    [
      'setProvider',
      { ...FILE, name: 'x', timeout: '-1' },
      -311,
      'timeout: seconds above 0, up to 3600, or connect,read',
    ],
    ['testProvider', { type: 'voice', name: "o'x" }, -311, "Unable to load provider: 'o'x'"],
    ['delProvider', { type: 'voice' }, 905, "ERR905: missing key KeyError('name')"],
  ])('%s refuses %j', async (name, form, code, message) => {
    const { result } = await call(name, form);
    expect(result).toEqual({ status: false, error: { code, message } });
    await expect(newestRecords(database, 1)).resolves.toMatchObject([
      { action: `system/${name}`, succeeded: false },
    ]);
  });

  describe('of voice', () => {
    let server: http.Server;
    const received: string[] = [];
    const VOICE = { type: 'voice', class: 'CustomVoiceProvider', timeout: '3,5' };

    beforeAll(async () => {
      server = http.createServer((request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => {
          received.push(`${request.method} ${body}`);
          response.writeHead(Number(request.url?.slice(1))).end('{}');
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => new Promise((resolve) => server.close(resolve)));

    const tested = async (config: object) => {
      await set({ ...VOICE, name: 'calls', config: JSON.stringify(config) });
      return (await call('testProvider', { type: 'voice', name: 'calls' })).result;
    };
    const urlFor = (status: number) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${status}`;

    it.each([
      [200, true],
      [400, true],
      [404, false],
      [500, false],
    ])('are tested with an empty object: %i is %p', async (status, value) => {
      received.length = 0;
      await expect(tested({ server_url: urlFor(status) })).resolves.toEqual({ status: true, value });
      expect(received).toEqual(['POST {}']);
    });

    it('fail their test where nobody listens', async () => {
      await expect(tested({ server_url: 'http://127.0.0.1:1/' })).resolves.toEqual({
        status: true,
        value: false,
      });
    });

    it.each([
      [{ server_url: 'file:///etc/passwd' }, 'server_url is no http or https URL'],
      [
        { server_url: 'https://127.0.0.1:1/', server_certificate: '/nonexistent/ca.pem' },
        'server_certificate cannot be read',
      ],
      [
        { server_url: 'https://127.0.0.1:1/', access_certificate: '/nonexistent/own.pem' },
        'access_certificate cannot be read',
      ],
      [{ server_url: 'http://127.0.0.1:1/', proxy: 'ftp://127.0.0.1' }, 'proxy is no http or https URL'],
    ])('say what is wrong with %j', async (config, message) => {
      await expect(tested(config)).resolves.toMatchObject({ error: { message } });
    });
  });

  it('of other types have no test', async () => {
    await set({ ...FILE, name: 'one' });
    const { result } = await call('testProvider', { type: 'sms', name: 'one' });
    expect(result).toEqual({ status: true, value: false });
  });
});
