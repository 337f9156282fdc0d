import request from 'supertest';

import { givePolicies } from '../../support/domain/given-policies.js';
import { RFC_KEY_HEX, hotpAt } from '../../support/clients/otp.js';
import { type Reply, TokenServer, WITHIN_MS } from '../../support/application/token-server.js';

type Fields = Readonly<Record<string, string>>;

const NO_TRANSACTION = '123456789012';

/** Every function of /validate: parameters, answers, records (spec/validate-api §0, §1, §2.10). */
describe('the functions of /validate', () => {
  let tokens: TokenServer;

  beforeAll(async () => {
    tokens = await TokenServer.start();
    await tokens.admin.upload(
      '/tools/import_users',
      { resolver: 'first', passwords_in_plaintext: 'true' },
      'anna,1,Maier,Anna,anna@example.test,11,,secret',
    );
  }, WITHIN_MS);
  beforeEach(async () => {
    await tokens.removeAll();
    await tokens.database.query('DELETE FROM challenge');
    await givePolicies(tokens.database, []);
    await tokens.init({ serial: 'HOTP', type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'apin' });
  });
  afterAll(() => tokens?.stop());

  const call = async (path: string, form: Fields, method: 'GET' | 'POST' = 'POST'): Promise<Reply> => {
    const url = `/validate/${path}`;
    const asked =
      method === 'GET'
        ? request(tokens.server.url)
            .get(url)
            .query({ ...form })
        : request(tokens.server.url)
            .post(url)
            .type('form')
            .send({ ...form });
    const { status, body } = await asked;
    expect(status).toBe(200);
    return body as Reply;
  };
  const record = async () =>
    (
      await tokens.database.query(
        'SELECT action, succeeded, username, realm, serial, token_type, detail, info, client FROM audit_record ORDER BY number DESC LIMIT 1',
      )
    ).rows[0];
  const trigger = async () => {
    await givePolicies(tokens.database, [{ scope: 'authentication', action: 'challenge_response=*' }]);
    const { detail } = await call('check', { user: 'anna', pass: 'apin' });
    return String(detail?.['transactionid']);
  };

  describe('answer alike to GET and POST, and write one record', () => {
    const wrong = { user: 'anna', pass: 'apin000000' };
    const byTransaction = { transactionid: NO_TRANSACTION, pass: '000000' };
    const signed = { transactionid: NO_TRANSACTION, signature: 'x' };
    const failed = { status: true, value: false };
    it.each([
      { path: 'check', form: wrong, result: failed, id: 0 },
      { path: 'check_s', form: { serial: 'HOTP', pass: 'apin000000' }, result: failed, id: 0 },
      {
        path: 'check_t',
        form: byTransaction,
        result: { status: true, value: { value: false, failcount: 0 } },
        id: 1,
      },
      { path: 'check_status', form: byTransaction, result: failed, id: 0 },
      { path: 'check_yubikey', form: { pass: 'x' }, result: failed, id: 0 },
      {
        path: 'samlcheck',
        form: wrong,
        result: { status: true, value: { auth: false, attributes: {} } },
        id: 0,
      },
      { path: 'accept_transaction', form: signed, result: failed, id: 1 },
      { path: 'reject_transaction', form: signed, result: failed, id: 1 },
      { path: 'pair', form: { pairing_response: 'x' }, result: { status: false, value: false }, id: 0 },
      { path: 'ok', form: {}, result: { status: true, value: true }, id: 0 },
      { path: 'fail', form: {}, result: failed, id: 0 },
    ])('$path', async ({ path, form, result, id }) => {
      for (const method of ['GET', 'POST'] as const) {
        const before = await tokens.database.query('SELECT count(*)::int AS count FROM audit_record');
        expect(await call(path, form as unknown as Fields, method)).toMatchObject({ result, id });
        const after = await tokens.database.query('SELECT count(*)::int AS count FROM audit_record');
        expect(after.rows[0].count - before.rows[0].count).toBe(1);
        expect(await record()).toMatchObject({
          action: `validate/${path}`,
          succeeded: path === 'ok',
          client: '127.0.0.1',
        });
      }
    });
  });

  describe('say in the record alone what is missing', () => {
    const missing = (name: string) => `ERR905: Missing parameter: '${name}'`;
    it.each([
      { path: 'check', form: { user: 'anna' }, status: true, info: 'ERR905: Missing parameter:pass' },
      { path: 'samlcheck', form: { user: 'anna' }, status: true, info: 'ERR905: Missing parameter:pass' },
      { path: 'check_s', form: { serial: 'HOTP' }, status: false, info: 'ERR905: Missing parameter: pass' },
      { path: 'check_t', form: { transactionid: NO_TRANSACTION }, status: true, info: missing('pass') },
      {
        path: 'check_t',
        form: { pass: 'x' },
        status: true,
        info: 'missing parameter: state or transactionid!',
      },
      {
        path: 'check_status',
        form: { pass: 'x' },
        status: true,
        info: 'Missing required parameter "state" or "transactionid"!',
      },
      {
        path: 'check_status',
        form: { state: NO_TRANSACTION },
        status: true,
        info: 'Missing required parameter "pass"!',
      },
      { path: 'check_yubikey', form: {}, status: true, info: missing('pass') },
      { path: 'accept_transaction', form: {}, status: true, info: `${missing('signature')}!` },
      {
        path: 'reject_transaction',
        form: { signature: 'x' },
        status: true,
        info: `${missing('transactionid')}!`,
      },
      { path: 'pair', form: {}, status: false, info: 'Parameter missing' },
      {
        path: 'pair',
        form: { pairing_response: 'x' },
        status: false,
        info: 'ERR905: Malformed pairing response',
      },
    ])('$path $form', async ({ path, form, status, info }) => {
      const answer = await call(path, form as unknown as Fields);
      expect(answer).toMatchObject({ result: { status, value: false }, id: 0 });
      expect(answer.result).not.toHaveProperty('error');
      expect(await record()).toMatchObject({ succeeded: false, info });
    });
  });

  it('check_s without pass and without a token says so in its record', async () => {
    expect((await call('check_s', { serial: 'NONE' })).result).toEqual({ status: false, value: false });
    expect(await record()).toMatchObject({ detail: 'No token found: unable to create challenge for NONE' });
  });

  describe('samlcheck', () => {
    const right = (counter: number) => ({ user: 'anna', pass: `apin${hotpAt(counter)}` });
    afterEach(() => tokens.ask('/system/delConfig', { key: 'allowSamlAttributes' }));

    it('tells no attributes unless that is switched on', async () => {
      expect((await call('samlcheck', right(0))).result.value).toEqual({ auth: true, attributes: {} });
      expect(await record()).toMatchObject({
        succeeded: true,
        serial: 'HOTP',
        token_type: 'HMAC',
        username: 'anna',
      });
    });

    it('tells attributes of whom it lets in', async () => {
      await tokens.ask('/system/setConfig', { allowSamlAttributes: 'True' });
      expect((await call('samlcheck', right(0))).result.value).toEqual({
        auth: true,
        attributes: {
          username: 'anna',
          surname: 'Maier',
          mobile: null,
          phone: '11',
          givenname: 'Anna',
          email: 'anna@example.test',
        },
      });
      expect((await call('samlcheck', right(0))).result.value).toEqual({ auth: false, attributes: {} });
    });

    it('is a failure to detail policies, and bare where a policy refuses', async () => {
      await givePolicies(tokens.database, [
        { scope: 'authorization', action: 'detail_on_success, detail_on_fail' },
      ]);
      expect(await call('samlcheck', right(0))).toMatchObject({
        result: { value: { auth: true } },
        detail: { error: "user 'anna'@'one' successfully authenticated." },
      });
      await givePolicies(tokens.database, [
        { scope: 'authorization', action: 'tokentype=totp, detail_on_fail' },
      ]);
      const refused = await call('samlcheck', right(1));
      expect(refused.result).toEqual({ status: true, value: false });
      expect(refused).not.toHaveProperty('detail');
    });
  });

  describe('accept_transaction and reject_transaction', () => {
    it.each(['accept', 'reject'])('%s is a wrong answer to a token that takes no signature', async (word) => {
      const transactionid = await trigger();
      // An OTP is no signature, right as it may be.
      const answer = await call(`${word}_transaction`, { transactionid, signature: hotpAt(0) });
      expect(answer).toMatchObject({ result: { status: true, value: false }, id: 1 });
      expect(answer).not.toHaveProperty('detail');
      expect(await record()).toMatchObject({
        succeeded: false,
        serial: 'HOTP',
        token_type: 'HMAC',
        info: expect.stringContaining(`${word} transaction: False`),
      });
      expect(await tokens.stored('HOTP')).toMatchObject({ failures: 1, counter: 0 });
      const { result } = await call('check_t', { transactionid, pass: hotpAt(0) });
      expect(result.value).toMatchObject({ value: true });
    });
  });

  describe('check_status', () => {
    it('tells the owner under detail_on_success once a challenge was answered', async () => {
      const transactionid = await trigger();
      await givePolicies(tokens.database, [
        { scope: 'authorization', action: 'detail_on_success, detail_on_fail' },
        { scope: 'authentication', action: 'challenge_response=*' },
      ]);
      const poll = () => call('check_status', { transactionid, pass: 'apin' });
      expect((await poll()).detail).toMatchObject({ error: '' });
      await call('check_t', { transactionid, pass: hotpAt(0) });
      expect((await poll()).detail).toMatchObject({
        user: { username: 'anna' },
        realm: 'one',
        is_linotp_admin: false,
        tokentype: 'HMAC',
        serial: 'HOTP',
      });
    });

    it('passes over a token whose PIN cannot be opened', async () => {
      await tokens.init({ serial: 'OTHER', type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'apin' });
      const root = (await trigger()).split('.')[0] ?? '';
      await tokens.database.query(
        `UPDATE token SET pin_sealed = set_byte(pin_sealed, length(pin_sealed) - 1, get_byte(pin_sealed, length(pin_sealed) - 1) # 1) WHERE serial = 'OTHER'`,
      );
      const { result, detail } = await call('check_status', { transactionid: root, pass: 'apin' });
      expect(result.value).toBe(true);
      const shown = Object.values(detail?.['transactions'] ?? {}) as { token: { serial: string } }[];
      expect(shown.map(({ token }) => token.serial)).toEqual(['HOTP']);
    });
  });

  describe('what a challenge says', () => {
    it('can be had as a picture', async () => {
      await trigger();
      const form = { user: 'anna', pass: 'apin', qr: 'html' };
      const page = await request(tokens.server.url).post('/validate/check').type('form').send(form);
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(page.text).toContain('id="challenge_qrcode"');
      expect(page.text).not.toContain('apin');
      const bySerial = { serial: 'HOTP', pass: 'apin', qr: 'png' };
      const picture = await request(tokens.server.url).post('/validate/check_s').type('form').send(bySerial);
      expect(picture.headers['content-type']).toBe('image/png');
      const none = await request(tokens.server.url)
        .post('/validate/check')
        .type('form')
        .send({ ...form, pass: 'x' });
      expect(none.headers['content-type']).toBe('application/json');
    });

    it('acts on nothing in the text of simplecheck', async () => {
      await tokens.ask('/system/setConfig', { HMAC_CHALLENGE_PROMPT: 'a <b>&</b>\r\n\tb' });
      try {
        await trigger();
        const { text, headers } = await request(tokens.server.url)
          .post('/validate/simplecheck')
          .type('form')
          .send({ user: 'anna', pass: 'apin' });
        expect(text).toMatch(/^:-\( \d+ a <b>&<\/b> b$/);
        expect(headers).toMatchObject({
          'content-type': 'text/html; charset=utf-8',
          'x-content-type-options': 'nosniff',
          'content-security-policy': expect.stringMatching(/default-src 'none'.*sandbox/),
        });
      } finally {
        await tokens.ask('/system/delConfig', { key: 'HMAC_CHALLENGE_PROMPT' });
      }
    });
  });
});
