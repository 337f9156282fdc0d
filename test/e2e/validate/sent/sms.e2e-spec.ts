import { changed } from '../../../faults/given-users.js';
import { type GivenHttpGateway, OK, givenHttpGateway } from '../../../support/servers/given-http-gateway.js';
import { hotpAt } from '../../../support/clients/otp.js';
import { type SendingServers, givenSendingServers } from './sending-servers.js';

const WITHIN_MS = 60_000;

/** Through HTTP, on two servers that share a PostgreSQL, with a gateway that keeps what it gets. */
describe('tokens by SMS', () => {
  let servers: SendingServers;
  let gateway: GivenHttpGateway;

  beforeAll(async () => {
    const logins = ['anna', 'bernd', 'carla', 'dirk', 'emil', 'frida', 'gerd', 'hans', 'ida', 'jens'];
    [servers, gateway] = await Promise.all([
      givenSendingServers({
        ...Object.fromEntries(logins.map((login) => [login, login])),
        jens: 'Jens,,+49 170 9,,',
      }),
      givenHttpGateway(),
    ]);
    await servers.giveProvider('sms', 'gateway', 'HttpSMSProvider', { URL: gateway.url });
  }, WITHIN_MS);

  afterEach(async () => {
    gateway.answer = OK;
    gateway.received.length = 0;
    await servers.policies();
  });

  afterAll(async () => {
    await servers?.close();
    await gateway?.close();
  }, WITHIN_MS);

  const givenToken = (serial: string, form: Readonly<Record<string, string>> = {}) =>
    servers.enrol('sms', serial, { phone: '+49 170 1', ...form });
  const messages = () => gateway.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  const texts = () => messages().map(({ sms }) => sms);
  const lastText = () => texts().at(-1) ?? '';
  it('are asked by their PIN, and answered by what was sent, once, on whatever node', async () => {
    await givenToken('ANNA', { user: 'anna', description: 'of Anna' });
    const { result, id, detail } = await servers.call('check', { user: 'anna', pass: 'pin' });
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
    expect(await servers.tokenOf('ANNA')).toEqual({
      counter: 1,
      failures: 0,
      info: { phone: '+49 170 1', until: expect.any(Number) },
    });
    expect(await servers.records('ANNA')).toEqual([
      { detail: 'challenge is being sent', info: '', succeeded: false },
      { detail: 'challenge created', info: '', succeeded: false },
    ]);
    expect(await servers.accepts({ user: 'anna', pass: lastText(), state: transaction }, 1)).toBe(true);
    expect(await servers.accepts({ user: 'anna', pass: lastText(), state: transaction }, 0)).toBe(false);
    expect(await servers.tokenOf('ANNA')).toMatchObject({ counter: 2, failures: 1 });
  });

  it('take PIN and OTP together, with and without the transaction', async () => {
    await givenToken('BERND', { user: 'bernd' });
    const transactionid = await servers.trigger({ user: 'bernd' });
    const otp = lastText();
    expect(await servers.accepts({ user: 'bernd', pass: `nip${otp}`, transactionid })).toBe(false);
    expect(await servers.accepts({ user: 'bernd', pass: `pin${otp}`, transactionid })).toBe(true);
    await servers.trigger({ user: 'bernd' });
    expect(await servers.accepts({ user: 'bernd', pass: `nip${lastText()}` })).toBe(false);
    expect(await servers.accepts({ user: 'bernd', pass: lastText() })).toBe(false);
    expect(await servers.accepts({ user: 'bernd', pass: `pin${lastText()}` })).toBe(true);
    expect(await servers.accepts({ user: 'bernd', pass: `pin${lastText()}` })).toBe(false);
    expect(await servers.challengesOf('BERND')).toEqual(['closed', 'closed']);
  });

  it('send no second message while the first one is young and not answered', async () => {
    await givenToken('CARLA', { user: 'carla' });
    const first = await servers.trigger({ user: 'carla' });
    const { detail } = await servers.call('check', { user: 'carla', pass: 'pin' }, 1);
    expect(detail).toMatchObject({
      transactionid: first,
      state: first,
      message: 'sms with otp already submitted',
      info: 'challenge already submitted',
    });
    expect(texts()).toEqual([hotpAt(1)]);
    await servers.passTime('CARLA');
    const second = await servers.trigger({ user: 'carla' });
    expect(second).not.toBe(first);
    expect(texts()).toEqual([hotpAt(1), hotpAt(2)]);
    // The value of the first message is behind the counter.
    expect(await servers.accepts({ user: 'carla', pass: hotpAt(1), transactionid: first })).toBe(false);
    expect(await servers.accepts({ user: 'carla', pass: hotpAt(2), transactionid: second })).toBe(true);
    expect(await servers.trigger({ user: 'carla' })).not.toBe(second);
  });

  it('send one message for 20 requests at once, on two servers', async () => {
    await givenToken('DIRK', { user: 'dirk' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => servers.call('check', { user: 'dirk', pass: 'pin' }, turn)),
    );
    expect(new Set(answers.map(({ detail }) => detail?.transactionid)).size).toBe(1);
    expect(texts()).toEqual([hotpAt(1)]);
    expect(await servers.tokenOf('DIRK')).toMatchObject({ counter: 1 });
    const { transactionid = '' } = answers[0]?.detail ?? {};
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, turn) =>
        servers.accepts({ user: 'dirk', pass: hotpAt(1), transactionid }, turn),
      ),
    );
    expect(verdicts.filter(Boolean)).toHaveLength(1);
  });

  it('refuse where the gateway does, and never send a value again', async () => {
    await givenToken('EMIL', { user: 'emil' });
    gateway.answer = (response) => void response.writeHead(500).end();
    const { result, id, detail } = await servers.call('check', { user: 'emil', pass: 'pin' });
    expect({ result, id, detail }).toEqual({
      result: { status: true, value: false },
      id: 0,
      detail: undefined,
    });
    expect(await servers.call('check_s', { serial: 'EMIL', pass: 'pin' })).toMatchObject({
      result: { status: false, value: false },
      id: 0,
    });
    expect(await servers.challengesOf('EMIL')).toEqual([]);
    expect((await servers.records('EMIL')).at(-1)).toMatchObject({
      detail: 'sending sms failed',
      info: expect.stringContaining('EMIL: '),
    });
    // What may have arrived lets nobody in.
    expect(await servers.accepts({ user: 'emil', pass: `pin${hotpAt(2)}` })).toBe(false);
    gateway.answer = OK;
    gateway.received.length = 0;
    const transactionid = await servers.trigger({ user: 'emil' });
    expect(texts()).toEqual([hotpAt(3)]);
    expect(await servers.accepts({ user: 'emil', pass: hotpAt(3), transactionid })).toBe(true);
  });

  it('say what policies or clients want them to', async () => {
    await givenToken('FRIDA', { user: 'frida' });
    await servers.policies('smstext="Code <otp>, token <serial>, ${otp} $& <transactionid>"');
    const transaction = await servers.trigger({ user: 'frida' });
    expect(texts()).toEqual([`Code ${hotpAt(1)}, token FRIDA, \${otp} $& ${transaction}`]);
    await servers.passTime('FRIDA');
    await servers.trigger({ user: 'frida', data: 'from <serial>', message: 'not this' });
    expect(lastText()).toBe(`${hotpAt(2)} from FRIDA`);
    await servers.passTime('FRIDA');
    await servers.trigger({ user: 'frida', message: 'this: <otp>' });
    expect(lastText()).toBe(`this: ${hotpAt(3)}`);
    await servers.passTime('FRIDA');
    await servers.policies('smstext=ours <otp>, enforce_smstext');
    await servers.trigger({ user: 'frida', data: 'theirs' });
    expect(lastText()).toBe(`ours ${hotpAt(4)}`);
  });

  it('are triggered without a PIN where a policy says so, and guesses count all the same', async () => {
    await givenToken('GERD', { user: 'gerd' });
    const noPin = { serial: 'GERD', challenge: 'log in' };
    expect((await servers.call('check_s', noPin)).result).toEqual({ status: false, value: false });
    await servers.policies('trigger_sms');
    expect((await servers.call('check_s', { ...noPin, pass: '000000' })).detail).toBeUndefined();
    expect(await servers.tokenOf('GERD')).toMatchObject({ failures: 1 });
    expect((await servers.call('check_s', noPin)).detail).toMatchObject({ message: 'sms submitted' });
    expect(lastText()).toBe(`${hotpAt(1)} log in`);
    expect((await servers.call('check_s', { serial: 'GERD' })).result.status).toBe(false);
    expect(
      (await servers.call('check', { user: 'gerd', challenge: 'log in', pass: '' })).detail,
    ).toBeUndefined();
  });

  it('have values that do not count before they are sent, nor after their time', async () => {
    await givenToken('HANS', { user: 'hans', hashlib: 'sha256' });
    expect(await servers.accepts({ user: 'hans', pass: `pin${hotpAt(1)}` })).toBe(false);
    await servers.trigger({ user: 'hans' });
    await servers.database.query(`UPDATE token SET info = info || '{"until": 1}' WHERE serial = 'HANS'`);
    expect(await servers.accepts({ user: 'hans', pass: `pin${hotpAt(1)}` })).toBe(false);
    await changed(servers.admin, '/system/setConfig', { 'sms.sendByPin': 'False' });
    await servers.passTime('HANS');
    expect((await servers.call('check', { user: 'hans', pass: 'pin' })).detail).toBeUndefined();
    await changed(servers.admin, '/system/setConfig', { 'sms.sendByPin': 'True' });
  });

  it('are shown with their number and nothing more', async () => {
    await givenToken('SHOWN');
    const { body } = await servers.admin.get('/admin/show', { serial: 'SHOWN' });
    expect(body.result.value.data[0]).toMatchObject({
      'LinOtp.TokenType': 'sms',
      'LinOtp.TokenInfo': '{\n"phone": "+49 170 1",\n"hashlib": "sha1"\n}',
    });
    const { body: made } = await servers.admin.post('/admin/init', { type: 'sms', phone: '49' });
    expect(made.detail).toEqual({ serial: expect.stringMatching(/^LSSM/) });
    const { body: missing } = await servers.admin.post('/admin/init', {
      type: 'sms',
      otpkey: '00'.repeat(20),
    });
    expect(missing.result.error).toEqual({ code: 905, message: "ERR905: Missing parameter: 'phone'" });
  });

  it('are what smspin asks for', async () => {
    await givenToken('IDA', { user: 'ida' });
    const sent = await servers.call('smspin', { user: 'ida', pass: 'pin' });
    expect(sent).toMatchObject({
      result: { status: true, value: true },
      id: { message: 'sms submitted', linotp_tokenserial: 'IDA', linotp_tokentype: 'sms' },
    });
    expect(sent.detail).toBeUndefined();
    expect((await servers.records('IDA')).at(-1)).toMatchObject({ succeeded: true });
    const again = await servers.call('smspin', { user: 'ida', pass: 'pin' });
    expect(again).toMatchObject({
      result: { value: true },
      id: { message: 'sms with otp already submitted' },
    });
    expect((await servers.records('IDA')).at(-1)).toMatchObject({
      succeeded: true,
      detail: 'challenge already submitted',
    });
    for (const pass of ['nip', `pin${hotpAt(1)}`]) {
      expect(await servers.call('smspin', { user: 'ida', pass })).toMatchObject({
        result: { status: true, value: false },
        id: 0,
      });
    }
    gateway.answer = (response) => void response.writeHead(500).end();
    expect((await servers.call('smspin', { user: 'ida', pass: 'pin' })).result.value).toBe(false);
  });

  it('have the next one sent behind a login where a policy says so', async () => {
    await givenToken('HANNA', { user: 'anna' });
    const form = { user: 'anna', serial: 'HANNA' };
    await servers.trigger(form);
    await servers.policies('autosms');
    const arrived = new Promise<void>((resolve) => {
      gateway.answer = (response, request) => {
        OK(response, request);
        resolve();
      };
    });
    expect(await servers.accepts({ ...form, pass: `pin${lastText()}` })).toBe(true);
    await arrived;
    expect(lastText()).toBe(hotpAt(3));
    const isRecorded = async () =>
      (await servers.records('HANNA')).at(-1)?.detail === 'sms for the next login submitted';
    while (!(await isRecorded()));
    await servers.policies();
    expect(await servers.accepts({ ...form, pass: `pin${hotpAt(3)}` }, 1)).toBe(true);
    expect(await servers.tokenOf('HANNA')).toMatchObject({ counter: 4 });
  });

  it('go to the number of the user store where a policy says so, by another provider', async () => {
    const other = await givenHttpGateway();
    try {
      await servers.giveProvider('sms', 'other', 'HttpSMSProvider', { URL: other.url });
      await givenToken('JENS', { user: 'jens' });
      await givenToken('NOBODYS', { user: 'hans' });
      await servers.policies('sms_dynamic_mobile_number, sms_provider=nosuch other');
      await servers.trigger({ user: 'jens' });
      expect([other.received.length, gateway.received.length]).toEqual([1, 0]);
      expect(other.received[0]?.body).toContain('phone=%2B49+170+9');
      const none = await servers.call('check', { user: 'hans', serial: 'NOBODYS', pass: 'pin' });
      expect([none.result.value, none.detail]).toEqual([false, undefined]);
      expect((await servers.records('NOBODYS')).at(-1)).toMatchObject({
        detail: 'the user has no mobile number',
      });
    } finally {
      await other.close();
    }
  });

  it('hold nobody else up while a gateway is slow', async () => {
    await givenToken('SLOW', { user: 'bernd' });
    let release: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      gateway.answer = (response, request) => {
        release = () => OK(response, request);
        resolve();
      };
    });
    const form = { user: 'bernd', serial: 'SLOW' };
    const slow = servers.trigger(form);
    await arrived;
    await servers.enrol('hmac', 'QUICK', { user: 'bernd' });
    expect(await servers.accepts({ user: 'bernd', serial: 'QUICK', pass: `pin${hotpAt(0)}` })).toBe(true);
    expect(await servers.challengesOf('SLOW')).toEqual(['unsent']);
    release();
    const transactionid = await slow;
    expect(await servers.accepts({ ...form, pass: hotpAt(1), transactionid })).toBe(true);
  });
});
