import { givePolicies } from '../../support/domain/given-policies.js';
import {
  activationCode,
  isSigned,
  ocraAt,
  readByApp,
  rolledOutKey,
} from '../../support/clients/ocra-device.js';
import { TokenServer, WITHIN_MS } from '../../support/application/token-server.js';

const SUITE = 'OCRA-1:HOTP-SHA256-6:C-QA64';
const CODE = Uint8Array.from({ length: 20 }, (_, place) => 7 * place);

/** Through HTTP and a real PostgreSQL: enrolment through the app, in two phases (spec/token-types §16.2). */
describe('the roll-out of OCRA2 tokens', () => {
  let tokens: TokenServer;

  beforeAll(async () => {
    tokens = await TokenServer.start();
  }, WITHIN_MS);
  afterAll(() => tokens?.stop(), WITHIN_MS);
  beforeEach(async () => {
    await tokens.removeAll();
    await tokens.database.query('DELETE FROM challenge');
    await givePolicies(tokens.database, []);
  });

  const started = async (form: Readonly<Record<string, string>> = {}) => {
    const { result, detail } = await tokens.init({
      type: 'ocra2',
      serial: 'O1',
      user: 'anna',
      pin: 'pin1',
      genkey: '1',
      sharedsecret: '1',
      ...form,
    });
    expect(result).toEqual({ status: true, value: true });
    return detail as Record<string, string>;
  };
  const activation = (form: Readonly<Record<string, string>> = {}) =>
    tokens.init({ type: 'ocra2', serial: 'O1', activationcode: activationCode(CODE), ...form });
  const activated = async (form: Readonly<Record<string, string>> = {}) => {
    const { sharedsecret = '' } = await started();
    const { result, detail } = await activation(form);
    expect(result).toEqual({ status: true, value: true });
    const told = detail as Record<string, string>;
    return { ...told, key: rolledOutKey(sharedsecret, CODE, told['nonce'] ?? ''), told };
  };
  const answer = async (state: string, pass: string) =>
    (await tokens.login('/validate/check_t', { state, pass })).result.value;
  const shown = async () => {
    const { result } = await tokens.ask('/admin/show', { serial: 'O1', tokeninfo_format: 'json' });
    const [token] = (result.value as { data: Record<string, unknown>[] }).data;
    return {
      info: token?.['LinOtp.TokenInfo'],
      active: token?.['LinOtp.Isactive'],
      digits: token?.['LinOtp.OtpLen'],
    };
  };
  const shared = async () => {
    const { rows } = await tokens.database.query<{ is: boolean }>(
      'SELECT shared_secret_sealed IS NOT NULL AS is FROM token',
    );
    return rows[0]?.is;
  };

  it('begins with a secret for the app, and a token that nobody can use', async () => {
    const detail = await started();
    const { sharedsecret, app_import: url } = detail;
    expect(sharedsecret).toMatch(/^[0-9a-f]{40}$/);
    expect(detail).toEqual({
      sharedsecret,
      serial: 'O1',
      url: '',
      app_import: `lseqr://init?sh=${sharedsecret}&os=OCRA-1%3AHOTP-SHA256-6%3AC-QA64&se=O1`,
      ocraurl: {
        order: '0',
        description: 'URL for OCRA2 token',
        value: url,
        img: expect.stringContaining('width=250'),
      },
    });
    expect(await shown()).toEqual({ info: { ocrasuite: SUITE, rollout: '1' }, active: false, digits: 6 });
    // Not even where somebody enables it.
    await tokens.ask('/admin/enable', { serial: 'O1' });
    const form = {
      user: 'anna',
      challenge: 'abc',
      pass: `pin1${ocraAt('abc', { suite: SUITE, keyHex: sharedsecret ?? '' })}`,
    };
    expect((await tokens.login('/validate/check', form)).result.value).toBe(false);
  });

  it('goes on with a code: both sides have a key, and an answer shows that it is the same', async () => {
    const { told, key } = await activated({ message: 'Welcome, Anna!' });
    const { nonce = '', transactionid = '', challenge = '', signature, app_import: url = '' } = told;
    expect(Object.keys(told).toSorted()).toEqual([
      'app_import',
      'challenge',
      'nonce',
      'ocraurl',
      'serial',
      'signature',
      'transactionid',
    ]);
    expect(nonce).toMatch(/^[0-9a-f]{128}$/);
    expect(challenge).toMatch(/^WelcomeAnna0000[0-9A-Za-z]{49}$/);
    expect(url).toBe(
      `lseqr://nonce?se=O1&no=${nonce}&tr=${transactionid}&ch=${challenge}&me=Welcome%2C+Anna%21&si=${signature}`,
    );
    expect(isSigned(url, key)).toBe(true);
    expect(await shown()).toMatchObject({ info: { rollout: '2', nonce }, active: true });

    const otp = ocraAt(challenge, { suite: SUITE, keyHex: key });
    expect(await answer(transactionid, otp)).toEqual({ value: true, failcount: 0 });
    expect(await answer(transactionid, otp)).toMatchObject({ value: false });
    expect(await shown()).toEqual({ info: { ocrasuite: SUITE }, active: true, digits: 6 });
    expect(await shared()).toBe(false);

    const { detail } = await tokens.login('/validate/check', { user: 'anna', pass: 'pin1', data: 'Pay' });
    const next = ocraAt(String(detail?.['challenge']), { suite: SUITE, keyHex: key, counter: 1 });
    expect(await answer(String(detail?.['transactionid']), next)).toMatchObject({ value: true });
    expect((await activation()).result).toMatchObject({ status: false });
  });

  it('is recorded, and tells the record no code', async () => {
    await activated();
    const { rows } = await tokens.database.query<{ detail: string; succeeded: boolean; record: string }>(
      `SELECT detail, info, succeeded, r::text AS record FROM audit_record r WHERE action = 'admin/init' ORDER BY number DESC LIMIT 1`,
    );
    expect(rows).toMatchObject([{ detail: 'tokennum = 1', info: 'activated', succeeded: true }]);
    expect(rows[0]?.record).not.toContain(activationCode(CODE));
  });

  it.each([
    ['by the user alone', { serial: '', user: 'anna' }],
    [
      'with the code in groups, as people type it',
      {
        activationcode: activationCode(CODE)
          .toLowerCase()
          .replace(/(.{4})/g, '$1-'),
      },
    ],
  ])('goes on %s', async (_how, form) => {
    await started();
    expect((await activation(form)).result).toEqual({ status: true, value: true });
  });

  it.each([
    [
      'a code whose sum is wrong',
      { activationcode: activationCode(CODE).replace(/..$/, 'FF') },
      'checksum error',
    ],
    ['a code that is none', { activationcode: 'HELLO' }, 'Error during decoding activation code'],
    ['a token that there is not', { serial: 'O2' }, 'no token found for user:  or serial: O2'],
    ['neither token nor user', { serial: '' }, 'no token found for user:  or serial: '],
  ])('does not go on with %s', async (_what, form: Readonly<Record<string, string>>, message) => {
    await started();
    const { result } = await activation(form);
    expect(result.status).toBe(false);
    expect(result.error).toMatchObject({ code: -311, message: expect.stringContaining(message) });
    expect(JSON.stringify(result)).not.toContain(form['activationcode'] ?? 'no code');
    expect(await shown()).toMatchObject({ info: { rollout: '1' }, active: false });
  });

  it('does not go on where a user has two that wait', async () => {
    await started();
    await started({ serial: 'O2' });
    const { result } = await activation({ serial: '', user: 'anna' });
    expect(result.error?.message).toBe('multiple tokens found in rollout state: O1, O2');
  });

  it('does not go on with a token that is enrolled all at once, nor without the right', async () => {
    await tokens.init({ type: 'ocra2', serial: 'O1', genkey: '1' });
    expect((await activation()).result.error?.message).toContain('no token found');
    await tokens.removeAll();
    await started();
    await givePolicies(tokens.database, [{ scope: 'admin', action: 'initHMAC, show', user: '*' }]);
    expect((await activation()).result).toMatchObject({ status: false, error: { code: 410 } });
  });

  it('asks for the code anew after three wrong answers, and then makes another key', async () => {
    const { told, key } = await activated();
    const { transactionid = '', challenge = '', nonce } = told;
    for (let wrong = 0; wrong < 3; wrong++) {
      expect(await answer(transactionid, '000000')).toMatchObject({ value: false });
    }
    expect(await shown()).toEqual({ info: { ocrasuite: SUITE, rollout: '1' }, active: true, digits: 6 });
    expect(await answer(transactionid, ocraAt(challenge, { suite: SUITE, keyHex: key }))).toMatchObject({
      value: false,
    });
    const again = await activation();
    expect(again.result.value).toBe(true);
    expect(again.detail?.['nonce']).not.toBe(nonce);
  });

  it('keeps its suite when the token is enrolled anew, and asks nothing that was asked before', async () => {
    const { told, key } = await activated();
    await started({ ocrasuite: 'OCRA-1:HOTP-SHA1-8:C-QN08' });
    expect(await shown()).toMatchObject({ info: { ocrasuite: SUITE, rollout: '1' }, digits: 6 });
    await tokens.ask('/admin/enable', { serial: 'O1' });
    const otp = ocraAt(told['challenge'] ?? '', { suite: SUITE, keyHex: key });
    expect(await answer(told['transactionid'] ?? '', otp)).not.toMatchObject({ value: true });
  });

  it('tells the app where to answer, as policies have it', async () => {
    await givePolicies(tokens.database, [
      {
        scope: 'authentication',
        action:
          'qrtanurl_init=https://m.example.com/check_t?transactionid=<transactionid>, qrtanurl=https://m.example.com/<serial>',
      },
    ]);
    const { url, app_import: first = '', sharedsecret = '' } = await started();
    expect(url).toBe('https://m.example.com/check_t?transactionid=<transactionid>');
    expect(first).toContain('&u=https%3A%2F%2Fm.example.com%2Fcheck_t%3Ftransactionid%3D%3Ctransactionid%3E');
    const { detail } = await activation();
    const { url: next, app_import: second = '', nonce = '' } = detail as Record<string, string>;
    expect(next).toBe('https://m.example.com/O1');
    expect(second).toContain('&u=https%253A%252F%252Fm.example.com%252FO1&si=');
    expect(isSigned(second, rolledOutKey(sharedsecret, CODE, nonce))).toBe(true);
    expect(readByApp(second)['se']).toBe('O1');
  });

  it('is one of realms whose policies name one place, or none', async () => {
    await tokens.ask('/system/setRealm', {
      realm: 'two',
      resolvers: 'useridresolver.SQLIdResolver.IdResolver.first',
    });
    const policy = (realm: string, url: string) => ({
      scope: 'authentication',
      action: `qrtanurl_init=${url}`,
      realm,
    });
    // Whose administrators enrol into both.
    const both = { scope: 'admin', action: 'initOCRA2', realm: 'one,two' };
    const init = (serial: string) => tokens.init({ type: 'ocra2', serial, genkey: '1', sharedsecret: '1' });
    await givePolicies(tokens.database, [both, policy('one', 'https://a/'), policy('two', 'https://a/')]);
    expect((await init('O1')).detail).toMatchObject({ url: 'https://a/' });
    await givePolicies(tokens.database, [both, policy('one', 'https://a/'), policy('two', 'https://b/')]);
    expect((await init('O2')).result.error?.message).toBe(
      "multiple enrollement urls ['https://a/', 'https://b/'] found for realm set: ['one', 'two']",
    );
    const { rows } = await tokens.database.query(`SELECT 1 FROM token WHERE serial = 'O2'`);
    expect(rows).toEqual([]);
  });

  it.each([
    ['png', 'image/png'],
    ['html', 'text/html; charset=utf-8'],
  ])('is told as %s', async (qr, type) => {
    const response = await tokens.admin.post('/admin/init', {
      type: 'ocra2',
      serial: 'O1',
      genkey: '1',
      sharedsecret: '1',
      qr,
    });
    expect(response.headers['content-type']).toBe(type);
  });

  describe('of a token that is enrolled all at once', () => {
    it('is over at once', async () => {
      const { detail } = await tokens.init({ type: 'ocra2', serial: 'O1', genkey: '1' });
      const { otpkey } = detail as { otpkey: { value: string } };
      expect(detail).toEqual({
        otpkey: { order: '1', description: 'OTP seed', value: otpkey.value, img: expect.any(String) },
        serial: 'O1',
        ocraurl: { order: '0', description: 'URL for OCRA2 token', value: null, img: '' },
      });
      expect(otpkey.value).toMatch(/^seed:\/\/[0-9a-f]{64}$/);
      expect(await shown()).toEqual({
        info: { ocrasuite: 'OCRA-1:HOTP-SHA256-8:C-QN08' },
        active: true,
        digits: 8,
      });
    });

    it.each([
      ['no key', {}, { code: 905, message: "ERR905: Missing parameter: 'otpkey'" }],
      ['two keys', { otpkey: '31'.repeat(20), genkey: '1' }, { code: 344 }],
      ['a key that is none', { otpkey: 'xyz' }, { code: -311 }],
      [
        'a suite that is none',
        { genkey: '1', ocrasuite: 'OCRA-1:HOTP-MD5-6:QN08' },
        { code: -311, message: "Unknown hash algorithm 'MD5'" },
      ],
      [
        'a suite of another version',
        { genkey: '1', ocrasuite: 'OCRA-2' },
        { code: -311, message: 'unsupported ocra version' },
      ],
    ])('refuses %s', async (_what, form: Readonly<Record<string, string>>, error) => {
      expect((await tokens.init({ type: 'ocra2', serial: 'O1', ...form })).result).toMatchObject({
        status: false,
        error,
      });
      const { rows } = await tokens.database.query('SELECT 1 FROM token');
      expect(rows).toEqual([]);
    });

    it('goes by settings where it names no suite', async () => {
      await tokens.ask('/system/setConfig', {
        OcraDefaultSuite: 'OCRA-1:HOTP-SHA1-6:QN08-T1M',
        'ocra.timeWindow': '60',
        'ocra.timeShift': '5',
      });
      await tokens.init({ type: 'ocra2', serial: 'O1', genkey: '1' });
      expect(await shown()).toEqual({
        info: { ocrasuite: 'OCRA-1:HOTP-SHA1-6:QN08-T1M', timeWindow: '60', timeShift: '5', timeStep: '60' },
        active: true,
        digits: 6,
      });
      for (const key of ['OcraDefaultSuite', 'ocra.timeWindow', 'ocra.timeShift']) {
        await tokens.ask('/system/delConfig', { key });
      }
    });

    it('is what an import of its seed is', async () => {
      const suite = 'OCRA-1:HOTP-SHA256-8:C-QN08';
      const line = `O1,${'31'.repeat(32)},ocra2,${suite}`;
      await tokens.admin.upload('/admin/loadtokens', { type: 'oathcsv' }, line);
      const { detail } = await tokens.login('/validate/check_s', {
        serial: 'O1',
        pass: '',
        data: '12345678',
      });
      const otp = ocraAt('12345678', { keyHex: '31'.repeat(32) });
      expect(await answer(String(detail?.['transactionid']), otp)).toMatchObject({ value: true });
    });

    it('leaves a temporary token to who has lost it', async () => {
      await tokens.init({ type: 'ocra2', serial: 'O1', genkey: '1', user: 'anna', pin: 'pin1' });
      const { result } = await tokens.ask('/admin/losttoken', { serial: 'O1' });
      const { password } = result.value as { password: string };
      expect(await tokens.byUser(`pin1${password}`)).toBe(true);
      expect(await shown()).toMatchObject({ active: false });
    });
  });
});
