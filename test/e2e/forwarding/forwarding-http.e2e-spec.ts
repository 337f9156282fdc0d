import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import request from 'supertest';

import { type RunningApplication, startApplication } from '../../support/application/application.js';
import {
  type GivenHttpGateway,
  closedPort,
  givenHttpGateway,
} from '../../support/servers/given-http-gateway.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { RFC_KEY_HEX, hotpAt } from '../../support/clients/otp.js';
import { givenAuthority } from '../../support/servers/test-authority.js';
import { TokenServer } from '../../support/application/token-server.js';

const WITHIN_MS = 60_000;
const YES = { result: { status: true, value: true } };

/** A Twinlock here, which asks another one there, or a server that answers as a test says. */
describe('logins that another server decides over HTTP', () => {
  let folder: string;
  let here: TokenServer;
  let there: TokenServer;
  let secure: RunningApplication;
  let foreign: RunningApplication;
  let scripted: GivenHttpGateway;
  let remote: string;
  let served = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-forwarding-'));
    const [ours, others] = await Promise.all([givenAuthority(folder), givenAuthority(folder, 'others')]);
    here = await TokenServer.start({ TWINLOCK_TLS_CA_FILE: ours.file, TWINLOCK_FORWARD_SECONDS: '4' });
    there = await TokenServer.start();
    const overTls = async (pair: { certificate: string; key: string }) =>
      startApplication({
        installation: there.server.installation,
        env: { TWINLOCK_TLS_CERT: pair.certificate, TWINLOCK_TLS_KEY: pair.key },
      });
    secure = await overTls(await ours.issue('there', 'IP:127.0.0.1'));
    foreign = await overTls(await others.issue('foreign', 'IP:127.0.0.1'));
    scripted = await givenHttpGateway();
    remote = `${there.server.url}/validate/check`;
  }, WITHIN_MS);

  afterAll(async () => {
    await Promise.all([secure?.stop(), foreign?.stop(), scripted?.close()]);
    await Promise.all([here?.stop(), there?.stop()]);
    await rm(folder, { recursive: true, force: true });
  }, WITHIN_MS);

  beforeEach(async () => {
    await Promise.all([here.removeAll(), there.removeAll(), givePolicies(there.database, [])]);
    await here.database.query('DELETE FROM login_throttle');
    await there.init({ serial: 'THERE', type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'pin' });
    scripted.received.length = 0;
  });

  const forwardTo = (server: string, more = '') =>
    givePolicies(here.database, [{ scope: 'authentication', action: `forward_server=${server}${more}` }]);
  const login = (pass: string, more = {}) => here.login('/validate/check', { user: 'anna', pass, ...more });
  const httpsOf = ({ url }: RunningApplication) => `${url.replace('http:', 'https:')}/validate/check`;
  // What went wrong with one is not held against the next.
  const anew = () => `${scripted.url}validate/check?test=${served++}`;
  const told = async () => {
    const { rows } = await here.database.query<Record<string, unknown>>(
      `SELECT succeeded, serial, detail, info FROM audit_record WHERE action LIKE 'validate/%'
       ORDER BY number DESC LIMIT 1`,
    );
    return rows[0];
  };

  it('lets in whom the other server lets in, once', async () => {
    await forwardTo(remote);
    await expect(login(`pin${hotpAt(0)}`)).resolves.toMatchObject({ result: { value: true } });
    await expect(told()).resolves.toEqual({
      succeeded: true,
      serial: '',
      detail: 'Forwarded, result True',
      info: 'policies: given_0',
    });
    expect((await login(`pin${hotpAt(0)}`)).result).toEqual({ status: true, value: false });
    await expect(told()).resolves.toMatchObject({ succeeded: false, detail: 'Forwarded, result False' });
  });

  it('decides nothing by the tokens here', async () => {
    await here.init({ serial: 'HERE', type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'here' });
    await forwardTo(remote);
    await expect(login(`here${hotpAt(0)}`)).resolves.toMatchObject({ result: { value: false } });
    expect(await here.stored('HERE')).toMatchObject({ counter: 0, failures: 0 });
    await expect(here.bySerial('HERE', `here${hotpAt(0)}`)).resolves.toBe(true);
  });

  it('passes a challenge on, and its answer', async () => {
    await givePolicies(there.database, [{ scope: 'authentication', action: 'challenge_response=hmac' }]);
    await forwardTo(remote);
    const asked = await login('pin');
    expect(asked).toMatchObject({
      result: { status: true, value: false },
      detail: { linotp_tokenserial: 'THERE', message: expect.any(String) },
    });
    const transactionid = String(asked.detail?.['transactionid']);
    await expect(login(hotpAt(0), { transactionid })).resolves.toMatchObject({ result: { value: true } });

    const line = await request(here.server.url)
      .get('/validate/simplecheck')
      .query({ user: 'anna', pass: 'pin' });
    expect(line.text).toMatch(/^:-\( \d{17} Please enter your otp value: $/);
  });

  it('with forward_on_no_token only those who have no token here', async () => {
    await forwardTo(remote, ', forward_on_no_token');
    await expect(login(`pin${hotpAt(0)}`)).resolves.toMatchObject({ result: { value: true } });
    await here.init({ serial: 'HERE', type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'here' });
    await expect(login(`pin${hotpAt(1)}`)).resolves.toMatchObject({ result: { value: false } });
    // Nor one who names a token that is not theirs, or has one in another realm.
    const other = { serial: 'OTHER' };
    await expect(login(`pin${hotpAt(2)}`, other)).resolves.toMatchObject({ result: { value: false } });
    await here.database.query(`UPDATE token SET realms = '{elsewhere}'`);
    await expect(login(`pin${hotpAt(3)}`)).resolves.toMatchObject({ result: { value: false } });
    expect(await there.stored('THERE')).toMatchObject({ counter: 1, failures: 0 });
  });

  it('is for users: a token is checked here', async () => {
    await forwardTo(remote);
    await here.init({ serial: 'HERE', type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'here' });
    await expect(here.bySerial('HERE', `here${hotpAt(0)}`)).resolves.toBe(true);
    const byUser = await here.login('/validate/check_s', { user: 'anna', pass: `here${hotpAt(1)}` });
    expect(byUser.result.value).toBe(true);
    expect(await there.stored('THERE')).toMatchObject({ counter: 0, failures: 0 });
  });

  it('goes by what policies allow to come in, all the same', async () => {
    const server = `forward_server=${remote}`;
    const bound = (action: string) =>
      givePolicies(here.database, [
        { scope: 'authentication', action: server },
        { scope: 'authorization', action },
      ]);
    await bound('serial=^HERE');
    await expect(login(`pin${hotpAt(0)}`)).resolves.toMatchObject({ result: { value: false } });
    await expect(told()).resolves.toMatchObject({ detail: 'failed due to authorization/serial policy' });
    await bound('detail_on_success, detail_on_fail');
    await expect(login(`pin${hotpAt(1)}`)).resolves.toMatchObject({
      result: { value: true },
      detail: { user: { username: 'anna' }, realm: 'one', serial: null, tokentype: null },
    });
    await expect(login('wrong')).resolves.toMatchObject({ detail: { error: 'Forwarded, result False' } });
  });

  it('checks certificates, unless it is told not to', async () => {
    await forwardTo(httpsOf(secure));
    await expect(login(`pin${hotpAt(0)}`)).resolves.toMatchObject({ result: { value: true } });
    await forwardTo(httpsOf(foreign));
    await expect(login(`pin${hotpAt(1)}`)).resolves.toMatchObject({ result: { value: false } });
    await expect(told()).resolves.toMatchObject({
      info: expect.stringMatching(/no connection: .*certificate/),
    });
    for (const [word, value] of [
      ['true', false],
      ['no', false],
      ['false', true],
    ] as const) {
      await forwardTo(`${httpsOf(foreign)}?verify_ssl_certificate=${word}`);
      await expect(login(`pin${hotpAt(1)}`)).resolves.toMatchObject({ result: { value } });
    }
  });

  it('tells the server what it needs, and nothing else', async () => {
    scripted.answer = (response) => void response.end(JSON.stringify(YES));
    const server = anew().replace('http://', 'http://me:s3cret@');
    const action = `forward_server=${server}&verify_ssl_certificate=true&secret=hidden`;
    await here.ask('/system/setPolicy', {
      name: 'given_0',
      scope: 'authentication',
      action,
      user: '*',
      realm: '*',
      client: '*',
      active: 'True',
    });
    const more = {
      state: '123',
      auth_info: 'true',
      client: '192.0.2.1',
      session: 'x',
      data: 'ünd & so',
      qr: '1',
    };
    await expect(login('pin 123456', more)).resolves.toMatchObject({ result: { value: true } });
    const [received] = scripted.received;
    expect(received).toMatchObject({
      method: 'POST',
      url: expect.stringMatching(/^\/validate\/check\?test=\d+&?$/),
      headers: {
        authorization: `Basic ${Buffer.from('me:s3cret').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    });
    expect(Object.fromEntries(new URLSearchParams(received?.body))).toEqual({
      twinlock_hops: '1',
      user: 'anna',
      realm: 'one',
      pass: 'pin 123456',
      state: '123',
      data: 'ünd & so',
    });
  });

  it.each<[string, unknown, number?]>([
    ['a text that looks like yes', { result: { status: true, value: 'true' } }],
    ['a number', { result: { status: true, value: 1 } }],
    ['an object', { result: { status: true, value: { value: true } } }],
    ['an error', { result: { status: false, value: true } }],
    ['no status', { result: { value: true } }],
    ['a list', [YES]],
    ['nothing', null],
    ['a yes with a detail', { ...YES, detail: { serial: 'X' } }],
    ['a yes with a detail that is none', { ...YES, detail: 'x' }],
    ['another status', YES, 201],
    ['a refusal', YES, 403],
    ['trouble', YES, 503],
  ])('takes for no yes: %s', async (_what, answer, status = 200) => {
    scripted.answer = (response) => void response.writeHead(status).end(JSON.stringify(answer));
    await forwardTo(anew());
    const { result } = await login('pin123456');
    expect(result).toEqual({ status: true, value: false });
    await expect(told()).resolves.toMatchObject({ succeeded: false, detail: 'Forwarded, result False' });
  });

  it.each<[string, GivenHttpGateway['answer']]>([
    ['no JSON', (response) => void response.end(`${JSON.stringify(YES)}}`)],
    [
      'half an answer',
      (response) => void response.writeHead(200, { 'content-length': '900' }).write(JSON.stringify(YES)),
    ],
    ['megabytes', (response) => void response.end(JSON.stringify({ ...YES, id: 'x'.repeat(4_000_000) }))],
    ['silence', () => undefined],
    ['the end of the connection', (response) => void response.destroy()],
  ])('takes for no yes: %s', async (_what, answer) => {
    scripted.answer = answer;
    await forwardTo(anew());
    expect((await login('pin123456')).result).toEqual({ status: true, value: false });
  });

  it('follows nobody elsewhere', async () => {
    const target = await givenHttpGateway();
    target.answer = (response) => void response.end(JSON.stringify(YES));
    scripted.answer = (response) => void response.writeHead(307, { location: target.url }).end();
    await forwardTo(anew());
    await expect(login('pin123456')).resolves.toMatchObject({ result: { value: false } });
    expect(target.received).toEqual([]);
    await target.close();
  });

  it('lets nobody in where the server is away, and asks no other', async () => {
    const gone = `http://127.0.0.1:${await closedPort()}/validate/check`;
    await forwardTo(`"${gone} ${remote}"`);
    await expect(login(`pin${hotpAt(0)}`)).resolves.toMatchObject({ result: { value: false } });
    await expect(told()).resolves.toMatchObject({ info: expect.stringContaining('ECONNREFUSED') });
  });

  it('goes on here where the policy names no server', async () => {
    await here.init({ serial: 'HERE', type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'here' });
    await forwardTo('ftp://somewhere');
    await expect(login(`here${hotpAt(0)}`)).resolves.toMatchObject({ result: { value: true } });
    await here.removeAll();
    await forwardTo('ftp://somewhere', ', forward_on_no_token');
    await expect(login(`here${hotpAt(1)}`)).resolves.toMatchObject({ result: { value: false } });
    await expect(told()).resolves.toMatchObject({ detail: 'Not forwarded (no servers)' });
  });

  it('lets nobody in by a policy that cannot be read, or with the secret of another server', async () => {
    await here.init({ serial: 'HERE', type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'here' });
    await givePolicies(here.database, [
      { scope: 'authentication', action: `forward_server=${remote}`, user: 'h[' },
    ]);
    await expect(login(`here${hotpAt(0)}`)).resolves.toMatchObject({ result: { value: false } });
    await expect(told()).resolves.toMatchObject({ detail: 'policy given_0 cannot be read' });
    await forwardTo(remote.replace('http://', 'http://me:encsecret:abc@'));
    await expect(login(`here${hotpAt(0)}`)).resolves.toMatchObject({ result: { value: false } });
    await expect(told()).resolves.toMatchObject({ info: expect.stringContaining('cannot be used') });
  });

  it('holds a guesser back, and asks the server no more', async () => {
    scripted.answer = (response) => void response.end('{"result":{"status":true,"value":false}}');
    await forwardTo(anew());
    for (let guess = 0; guess < 7; guess++) await login(`guess${guess}`);
    expect(scripted.received).toHaveLength(5);
    await expect(told()).resolves.toMatchObject({
      info: expect.stringMatching(/^not asked: too many wrong/),
    });
  });

  it('ends with a refusal where two servers are told to ask each other', async () => {
    await forwardTo(remote);
    const back = `forward_server=${here.server.url}/validate/check`;
    await givePolicies(there.database, [{ scope: 'authentication', action: back }]);
    const infos = async ({ database }: TokenServer) => {
      const { rows } = await database.query<{ info: string }>(
        `SELECT info FROM audit_record WHERE action = 'validate/check' ORDER BY number`,
      );
      return rows.map(({ info }) => info);
    };
    const before = [await infos(here), await infos(there)].map(({ length }) => length);
    await expect(login('pin123456')).resolves.toMatchObject({ result: { value: false } });
    const [ours, theirs] = [await infos(here), await infos(there)].map((all, at) => all.slice(before[at]));
    expect(ours).toEqual(['policies: given_0', 'policies: given_0']);
    expect(theirs).toEqual(['not asked: forwarded too often; policies: given_0', 'policies: given_0']);
  });

  it('ends by itself where a server is told to ask itself', async () => {
    await forwardTo(`${here.server.url}/validate/check`);
    await expect(login('pin123456')).resolves.toMatchObject({ result: { value: false } });
    await expect(login('pin123456', { twinlock_hops: 'x' })).resolves.toMatchObject({
      result: { value: false },
    });
    await expect(told()).resolves.toMatchObject({ info: expect.stringMatching(/^not asked: forwarded too/) });
    await givePolicies(here.database, []);
    await here.init({ serial: 'HERE', type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'here' });
    await expect(login(`here${hotpAt(0)}`)).resolves.toMatchObject({ result: { value: true } });
  });
});
