import { givePolicies } from '../../support/domain/given-policies.js';
import type { Fields } from '../../support/clients/admin-agent.js';
import {
  U2F_APP_ID,
  U2fDevice,
  type U2fRequest,
  type U2fWhims,
  shownTokens,
  shownU2f,
} from '../../support/clients/u2f-device.js';
import { type SendingServers, givenSendingServers } from '../validate/sent/sending-servers.js';

const WITHIN_MS = 120_000;
const FORMS = ['signed', 'asserted'] as const;
const FACETS = 'u2f_valid_facets=https://a.example.com; https://b.example.com';

/** Keys that were registered elsewhere, on two servers that share a PostgreSQL. */
describe('u2f tokens', () => {
  let servers: SendingServers;
  let device: U2fDevice;

  beforeAll(async () => {
    servers = await givenSendingServers({ anna: 'Anna', bernd: 'Bernd' });
  }, WITHIN_MS);
  beforeEach(async () => {
    for (const table of ['token', 'challenge']) await servers.database.query(`DELETE FROM ${table}`);
    await give();
    device = new U2fDevice();
  });
  afterAll(() => servers?.close(), WITHIN_MS);

  const give = (...policies: readonly (readonly [scope: string, action: string])[]) =>
    givePolicies(
      servers.database,
      policies.map(([scope, action]) => ({ scope, action })),
    );
  const load = async (rows: readonly object[], form: Fields = {}) =>
    (await servers.admin.upload('/admin/loadtokens', { type: 'u2f', ...form }, shownTokens(rows))).text;
  /** A token of Anna's that can be used, with a PIN. */
  const imported = async (serial = 'U2F1', of = device, user = 'anna') => {
    const owner = { 'User.username': user, 'LinOtp.RealmNames': ['staff'] };
    const text = await load([shownU2f(serial, of, owner)], { enable: 'true' });
    expect(text).toContain('1 tokens were imported');
    await servers.admin.post('/admin/set', { serial, pin: 'pin' });
  };
  const ask = async (form: Fields = {}, node = 0) => {
    const { detail } = await servers.call('check', { user: 'anna', pass: 'pin', ...form }, node);
    const request = detail?.['signrequest'] as U2fRequest | undefined;
    return { id: detail?.transactionid ?? '', request: request as U2fRequest, detail };
  };
  const accepts = (id: string, pass: string, node = 0) =>
    servers.accepts({ user: 'anna', pass, transactionid: id }, node);
  const login = async (form: (typeof FORMS)[number], whims: U2fWhims = {}, node = 0) => {
    const { id, request } = await ask();
    return accepts(id, device[form](request, whims), node);
  };
  const stored = async (serial = 'U2F1') => {
    const { rows } = await servers.database.query(
      'SELECT active, counter::int, failures, info, digits, look_ahead, sync_window FROM token WHERE serial = $1',
      [serial],
    );
    return rows[0];
  };
  const newest = async () => (await servers.records('U2F1')).at(-1);

  it('are asked by their PIN, as LinOTP asks them', async () => {
    await imported();
    const { id, detail } = await ask();
    expect(detail).toEqual({
      transactionid: id,
      message: 'U2F challenge',
      signrequest: {
        challenge: expect.stringMatching(/^[\w-]{43}=$/),
        version: 'U2F_V2',
        keyHandle: device.handle.toString('base64url'),
        appId: U2F_APP_ID,
      },
      linotp_tokenserial: 'U2F1',
      linotp_tokentype: 'u2f',
      linotp_tokendescription: 'imported',
    });
  });

  it.each(FORMS)('are let in by an answer that is %s, on any node, once', async (form) => {
    await imported();
    const { id, request } = await ask();
    const pass = device[form](request);
    expect(await accepts(id, pass, 1)).toBe(true);
    expect(await stored()).toMatchObject({ counter: 1, failures: 0, info: { counter: 6 } });
    for (const node of [0, 1]) expect(await accepts(id, pass, node)).toBe(false);
    expect(await stored()).toMatchObject({ active: true, info: { counter: 6 } });
    expect((await servers.challengesOf('U2F1')).join()).toBe('closed');
  });

  it.each(['check_s', 'check_t'])('answer at %s', async (path) => {
    await imported();
    const { id, request } = await ask();
    const form = { serial: 'U2F1', transactionid: id, pass: device.signed(request) };
    const { value } = (await servers.call(path, form)).result;
    expect(value).toEqual(path === 'check_s' ? true : { value: true, failcount: 0 });
  });

  it('take the PIN before the answer, and no other one', async () => {
    await imported();
    for (const [pin, isRight] of [
      ['nip', false],
      ['pin', true],
    ] as const) {
      const { id, request } = await ask();
      expect(await accepts(id, pin + device.signed(request))).toBe(isRight);
    }
  });

  it.each<[string, U2fWhims, RegExp]>([
    ['another application', { appId: 'https://evil.test' }, /Wrong RP ID hash|The signature/],
    ['another page', { origin: 'https://evil.test' }, /Invalid origin/],
    ['a page below it', { origin: 'https://x.otp.example.com' }, /Invalid origin/],
    ['another challenge', { challenge: Buffer.alloc(32).toString('base64url') }, /Wrong challenge/],
    ['another key', { keyHandle: Buffer.alloc(64).toString('base64url') }, /Another key was used/],
    ['nobody there', { isPresent: false }, /User Present/],
    ['a registration', { type: 'navigator.id.finishEnrollment' }, /Incorrect type/],
    ['something else', { badSignature: true }, /signature/],
  ])('let in nobody by a signature for %s', async (_title, whims, reason) => {
    await imported();
    for (const [place, form] of FORMS.entries()) {
      expect(await login(form, whims)).toBe(false);
      expect(await stored()).toMatchObject({ failures: 1 + place, active: true, info: { counter: '5' } });
      expect((await newest())?.info).toMatch(reason);
    }
  });

  it('take what browsers of old call the type, but not for WebAuthn', async () => {
    await imported();
    expect(await login('signed', { typeName: 'typ' })).toBe(true);
    expect(await login('signed', { type: 'webauthn.get' })).toBe(true);
    expect(await login('asserted', { type: 'navigator.id.getAssertion' })).toBe(false);
  });

  it('have one answer to each challenge, right or wrong', async () => {
    await imported();
    const { id, request } = await ask();
    expect(await accepts(id, device.signed(request, { badSignature: true }))).toBe(false);
    expect(await accepts(id, device.signed(request))).toBe(false);
    expect(await login('signed')).toBe(true);
  });

  it('let in one of many answers at once, on two servers', async () => {
    await imported();
    const { id, request } = await ask();
    const pass = device.signed(request);
    const answers = await Promise.all(Array.from({ length: 30 }, (_, node) => accepts(id, pass, node)));
    expect(answers.filter((value) => value === true)).toHaveLength(1);
    expect(await stored()).toMatchObject({ active: true, info: { counter: 6 } });
  });

  it.each([
    ['the same once more', 5],
    ['one from before', 4],
  ])('are disabled by a counter that is %s: somebody has a copy of the key', async (_title, counter) => {
    await imported();
    expect(await login('signed', { counter })).toBe(false);
    expect(await stored()).toMatchObject({ active: false, info: { counter: '5' } });
    expect((await newest())?.info).toContain('Counter not increased! Possible device cloning!');
    expect((await ask()).detail).toBeUndefined();
  });

  it('begin anew behind the end of 32 bits', async () => {
    device.counter = 2 ** 32 - 3;
    await imported();
    expect(await login('signed')).toBe(true);
    expect(await login('asserted', { counter: 2 })).toBe(true);
    expect(await stored()).toMatchObject({ active: true, info: { counter: 2 } });
  });

  it('answer from the pages that a policy names, and from no others', async () => {
    await imported();
    await give(['enrollment', FACETS]);
    for (const [origin, isRight] of [
      ['https://b.example.com', true],
      ['https://a.example.com', true],
      [U2F_APP_ID, false],
    ] as const) {
      expect([origin, await login('signed', { origin })]).toEqual([origin, isRight]);
    }
  });

  it('are asked by no policy about other keys', async () => {
    await imported();
    await give(
      ['authorization', 'fido2_allowed_authenticators=00112233-4455-6677-8899-aabbccddeeff'],
      ['authentication', 'fido2_user_verification_requirement=required'],
    );
    expect(await login('asserted')).toBe(true);
  });

  it.each<[string, string, Fields]>([
    ['disabled', '/admin/disable', {}],
    ['locked', '/admin/set', { MaxFailCount: '0' }],
    ['used up', '/admin/set', { countAuthSuccess: '1', countAuthSuccessMax: '1' }],
    ['given to somebody else', '/admin/assign', { user: 'bernd' }],
    ['over', '/admin/setValidity', { 'tokens[]': 'U2F1', validityPeriodEnd: '1000000000' }],
  ])('answer nothing once they are %s', async (_title, path, form) => {
    await imported();
    const { id, request } = await ask();
    await servers.admin.post(path, { serial: 'U2F1', ...form });
    expect(await accepts(id, device.signed(request))).toBe(false);
    expect(await stored()).toMatchObject({ info: { counter: '5' } });
  });

  it('answer nothing that is over, of somebody else, or without a transaction', async () => {
    await imported();
    const { id, request } = await ask();
    const other = new U2fDevice();
    await imported('U2F2', other, 'bernd');
    expect(
      await accepts(id, other.signed({ ...request, keyHandle: other.handle.toString('base64url') })),
    ).toBe(false);
    const again = await ask();
    expect(await servers.accepts({ user: 'anna', pass: device.signed(again.request) })).toBe(false);
    await servers.database.query(`UPDATE challenge SET expires_at = now() - interval '1 second'`);
    expect(await accepts(again.id, device.signed(again.request))).toBe(false);
  });

  it('tell clients what they need offline, where a policy says so', async () => {
    await imported();
    const offline = async () => {
      const { id, request } = await ask();
      const form = { user: 'anna', transactionid: id, pass: device.signed(request), use_offline: 'true' };
      const { detail } = await servers.call('check', form);
      const status = await servers.call('check_status', { transactionid: id, pass: 'pin', use_offline: '' });
      return { detail, transactions: status.detail?.['transactions'] };
    };
    expect((await offline()).detail).toBeUndefined();
    await give(['authentication', 'support_offline=qr u2f']);
    const info = {
      public_key: device.point.toString('base64url'),
      key_handle: device.handle.toString('base64url'),
      app_id: U2F_APP_ID,
    };
    const told = await offline();
    expect(told.detail).toMatchObject({ offline: { serial: 'U2F1', type: 'u2f', offline_info: info } });
    expect(JSON.stringify(told.transactions)).toContain(info.key_handle);
  });

  it('are asked through tokens that forward to them', async () => {
    await imported('U2F1', device, 'bernd');
    await servers.admin.post('/admin/init', {
      type: 'forward',
      serial: 'NEAR',
      pin: 'pin',
      user: 'anna',
      'forward.serial': 'U2F1',
    });
    const { id, request, detail } = await ask();
    expect(detail).toMatchObject({ linotp_tokenserial: 'NEAR', linotp_forward_tokentype: 'u2f' });
    expect(await accepts(id, device.asserted(request))).toBe(true);
    expect(await accepts(id, device.asserted(request))).toBe(false);
    expect(await stored()).toMatchObject({ info: { counter: 6 } });
    // A copy of the key is one, whichever token it comes by.
    const again = await ask();
    expect(await accepts(again.id, device.signed(again.request, { counter: 6 }))).toBe(false);
    expect(await stored()).toMatchObject({ active: false });
    expect(await stored('NEAR')).toMatchObject({ active: true });
  });

  describe('to administrators', () => {
    it('are what LinOTP shows of them', async () => {
      await imported();
      const { body } = await servers.admin.post('/admin/show', { serial: 'U2F1' });
      const [row] = body.result.value.data;
      expect(row).toMatchObject({
        'LinOtp.TokenType': 'u2f',
        'LinOtp.OtpLen': 32,
        'LinOtp.CountWindow': 0,
        'LinOtp.SyncWindow': 0,
        'LinOtp.Isactive': true,
        'LinOtp.RealmNames': ['staff'],
        'User.username': 'anna',
      });
      expect(Object.entries(JSON.parse(row['LinOtp.TokenInfo']))).toEqual(Object.entries(device.info));
    });

    it('are imported from that once more, by another server', async () => {
      await imported();
      const { text } = await servers.admin.post('/admin/show', { serial: 'U2F1' });
      await servers.database.query('DELETE FROM token');
      const form = { type: 'u2f', enable: 'true' };
      const answer = await servers.admin.upload('/admin/loadtokens', form, text);
      expect(answer.text).toContain('1 tokens were imported');
      await servers.admin.post('/admin/set', { serial: 'U2F1', pin: 'pin' });
      expect(await login('signed')).toBe(true);
    });

    it('are not active where nobody says so, since the file has no PINs', async () => {
      await load([shownU2f('U2F1', device, { 'User.username': 'anna' })]);
      expect(await stored()).toMatchObject({ active: false });
      await load([shownU2f('U2F2', device, { 'LinOtp.Isactive': false })], { enable: 'true' });
      expect(await stored('U2F2')).toMatchObject({ active: false });
    });

    it('show no other state than how their challenges stand', async () => {
      await imported();
      const { id } = await ask();
      const { text } = await servers.admin.post('/admin/checkstatus', { transactionid: id });
      expect(text).toContain(id);
      expect(text).toContain('U2F1');
      expect((await servers.admin.post('/admin/unpair', { serial: 'U2F1' })).body.result.status).toBe(false);
    });

    it('are replaced when they are lost', async () => {
      await imported();
      const { body } = await servers.admin.post('/admin/losttoken', { serial: 'U2F1' });
      const { password, serial } = body.result.value;
      expect(serial).toBe('lostU2F1');
      expect(await stored()).toMatchObject({ active: false });
      expect(await servers.accepts({ user: 'anna', pass: `pin${password}` })).toBe(true);
    });

    it.each<[string, Fields]>([
      ['phase registration1', { phase: 'registration1', appid: U2F_APP_ID }],
      ['phase registration2', { phase: 'registration2', otpkey: '{}' }],
      ['no phase', {}],
    ])('are not enrolled any more: %s', async (_title, form) => {
      const { body } = await servers.admin.post('/admin/init', {
        type: 'u2f',
        serial: 'NEW',
        user: 'anna',
        ...form,
      });
      expect(body.result).toEqual({
        status: false,
        error: { code: -311, message: 'new tokens of type u2f are not enrolled any more: use type fido2' },
      });
      expect(await stored('NEW')).toBeUndefined();
    });

    it('are enrolled anew by nothing either', async () => {
      await imported();
      const { body } = await servers.admin.post('/admin/init', {
        type: 'u2f',
        serial: 'U2F1',
        phase: 'registration1',
      });
      expect(body.result.status).toBe(false);
      expect(await login('signed')).toBe(true);
    });
  });
});
