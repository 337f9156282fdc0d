import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type RunningApplication, startApplication } from '../../support/application/application.js';
import {
  type GivenHttpGateway,
  closedPort,
  givenHttpGateway,
} from '../../support/servers/given-http-gateway.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { RFC_KEY_HEX, hotpAt } from '../../support/clients/otp.js';
import { givenAuthority } from '../../support/servers/test-authority.js';
import { TokenServer, WITHIN_MS } from '../../support/application/token-server.js';

const CHALLENGED = { scope: 'authentication', action: 'challenge_response=remote' };

/** A Twinlock here, whose tokens ask another one there, or a server that answers as a test says. */
describe('a remote token', () => {
  let folder: string;
  let here: TokenServer;
  let there: TokenServer;
  let secure: RunningApplication;
  let scripted: GivenHttpGateway;
  let served = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-remote-tokens-'));
    const others = await givenAuthority(folder, 'others');
    here = await TokenServer.start({ TWINLOCK_FORWARD_SECONDS: '2' });
    there = await TokenServer.start();
    const { certificate, key } = await others.issue('foreign', 'IP:127.0.0.1');
    secure = await startApplication({
      installation: there.server.installation,
      env: { TWINLOCK_TLS_CERT: certificate, TWINLOCK_TLS_KEY: key },
    });
    scripted = await givenHttpGateway();
  }, WITHIN_MS);

  afterAll(async () => {
    await Promise.all([secure?.stop(), scripted?.close()]);
    await Promise.all([here?.stop(), there?.stop()]);
    await rm(folder, { recursive: true, force: true });
  }, WITHIN_MS);

  beforeEach(async () => {
    await Promise.all([here.removeAll(), there.removeAll()]);
    await Promise.all([givePolicies(here.database, []), givePolicies(there.database, [])]);
    await here.ask('/system/delConfig', { key: 'remote.verify_ssl_certificate' });
    await there.init({ serial: 'THERE', type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'far' });
    scripted.received.length = 0;
  });

  const enrol = async (form: Readonly<Record<string, string>> = {}) => {
    const { result } = await here.init({
      type: 'remote',
      serial: 'HERE',
      user: 'anna',
      pin: 'near',
      'remote.server': there.server.url,
      'remote.serial': 'THERE',
      ...form,
    });
    expect(result).toEqual({ status: true, value: true });
  };
  // What went wrong with one is not held against the next.
  const anew = () => ({ 'remote.server': `${scripted.url}${served++}` });
  const login = (pass: string, more = {}) => here.login('/validate/check', { user: 'anna', pass, ...more });
  const isIn = async (pass: string, more = {}) => (await login(pass, more)).result.value;
  const told = async () => {
    const { rows } = await here.database.query<{ detail: string; info: string }>(
      `SELECT detail, info FROM audit_record WHERE action LIKE 'validate/%' ORDER BY number DESC LIMIT 1`,
    );
    return rows[0];
  };

  describe('whose PIN is checked here', () => {
    it('lets in with the OTP of the other server, once', async () => {
      await there.ask('/admin/set', { serial: 'THERE', pin: '' });
      await enrol({ 'remote.local_checkpin': '1' });
      await expect(isIn(`near${hotpAt(0)}`)).resolves.toBe(true);
      expect(await here.stored('HERE')).toMatchObject({ counter: 1, failures: 0 });
      await expect(isIn(`near${hotpAt(0)}`)).resolves.toBe(false);
      expect(await told()).toMatchObject({ detail: 'wrong otp value' });
      expect(await here.stored('HERE')).toMatchObject({ failures: 1 });
      expect(await there.stored('THERE')).toMatchObject({ counter: 1, failures: 1 });
    });

    it('tells the other server nothing behind a wrong PIN', async () => {
      await enrol({ 'remote.local_checkpin': '1' });
      await expect(isIn(`far${hotpAt(0)}`)).resolves.toBe(false);
      expect(await told()).toMatchObject({ detail: 'wrong otp pin -1' });
      expect(await there.stored('THERE')).toMatchObject({ counter: 0, failures: 0 });
    });

    it('asks for the OTP by a challenge of its own', async () => {
      await there.ask('/admin/set', { serial: 'THERE', pin: '' });
      await givePolicies(here.database, [CHALLENGED]);
      await enrol();
      const asked = await login('near');
      expect(asked).toMatchObject({
        result: { status: true, value: false },
        detail: { message: 'Remote Otp: ', linotp_tokenserial: 'HERE', linotp_tokentype: 'remote' },
      });
      const transactionid = String(asked.detail?.['transactionid']);
      await expect(isIn('000000', { transactionid })).resolves.toBe(false);
      await expect(isIn(hotpAt(0), { transactionid })).resolves.toBe(true);
      await expect(isIn(hotpAt(1), { transactionid })).resolves.toBe(false);
    });
  });

  describe('whose PIN is checked there', () => {
    beforeEach(() => enrol({ 'remote.local_checkpin': '0' }));

    it('lets in whom the other server lets in', async () => {
      await expect(isIn(`far${hotpAt(0)}`)).resolves.toBe(true);
      await expect(isIn(`near${hotpAt(1)}`)).resolves.toBe(false);
      expect(await there.stored('THERE')).toMatchObject({ counter: 1, failures: 1 });
      expect(await here.stored('HERE')).toMatchObject({ failures: 1 });
    });

    it('passes a challenge on, and its answer, by transactions of both', async () => {
      await Promise.all([
        givePolicies(here.database, [CHALLENGED]),
        givePolicies(there.database, [{ scope: 'authentication', action: 'challenge_response=hmac' }]),
      ]);
      const asked = await login('far');
      const transactionid = String(asked.detail?.['transactionid']);
      expect(asked).toMatchObject({ result: { value: false }, detail: { message: 'Remote Otp: ' } });
      const { rows } = await there.database.query<{ root: string }>('SELECT root FROM challenge');
      expect(rows.map(({ root }) => root)).not.toContain(transactionid);

      const status = await here.admin.get('/admin/checkstatus', { transactionid });
      const challenge = status.body.result.value.values.HERE.challenges[transactionid];
      expect(challenge.data.remote_reply).toMatchObject({ transactionid: rows[0]?.root });

      await expect(isIn('000000', { transactionid })).resolves.toBe(false);
      await expect(isIn(hotpAt(0), { transactionid })).resolves.toBe(true);
      await expect(isIn(hotpAt(1), { transactionid })).resolves.toBe(false);
      expect(await there.stored('THERE')).toMatchObject({ counter: 1 });
    });

    it('does not take what the other server tells of a refusal for a challenge', async () => {
      await Promise.all([
        givePolicies(here.database, [CHALLENGED]),
        givePolicies(there.database, [{ scope: 'authorization', action: 'detail_on_fail' }]),
      ]);
      const refused = await login(`wrong${hotpAt(0)}`);
      expect(refused.detail).toBeUndefined();
      expect(await here.stored('HERE')).toMatchObject({ failures: 1 });
    });

    it('lets nobody in by a challenge where no policy asks by challenges', async () => {
      await givePolicies(there.database, [{ scope: 'authentication', action: 'challenge_response=hmac' }]);
      const asked = await login('far');
      expect([asked.result.value, asked.detail]).toEqual([false, undefined]);
      expect(await here.stored('HERE')).toMatchObject({ failures: 1 });
    });
  });

  it.each([
    [
      'its token',
      { 'remote.serial': 'T 1' },
      { path: '/validate/check_s', form: { serial: 'T 1', pass: '123456', twinlock_hops: '1' } },
    ],
    [
      'its user',
      { 'remote.serial': '', 'remote.user': 'bernd', 'remote.realm': 'two', 'remote.resConf': 'first' },
      {
        path: '/validate/check',
        form: { user: 'bernd', realm: 'two', resConf: 'first', pass: '123456', twinlock_hops: '1' },
      },
    ],
    [
      'whoever logs in',
      { 'remote.serial': '' },
      { path: '/', form: { user: 'anna', realm: 'one', pass: '123456', twinlock_hops: '1' } },
    ],
  ])('asks for %s', async (_title, form, { path, form: expected }) => {
    scripted.answer = (response) => void response.end('{"result":{"status":true,"value":true}}');
    const server = anew();
    await enrol({ ...form, ...server });
    await expect(isIn('near123456')).resolves.toBe(true);
    const [received] = scripted.received;
    expect(`${scripted.url}${received?.url.slice(1)}`).toBe(`${server['remote.server']}${path}`);
    expect(Object.fromEntries(new URLSearchParams(received?.body))).toEqual(expected);
    expect(received?.headers).toMatchObject({ accept: 'text/plain', connection: 'close' });
  });

  it.each([
    ['a yes as a word', '{"result":{"status":true,"value":"true"}}'],
    ['a yes that failed', '{"result":{"status":false,"value":true}}'],
    ['a yes within a yes', '{"result":{"status":true,"value":{"value":true}}}'],
    ['a list', '[{"result":{"status":true,"value":true}}]'],
    ['no JSON', 'true'],
    ['nothing', ''],
    ['half an answer', '{"result":{"status":true,"value":true'],
    ['too much', `{"result":{"status":true,"value":true},"detail":{"x":"${'x'.repeat(300_000)}"}}`],
  ])('lets nobody in by %s, and counts no failure', async (_title, body) => {
    scripted.answer = (response) => void response.end(body);
    await enrol(anew());
    await expect(isIn('near123456')).resolves.toBe(false);
    expect(await here.stored('HERE')).toMatchObject({ failures: 0 });
    expect(await told()).toMatchObject({
      detail: 'checking token HERE failed',
      info: expect.stringContaining('its answer'),
    });
  });

  it.each([401, 302, 500])('lets nobody in by status %s', async (status) => {
    scripted.answer = (response) => {
      response.writeHead(status, { location: there.server.url });
      response.end('{"result":{"status":true,"value":true}}');
    };
    await enrol(anew());
    await expect(isIn('near123456')).resolves.toBe(false);
    expect(await told()).toMatchObject({ info: expect.stringContaining(`HTTP status ${status}`) });
  });

  it('lets nobody in while the other server is away or silent, and keeps nobody else waiting', async () => {
    await here.init({ type: 'hmac', serial: 'OWN', user: 'anna', pin: 'own', otpkey: RFC_KEY_HEX });
    await enrol({ 'remote.server': `http://127.0.0.1:${await closedPort()}`, 'remote.local_checkpin': '0' });
    await expect(isIn('near123456')).resolves.toBe(false);
    expect(await here.stored('HERE')).toMatchObject({ failures: 0 });

    scripted.answer = () => undefined;
    await enrol({ ...anew(), 'remote.local_checkpin': '0' });
    const waiting = login('near123456');
    // Another token of the user says yes: nobody is asked.
    await expect(isIn(`own${hotpAt(0)}`)).resolves.toBe(true);
    expect((await waiting).result).toEqual({ status: true, value: false });
    expect(scripted.received).toHaveLength(1);
    expect(await here.stored('HERE')).toMatchObject({ failures: 0 });
    // It has not been told of the other token's password, either.
    expect(scripted.received[0]?.body).not.toContain('own');
  });

  it('ends with a refusal where two servers ask each other', async () => {
    const place = { 'remote.local_checkpin': '0', 'remote.serial': 'CIRCLE' };
    await enrol({ serial: 'CIRCLE', ...place });
    await there.init({ type: 'remote', serial: 'CIRCLE', ...place, 'remote.server': here.server.url });
    await expect(isIn('anything')).resolves.toBe(false);
    const { rows } = await there.database.query<{ info: string }>(
      `SELECT info FROM audit_record WHERE action LIKE 'validate/%' ORDER BY number DESC LIMIT 2`,
    );
    expect(rows.map(({ info }) => info)).toContain('not asked: forwarded too often');
  });

  it('counts wrong passwords for the other tokens of the user while the server is away', async () => {
    await here.init({ type: 'hmac', serial: 'OWN', user: 'anna', pin: 'own', otpkey: RFC_KEY_HEX });
    await enrol({ 'remote.server': `http://127.0.0.1:${await closedPort()}`, 'remote.local_checkpin': '0' });
    await expect(isIn('wrong123456')).resolves.toBe(false);
    expect(await here.stored('OWN')).toMatchObject({ failures: 1 });
  });

  it('demands a certificate that is trusted, unless a setting says otherwise', async () => {
    await enrol({ 'remote.server': secure.url.replace('http:', 'https:'), 'remote.local_checkpin': '0' });
    await expect(isIn(`far${hotpAt(0)}`)).resolves.toBe(false);
    expect(await told()).toMatchObject({ info: expect.stringContaining('certificate') });
    expect(await there.stored('THERE')).toMatchObject({ counter: 0 });
    await here.ask('/system/setConfig', { 'remote.verify_ssl_certificate': 'False' });
    await expect(isIn(`far${hotpAt(0)}`)).resolves.toBe(true);
  });

  it.each([
    ['expired', '/admin/setValidity', { 'tokens[]': 'HERE', validityPeriodEnd: '1000000000' }],
    ['disabled', '/admin/disable', { serial: 'HERE' }],
    ['locked', '/admin/set', { serial: 'HERE', MaxFailCount: '1' }],
  ])('that is %s asks nobody', async (_title, path, form) => {
    scripted.answer = (response) => void response.end('{"result":{"status":true,"value":true}}');
    await enrol({ ...anew(), 'remote.local_checkpin': '0' });
    await here.database.query('UPDATE token SET failures = 1');
    await here.ask(path, form);
    await expect(isIn('near123456')).resolves.toBe(false);
    expect(scripted.received).toEqual([]);
  });

  it.each([
    ['no server', { 'remote.server': undefined }, "ERR905: Missing parameter: 'remote.server'"],
    ['a server that is none', { 'remote.server': 'ftp://x' }, 'remote.server is a URL like'],
    ['a password in the URL', { 'remote.server': 'https://me:secret@x' }, 'remote.server is a URL like'],
    ['an unknown switch', { 'remote.local_checkpin': 'maybe' }, 'remote.local_checkpin must be 0 or 1'],
  ])('is not enrolled with %s', async (_title, form, message) => {
    const usual = { type: 'remote', serial: 'HERE', 'remote.server': there.server.url };
    const { result } = await here.init({ ...usual, ...form });
    expect(result).toMatchObject({ status: false, error: { message: expect.stringContaining(message) } });
  });
});
