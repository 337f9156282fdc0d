import { type GivenHttpGateway, givenHttpGateway } from '../../support/servers/given-http-gateway.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { RFC_KEY_HEX, hotpAt, totpAt } from '../../support/clients/otp.js';
import { TokenServer, WITHIN_MS } from '../../support/application/token-server.js';

const LEAVES_FAILURES = { scope: 'authentication', action: 'forwardtoken:no_failcounter_forwarding' };
const CHALLENGED = { scope: 'authentication', action: 'challenge_response=forward' };

describe('a forward token', () => {
  let here: TokenServer;

  beforeAll(async () => {
    here = await TokenServer.start();
  }, WITHIN_MS);
  afterAll(() => here?.stop(), WITHIN_MS);

  beforeEach(async () => {
    await here.removeAll();
    await here.database.query('DELETE FROM challenge');
    await givePolicies(here.database, []);
  });

  const enrol = async (form: Readonly<Record<string, string>>) => {
    const reply = await here.init({ pin: 'its own', ...form });
    expect(reply.result).toEqual({ status: true, value: true });
    return reply;
  };
  const given = async (target: Readonly<Record<string, string>> = {}) => {
    await enrol({ type: 'hmac', serial: 'TARGET', otpkey: RFC_KEY_HEX, description: 'the other', ...target });
    return enrol({ type: 'forward', serial: 'HERE', user: 'anna', pin: 'near', 'forward.serial': 'TARGET' });
  };
  const login = (pass: string, more = {}) => here.login('/validate/check', { user: 'anna', pass, ...more });
  const isIn = async (pass: string, more = {}) => (await login(pass, more)).result.value;
  const failures = async () => {
    const [forward, target] = await Promise.all([here.stored('HERE'), here.stored('TARGET')]);
    return [forward.failures, target.failures];
  };
  const told = async () => {
    const { rows } = await here.database.query<{ detail: string; serial: string; tokenType: string }>(
      `SELECT detail, serial, token_type AS "tokenType" FROM audit_record WHERE action LIKE 'validate/%'
       ORDER BY number DESC LIMIT 1`,
    );
    return rows[0];
  };

  it('takes the OTPs of its target behind a PIN of its own, each once', async () => {
    expect((await given()).detail).toEqual({ serial: 'HERE' });
    await expect(isIn(`near${hotpAt(2)}`)).resolves.toBe(true);
    expect(await told()).toEqual({
      detail: "user 'anna'@'one' successfully authenticated.",
      serial: 'HERE',
      tokenType: 'forward',
    });
    expect(await here.stored('HERE')).toMatchObject({ counter: 3, digits: 6 });
    expect(await here.stored('TARGET')).toMatchObject({ counter: 3 });
    await expect(isIn(`near${hotpAt(2)}`)).resolves.toBe(false);
    await expect(here.bySerial('TARGET', `its own${hotpAt(2)}`)).resolves.toBe(false);
    await expect(here.bySerial('TARGET', `its own${hotpAt(3)}`)).resolves.toBe(true);
    await expect(here.bySerial('HERE', `near${hotpAt(3)}`)).resolves.toBe(false);
    // The PIN of the target is none of its business.
    await expect(isIn(`its own${hotpAt(4)}`)).resolves.toBe(false);
  });

  it('counts and forgets failures of both, unless a policy leaves those of the target alone', async () => {
    await given();
    await isIn('near000000');
    await isIn(`x${hotpAt(0)}`);
    expect(await failures()).toEqual([2, 2]);
    await expect(isIn(`near${hotpAt(0)}`)).resolves.toBe(true);
    expect(await failures()).toEqual([0, 0]);

    await givePolicies(here.database, [LEAVES_FAILURES]);
    await isIn('near000000');
    expect(await failures()).toEqual([1, 0]);
    await here.bySerial('TARGET', 'wrong');
    await expect(isIn(`near${hotpAt(1)}`)).resolves.toBe(true);
    expect(await failures()).toEqual([0, 1]);
    expect(await here.stored('TARGET')).toMatchObject({ counter: 2 });
  });

  it.each([
    ['disabled', '/admin/disable', {}, 'Token inactive', 0],
    ['locked', '/admin/set', { MaxFailCount: '1' }, 'Failcounter exceeded', 1],
    ['used up', '/admin/set', { countAuth: '3', countAuthMax: '3' }, 'Authentication counter exceeded', 1],
    [
      'expired',
      '/admin/setValidity',
      { 'tokens[]': 'TARGET', validityPeriodEnd: '1000000000' },
      'Authentication validity period exceeded',
      1,
    ],
  ])('lets nobody in while its target is %s', async (_title, path, form, detail, counted) => {
    await given();
    await here.database.query(`UPDATE token SET failures = 1 WHERE serial = 'TARGET'`);
    await here.ask(path, { serial: 'TARGET', ...form });
    await expect(isIn(`near${hotpAt(0)}`)).resolves.toBe(false);
    expect(await told()).toMatchObject({ detail });
    expect(await failures()).toEqual([0, 1 + counted]);
    expect(await here.stored('TARGET')).toMatchObject({ counter: 0 });
  });

  it('uses up what is left to its target', async () => {
    await given();
    await here.ask('/admin/set', { serial: 'TARGET', countAuthSuccessMax: '2' });
    for (const [counter, value] of [true, true, false].entries()) {
      await expect(isIn(`near${hotpAt(counter)}`)).resolves.toBe(value);
    }
  });

  it('stays where its target goes, lets nobody in by it, and can be removed', async () => {
    await given();
    await here.ask('/admin/remove', { serial: 'TARGET' });
    await expect(isIn(`near${hotpAt(0)}`)).resolves.toBe(false);
    expect(await told()).toMatchObject({ detail: 'the target of the forward token is not there' });
    await expect(here.ask('/admin/disable', { serial: 'HERE' })).resolves.toMatchObject({
      result: { value: 1 },
    });
    await expect(here.ask('/admin/remove', { serial: 'HERE' })).resolves.toMatchObject({
      result: { value: 1 },
    });
  });

  it('asks for the OTP by a challenge of its own, and spends it of its target', async () => {
    await given();
    await givePolicies(here.database, [{ scope: 'authentication', action: 'challenge_response=hmac' }]);
    expect((await login('near')).detail).toBeUndefined();
    await givePolicies(here.database, [CHALLENGED]);
    const { detail } = await login('near');
    const transactionid = String(detail?.['transactionid']);
    expect(detail).toEqual({
      transactionid,
      message: 'Please enter your otp value: ',
      linotp_forward_tokenserial: 'TARGET',
      linotp_forward_tokendescription: 'the other',
      linotp_forward_tokentype: 'HMAC',
      linotp_tokenserial: 'HERE',
      linotp_tokentype: 'forward',
      linotp_tokendescription: '',
    });
    await expect(isIn('000000', { transactionid })).resolves.toBe(false);
    await expect(isIn(hotpAt(0), { transactionid })).resolves.toBe(true);
    await expect(isIn(hotpAt(1), { transactionid })).resolves.toBe(false);
    // Its counter is where it belongs (spec/token-types §15, "Do better").
    expect(await here.stored('TARGET')).toMatchObject({ counter: 1 });
    await expect(here.bySerial('TARGET', `its own${hotpAt(0)}`)).resolves.toBe(false);

    const again = String((await login('near')).detail?.['transactionid']);
    const answered = await here.login('/validate/check_t', { transactionid: again, pass: hotpAt(2) });
    expect(answered.result.value).toMatchObject({ value: true });
  });

  it('goes by the target’s clock', async () => {
    await given({ type: 'totp' });
    const otp = totpAt(new Date());
    await expect(isIn(`near${otp}`)).resolves.toBe(true);
    await expect(isIn(`near${otp}`)).resolves.toBe(false);
    await expect(here.bySerial('TARGET', `its own${otp}`)).resolves.toBe(false);
  });

  it('takes the password of its target', async () => {
    await given({ type: 'pw', otpkey: 'a password' });
    await expect(isIn('neara password')).resolves.toBe(true);
    await expect(isIn('nearb password')).resolves.toBe(false);
    await expect(isIn('its owna password')).resolves.toBe(false);
  });

  describe('to a token whose OTPs are sent', () => {
    let gateway: GivenHttpGateway;

    beforeAll(async () => {
      gateway = await givenHttpGateway();
      const config = JSON.stringify({ URL: gateway.url });
      const provider = { name: 'gateway', type: 'sms', class: 'HttpSMSProvider', timeout: '5', config };
      await here.ask('/system/setProvider', provider);
    });
    afterAll(() => gateway?.close());
    beforeEach(() => (gateway.received.length = 0));

    const sent = () => gateway.received.map(({ body }) => new URLSearchParams(body).get('sms'));

    it('has a message sent by its own PIN, and takes what it says', async () => {
      await given({ type: 'sms', phone: '+49 170 1' });
      const { detail } = await login('near');
      expect(detail).toMatchObject({
        message: 'sms submitted',
        linotp_forward_tokentype: 'sms',
        linotp_tokentype: 'forward',
        state: detail?.['transactionid'],
      });
      expect(sent()).toEqual([hotpAt(1)]);
      const transactionid = String(detail?.['transactionid']);
      await expect(isIn('000000', { transactionid })).resolves.toBe(false);
      await expect(isIn(hotpAt(1), { transactionid })).resolves.toBe(true);
      await expect(isIn(hotpAt(1), { transactionid })).resolves.toBe(false);
      await expect(here.bySerial('TARGET', `its own${hotpAt(1)}`)).resolves.toBe(false);
      expect(await here.stored('TARGET')).toMatchObject({ counter: 2 });
    });

    it('has none sent by the PIN of its target, nor to who does not know its own', async () => {
      await given({ type: 'sms', phone: '+49 170 1' });
      expect((await login('its own')).detail).toBeUndefined();
      expect(sent()).toEqual([]);
    });

    it('has nothing that could be answered where nothing could be sent', async () => {
      await given({ type: 'sms', phone: '+49 170 1' });
      gateway.answer = (response) => void response.writeHead(500).end();
      expect((await login('near')).detail).toBeUndefined();
      await expect(isIn(`near${hotpAt(1)}`)).resolves.toBe(false);
    });
  });

  it('lets one of many logins with one OTP in, by it or by its target', async () => {
    await given();
    for (const counter of [0, 1, 2]) {
      const otp = hotpAt(counter);
      const values = await Promise.all(
        Array.from({ length: 20 }, (_, turn) =>
          turn % 2 === 0 ? here.bySerial('TARGET', `its own${otp}`) : here.bySerial('HERE', `near${otp}`),
        ),
      );
      expect(values.filter((value) => value === true)).toHaveLength(1);
      await here.database.query('UPDATE token SET failures = 0');
    }
  });

  it('counts one failure of a user who has the target, too', async () => {
    await enrol({ type: 'hmac', serial: 'TARGET', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'near' });
    await enrol({ type: 'forward', serial: 'HERE', user: 'anna', pin: 'near', 'forward.serial': 'TARGET' });
    await expect(isIn('near000000')).resolves.toBe(false);
    expect(await failures()).toEqual([1, 1]);
    // Both are right: nobody is let in, and the value is spent.
    await expect(isIn(`near${hotpAt(0)}`)).resolves.toBe(false);
    expect(await here.stored('TARGET')).toMatchObject({ counter: 1 });
  });

  it('goes to another target once it is enrolled for that', async () => {
    await given();
    await enrol({ type: 'hmac', serial: 'OTHER', otpkey: '5a'.repeat(20) });
    await enrol({ type: 'forward', serial: 'HERE', 'forward.serial': 'OTHER' });
    await here.ask('/admin/set', { serial: 'HERE', pin: 'near' });
    await expect(isIn(`near${hotpAt(0)}`)).resolves.toBe(false);
    await expect(isIn(`near${hotpAt(0, { keyHex: '5a'.repeat(20) })}`)).resolves.toBe(true);
  });

  it.each([
    ['no target', {}, "'forward.serial'"],
    [
      'a target that is not there',
      { 'forward.serial': 'NOBODY' },
      "no target token with serial 'NOBODY' found",
    ],
    ['a target that forwards', { 'forward.serial': 'HERE' }, "target token 'HERE' is a forward token itself"],
  ])('is not enrolled with %s', async (_title, form, message) => {
    await given();
    const { result } = await here.init({ type: 'forward', ...form });
    expect(result).toMatchObject({ status: false, error: { code: -311, message } });
  });

  it('does not go round in circles, whatever stands in the database', async () => {
    await given();
    await here.database.query(`UPDATE token SET info = '{"forward.serial": "HERE"}' WHERE serial = 'HERE'`);
    await expect(isIn(`near${hotpAt(0)}`)).resolves.toBe(false);
  });
});
