import type pg from 'pg';

import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/admin-agent.js';
import { type GivenHttpGateway, OK, givenHttpGateway } from '../../support/given-http-gateway.js';
import { givePolicies } from '../../support/given-policies.js';
import { type Installation, givenInstallation } from '../../support/installation.js';
import { hotpAt } from '../../support/otp.js';
import { type RunningProcess, startProcess } from '../../support/process.js';

const WITHIN_MS = 60_000;

interface Answer {
  readonly result: { readonly status: boolean; readonly value: unknown };
  readonly id: unknown;
  readonly detail?: Readonly<Record<string, unknown>> & { readonly transactionid: string };
}

/** Through HTTP, on two servers that share a PostgreSQL, with a gateway that keeps what it gets. */
describe('tokens by SMS', () => {
  let installation: Installation;
  let nodes: readonly RunningProcess[] = [];
  let admin: AdminAgent;
  let database: pg.Client;
  let gateway: GivenHttpGateway;

  beforeAll(async () => {
    [installation, gateway] = await Promise.all([givenInstallation(), givenHttpGateway()]);
    nodes = await Promise.all([startProcess(installation), startProcess(installation)]);
    database = await installation.database.connect();
    admin = await adminAgent(nodes[0]?.url ?? '', installation);
    const logins = ['anna', 'bernd', 'carla', 'dirk', 'emil', 'frida', 'gerd', 'hans'];
    await givenUsers(admin, installation, logins);
    await givenGateway('gateway', gateway.url);
    await changed(admin, '/system/setConfig', { ChallengesPerToken: '100' });
  }, WITHIN_MS);

  afterEach(async () => {
    gateway.answer = OK;
    gateway.received.length = 0;
    await givePolicies(database, []);
  });

  afterAll(async () => {
    await database?.end();
    await Promise.all(nodes.map((node) => node.stop()));
    await gateway?.close();
    await installation?.remove();
  }, WITHIN_MS);

  const givenGateway = (name: string, url: string) =>
    changed(admin, '/system/setProvider', {
      name,
      type: 'sms',
      class: 'HttpSMSProvider',
      timeout: '5',
      config: JSON.stringify({ URL: url }),
    });

  async function call(path: string, form: Fields, node = 0): Promise<Answer> {
    const response = await fetch(`${nodes[node % 2]?.url}/validate/${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    return (await response.json()) as Answer;
  }

  const givenToken = (serial: string, form: Fields = {}) =>
    enrol(admin, serial, { type: 'sms', phone: '+49 170 1', pin: 'pin', ...form });

  async function trigger(form: Fields, node = 0): Promise<string> {
    const { result, detail } = await call('check', { pass: 'pin', ...form }, node);
    expect(result).toEqual({ status: true, value: false });
    if (!detail) throw new Error('no challenge');
    return detail.transactionid;
  }

  const accepts = async (form: Fields, node = 0) => (await call('check', form, node)).result.value;
  const messages = () => gateway.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  const texts = () => messages().map(({ sms }) => sms);
  const lastText = () => texts().at(-1) ?? '';
  const tokenOf = async (serial: string) =>
    (await database.query('SELECT counter::int, failures, info FROM token WHERE serial = $1', [serial]))
      .rows[0];
  const challengesOf = async (serial: string) =>
    (await database.query('SELECT state FROM challenge WHERE serial = $1 ORDER BY id', [serial])).rows;
  const records = async (serial: string) =>
    (
      await database.query(
        `SELECT detail, info FROM audit_record WHERE serial = $1 AND action LIKE 'validate/%' ORDER BY number`,
        [serial],
      )
    ).rows;
  /** As if it had been asked long ago. */
  const passTime = (serial: string) =>
    database.query(`UPDATE challenge SET created_at = created_at - interval '1 hour' WHERE serial = $1`, [
      serial,
    ]);

  it('are asked by their PIN, and answered by what was sent, once, on whatever node', async () => {
    await givenToken('ANNA', { user: 'anna', description: 'of Anna' });
    const { result, id, detail } = await call('check', { user: 'anna', pass: 'pin' });
    expect({ result, id }).toEqual({ result: { status: true, value: false }, id: 0 });
    const transaction = detail?.transactionid ?? '';
    expect(detail).toEqual({
      transactionid: expect.stringMatching(/^[1-9]\d{16}$/),
      message: 'sms submitted',
      state: transaction,
      linotp_tokenserial: 'ANNA',
      linotp_tokentype: 'sms',
      linotp_tokendescription: 'of Anna',
    });
    expect(messages()).toEqual([{ phone: '+49 170 1', sms: hotpAt(1) }]);
    expect(await tokenOf('ANNA')).toEqual({
      counter: 1,
      failures: 0,
      info: { phone: '+49 170 1', until: expect.any(Number) },
    });
    expect(await records('ANNA')).toEqual([
      { detail: 'challenge is being sent', info: '' },
      { detail: 'challenge created', info: '' },
    ]);
    expect(await accepts({ user: 'anna', pass: lastText(), state: transaction }, 1)).toBe(true);
    expect(await accepts({ user: 'anna', pass: lastText(), state: transaction }, 0)).toBe(false);
    expect(await tokenOf('ANNA')).toMatchObject({ counter: 2, failures: 1 });
  });

  it('take PIN and OTP together, with and without the transaction', async () => {
    await givenToken('BERND', { user: 'bernd' });
    const transactionid = await trigger({ user: 'bernd' });
    const otp = lastText();
    expect(await accepts({ user: 'bernd', pass: `nip${otp}`, transactionid })).toBe(false);
    expect(await accepts({ user: 'bernd', pass: `pin${otp}`, transactionid })).toBe(true);
    await trigger({ user: 'bernd' });
    expect(await accepts({ user: 'bernd', pass: `nip${lastText()}` })).toBe(false);
    expect(await accepts({ user: 'bernd', pass: lastText() })).toBe(false);
    expect(await accepts({ user: 'bernd', pass: `pin${lastText()}` })).toBe(true);
    expect(await accepts({ user: 'bernd', pass: `pin${lastText()}` })).toBe(false);
    expect(await challengesOf('BERND')).toEqual([{ state: 'closed' }, { state: 'closed' }]);
  });

  it('send no second message while the first one is young and not answered', async () => {
    await givenToken('CARLA', { user: 'carla' });
    const first = await trigger({ user: 'carla' });
    const { detail } = await call('check', { user: 'carla', pass: 'pin' }, 1);
    expect(detail).toMatchObject({
      transactionid: first,
      state: first,
      message: 'sms with otp already submitted',
      info: 'challenge already submitted',
    });
    expect(texts()).toEqual([hotpAt(1)]);
    await passTime('CARLA');
    const second = await trigger({ user: 'carla' });
    expect(second).not.toBe(first);
    expect(texts()).toEqual([hotpAt(1), hotpAt(2)]);
    // The value of the first message is behind the counter.
    expect(await accepts({ user: 'carla', pass: hotpAt(1), transactionid: first })).toBe(false);
    expect(await accepts({ user: 'carla', pass: hotpAt(2), transactionid: second })).toBe(true);
    expect(await trigger({ user: 'carla' })).not.toBe(second);
  });

  it('send one message for 20 requests at once, on two servers', async () => {
    await givenToken('DIRK', { user: 'dirk' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => call('check', { user: 'dirk', pass: 'pin' }, turn)),
    );
    expect(new Set(answers.map(({ detail }) => detail?.transactionid)).size).toBe(1);
    expect(texts()).toEqual([hotpAt(1)]);
    expect(await tokenOf('DIRK')).toMatchObject({ counter: 1 });
    const { transactionid = '' } = answers[0]?.detail ?? {};
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, turn) =>
        accepts({ user: 'dirk', pass: hotpAt(1), transactionid }, turn),
      ),
    );
    expect(verdicts.filter(Boolean)).toHaveLength(1);
  });

  it('refuse where the gateway does, and never send a value again', async () => {
    await givenToken('EMIL', { user: 'emil' });
    gateway.answer = (response) => void response.writeHead(500).end();
    const { result, id, detail } = await call('check', { user: 'emil', pass: 'pin' });
    expect({ result, id, detail }).toEqual({
      result: { status: true, value: false },
      id: 0,
      detail: undefined,
    });
    expect(await call('check_s', { serial: 'EMIL', pass: 'pin' })).toMatchObject({
      result: { status: false, value: false },
      id: 0,
    });
    expect(await challengesOf('EMIL')).toEqual([]);
    expect((await records('EMIL')).at(-1)).toEqual({
      detail: 'sending sms failed',
      info: expect.stringContaining('EMIL: '),
    });
    // What may have arrived lets nobody in.
    expect(await accepts({ user: 'emil', pass: `pin${hotpAt(2)}` })).toBe(false);
    gateway.answer = OK;
    gateway.received.length = 0;
    const transactionid = await trigger({ user: 'emil' });
    expect(texts()).toEqual([hotpAt(3)]);
    expect(await accepts({ user: 'emil', pass: hotpAt(3), transactionid })).toBe(true);
  });

  it('say what policies or clients want them to', async () => {
    const policies = (action: string) => givePolicies(database, [{ scope: 'authentication', action }]);
    await givenToken('FRIDA', { user: 'frida' });
    await policies('smstext="Code <otp>, token <serial>, ${otp} $& <transactionid>"');
    const transaction = await trigger({ user: 'frida' });
    expect(texts()).toEqual([`Code ${hotpAt(1)}, token FRIDA, \${otp} $& ${transaction}`]);
    await passTime('FRIDA');
    await trigger({ user: 'frida', data: 'from <serial>', message: 'not this' });
    expect(lastText()).toBe(`${hotpAt(2)} from FRIDA`);
    await passTime('FRIDA');
    await trigger({ user: 'frida', message: 'this: <otp>' });
    expect(lastText()).toBe(`this: ${hotpAt(3)}`);
    await passTime('FRIDA');
    await policies('smstext=ours <otp>, enforce_smstext');
    await trigger({ user: 'frida', data: 'theirs' });
    expect(lastText()).toBe(`ours ${hotpAt(4)}`);
  });

  it('are triggered without a PIN where a policy says so, and guesses count all the same', async () => {
    await givenToken('GERD', { user: 'gerd' });
    const noPin = { serial: 'GERD', challenge: 'log in' };
    expect((await call('check_s', noPin)).result).toEqual({ status: false, value: false });
    await givePolicies(database, [{ scope: 'authentication', action: 'trigger_sms' }]);
    expect((await call('check_s', { ...noPin, pass: '000000' })).detail).toBeUndefined();
    expect(await tokenOf('GERD')).toMatchObject({ failures: 1 });
    expect((await call('check_s', noPin)).detail).toMatchObject({ message: 'sms submitted' });
    expect(lastText()).toBe(`${hotpAt(1)} log in`);
    expect((await call('check_s', { serial: 'GERD' })).result.status).toBe(false);
    expect((await call('check', { user: 'gerd', challenge: 'log in', pass: '' })).detail).toBeUndefined();
  });

  it('have values that do not count before they are sent, nor after their time', async () => {
    await givenToken('HANS', { user: 'hans', hashlib: 'sha256' });
    expect(await accepts({ user: 'hans', pass: `pin${hotpAt(1)}` })).toBe(false);
    await trigger({ user: 'hans' });
    await database.query(`UPDATE token SET info = info || '{"until": 1}' WHERE serial = 'HANS'`);
    expect(await accepts({ user: 'hans', pass: `pin${hotpAt(1)}` })).toBe(false);
    await changed(admin, '/system/setConfig', { 'sms.sendByPin': 'False' });
    await passTime('HANS');
    expect((await call('check', { user: 'hans', pass: 'pin' })).detail).toBeUndefined();
    await changed(admin, '/system/setConfig', { 'sms.sendByPin': 'True' });
  });

  it('are shown with their number and nothing more', async () => {
    await givenToken('SHOWN');
    const { body } = await admin.get('/admin/show', { serial: 'SHOWN' });
    expect(body.result.value.data[0]).toMatchObject({
      'LinOtp.TokenType': 'sms',
      'LinOtp.TokenInfo': '{\n"phone": "+49 170 1",\n"hashlib": "sha1"\n}',
    });
    const { body: made } = await admin.post('/admin/init', { type: 'sms', phone: '49' });
    expect(made.detail).toEqual({ serial: expect.stringMatching(/^LSSM/) });
    const { body: missing } = await admin.post('/admin/init', { type: 'sms', otpkey: '00'.repeat(20) });
    expect(missing.result.error).toEqual({ code: 905, message: "ERR905: Missing parameter: 'phone'" });
  });
});
