import { RFC_KEY_HEX, hotpAt, totpAt } from '../../support/clients/otp.js';
import { TokenServer, WITHIN_MS } from '../../support/application/token-server.js';

/** Two values in a row, beyond the window of a login (spec/validate-api §2.8). */
describe('auto-resync', () => {
  let tokens: TokenServer;

  beforeAll(async () => {
    tokens = await TokenServer.start();
  }, WITHIN_MS);
  beforeEach(async () => {
    await tokens.removeAll();
    await tokens.ask('/system/setConfig', { AutoResync: 'True', AutoResyncTimeout: '240' });
  });
  afterAll(() => tokens?.stop());

  const infoOf = async (serial: string) =>
    (await tokens.database.query('SELECT info FROM token WHERE serial = $1', [serial])).rows[0]?.info;
  const enrol = (serial: string, more: object = {}) =>
    tokens.init({ serial, type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'apin', ...more });

  it('accepts the second value, once', async () => {
    await enrol('HOTP1');
    expect(await tokens.byUser(`apin${hotpAt(10)}`)).toBe(false);
    expect(await tokens.byUser('apin000000')).toBe(false);
    expect(await infoOf('HOTP1')).toEqual({});
    expect(await tokens.byUser('apin268376')).toBe(false);
    expect(await infoOf('HOTP1')).toEqual({ otp1c: 40, dueDate: expect.any(Number) });
    expect(await tokens.stored('HOTP1')).toMatchObject({ counter: 0, failures: 3 });
    expect(await tokens.byUser('apin471723')).toBe(true);
    expect(await tokens.stored('HOTP1')).toMatchObject({ counter: 42, failures: 0 });
    expect(await infoOf('HOTP1')).toEqual({});
    expect(await tokens.byUser('apin471723')).toBe(false);
  });

  it('is off unless it is switched on', async () => {
    await tokens.ask('/system/delConfig', { key: 'AutoResync' });
    await enrol('HOTP2');
    expect([await tokens.byUser('apin268376'), await tokens.byUser('apin471723')]).toEqual([false, false]);
    expect(await infoOf('HOTP2')).toEqual({});
  });

  it('forgets the first value in time, and with any other login', async () => {
    await enrol('HOTP3');
    await tokens.ask('/system/setConfig', { AutoResyncTimeout: '0' });
    expect([await tokens.byUser('apin268376'), await tokens.byUser('apin471723')]).toEqual([false, false]);
    await tokens.ask('/system/setConfig', { AutoResyncTimeout: '240' });
    expect(await tokens.byUser('apin268376')).toBe(false);
    expect(await tokens.byUser(`apin${hotpAt(3)}`)).toBe(true);
    expect(await infoOf('HOTP3')).toEqual({});
    expect(await tokens.byUser('apin471723')).toBe(false);
  });

  it('forgets it when an administrator resynchronises the token', async () => {
    await enrol('HOTP4');
    expect(await tokens.byUser('apin268376')).toBe(false);
    await tokens.ask('/admin/resync', { serial: 'HOTP4', otp1: hotpAt(20), otp2: hotpAt(21) });
    expect(await infoOf('HOTP4')).toEqual({});
    expect(await tokens.stored('HOTP4')).toMatchObject({ counter: 22 });
  });

  it(
    'accepts one of many second values',
    async () => {
      await enrol('HOTP5');
      expect(await tokens.byUser('apin268376')).toBe(false);
      const answers = await Promise.all(Array.from({ length: 20 }, () => tokens.byUser('apin471723')));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await tokens.stored('HOTP5')).toMatchObject({ counter: 42 });
    },
    WITHIN_MS,
  );

  it('forgets the first value of a TOTP token in time', async () => {
    const now = new Date();
    await tokens.init({ serial: 'TOTP2', type: 'totp', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'apin' });
    const value = (steps: number) => `apin${totpAt(now, { steps })}`;
    await tokens.ask('/system/setConfig', { AutoResyncTimeout: '0' });
    for (const steps of [200, 201, 202]) expect(await tokens.byUser(value(steps))).toBe(false);
    await tokens.ask('/system/setConfig', { AutoResyncTimeout: '240' });
    expect(await tokens.byUser(value(203))).toBe(false);
    expect(await infoOf('TOTP2')).toEqual({ otp1c: expect.any(Number), dueDate: expect.any(Number) });
    expect(await tokens.byUser(value(204))).toBe(true);
  });

  it('finds a clock that is far off', async () => {
    const now = new Date();
    await tokens.init({ serial: 'TOTP1', type: 'totp', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'apin' });
    const value = (steps: number) => `apin${totpAt(now, { steps })}`;
    expect(await tokens.byUser(value(200))).toBe(false);
    expect(await tokens.byUser(value(200))).toBe(false);
    expect(await tokens.byUser(value(201))).toBe(true);
    expect(await tokens.byUser(value(202))).toBe(true);
    expect(await infoOf('TOTP1')).toEqual({});
  });
});
