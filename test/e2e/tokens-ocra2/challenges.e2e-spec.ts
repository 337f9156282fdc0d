import { givePolicies } from '../../support/domain/given-policies.js';
import { isSigned, ocraAt, readByApp } from '../../support/clients/ocra-device.js';
import { type Reply, TokenServer, WITHIN_MS } from '../../support/application/token-server.js';

const KEY = '3132333435363738393031323334353637383930313233343536373839303132';
const TEXT = 'Transfer 12345678';

/** Through HTTP and a real PostgreSQL: what an OCRA2 token is asked, and what counts as an answer (spec/token-types §16.3, §16.4). */
describe('challenges of OCRA2 tokens', () => {
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

  const enrol = async (form: Readonly<Record<string, string>> = {}) => {
    const { result, detail } = await tokens.init({
      type: 'ocra2',
      serial: 'O1',
      user: 'anna',
      pin: 'pin1',
      otpkey: KEY,
      ...form,
    });
    expect(result).toMatchObject({ status: true, value: true });
    return detail;
  };
  const check = (form: Readonly<Record<string, string>>) =>
    tokens.login('/validate/check', { user: 'anna', ...form });
  const checkS = (form: Readonly<Record<string, string>>) =>
    tokens.login('/validate/check_s', { serial: 'O1', ...form });
  const checkT = async (state: string, pass: string) =>
    (await tokens.login('/validate/check_t', { state, pass })).result.value;
  /** @returns the transaction and the question */
  const asked = async (form: Readonly<Record<string, string>> = {}) => {
    const { result, detail } = await check({ pass: 'pin1', data: TEXT, ...form });
    expect(result).toEqual({ status: true, value: false });
    const { transactionid, challenge, message } = detail as Record<string, string>;
    return { state: transactionid ?? '', question: challenge ?? '', message: message ?? '' };
  };
  const stored = async () => {
    const { counter, failures } = await tokens.stored('O1');
    return { counter, failures };
  };
  const set = async (name: string, value: string) => tokens.ask('/system/setConfig', { [name]: value });

  it('are asked with what is to be signed, in a URL that the key has signed', async () => {
    await enrol();
    const { result, detail } = await check({ pass: 'pin1', data: TEXT });
    expect(result).toEqual({ status: true, value: false });
    const id = String(detail?.['transactionid']);
    const message = String(detail?.['message']);
    expect(id).toMatch(/^[1-9]\d{16}$/);
    expect(detail).toEqual({
      transactionid: id,
      message,
      request: TEXT,
      url: '',
      challenge: '12345678',
      ocraurl: { value: message, img: expect.stringContaining('data:image/png') },
      linotp_tokenserial: 'O1',
      linotp_tokentype: 'ocra2',
      linotp_tokendescription: '',
    });
    expect(message).toMatch(/^lseqr:\/\/req\?tr=\d+&ch=12345678&me=Transfer\+12345678&si=[0-9a-f]{64}$/);
    expect(isSigned(message, KEY)).toBe(true);
    expect(readByApp(message)).toMatchObject({ tr: id, ch: '12345678', me: TEXT });
    expect(await stored()).toEqual({ counter: 0, failures: 0 });
  });

  it.each([
    [
      'of the first of several texts',
      { challenge: '111', message: '222', data: '333' },
      /^1110000\d$/,
      '111',
    ],
    ['of the message before the data', { message: '222', data: '333' }, /^2220000\d$/, '222'],
    ['of what fits in of a longer text', { data: '12 34 56 78 90' }, /^12345678$/, '12 34 56 78 90'],
    ['with four zeros where nothing fits', { data: 'no digits' }, /^0000\d{4}$/, 'no digits'],
    ['of nothing but random digits', { data: TEXT, challenge_type: 'random' }, /^\d{8}$/, TEXT],
    ['of a hash', { data: TEXT, challenge_type: 'hash' }, /^\d{8}$/, TEXT],
  ])('make the question %s', async (_how, form, question, input) => {
    await enrol();
    const { detail } = await check({ pass: 'pin1', ...form });
    expect(detail).toMatchObject({ challenge: expect.stringMatching(question), request: input });
  });

  it('are not made by a PIN without a text, nor by a wrong PIN with one: both count', async () => {
    await enrol();
    expect((await check({ pass: 'pin1' })).detail).toBeUndefined();
    expect((await check({ pass: 'pin2', data: TEXT })).detail).toBeUndefined();
    expect(await stored()).toEqual({ counter: 0, failures: 2 });
  });

  it.each([
    ['the OTP with the transaction', (otp: string, state: string) => check({ pass: otp, state })],
    ['PIN and OTP with it', (otp: string, state: string) => check({ pass: `pin1${otp}`, state })],
    ['PIN and OTP without it', (otp: string) => check({ pass: `pin1${otp}` })],
    ['the OTP at check_s', (otp: string, state: string) => checkS({ pass: otp, transactionid: state })],
    ['PIN and OTP at check_s', (otp: string) => checkS({ pass: `pin1${otp}` })],
  ])('are answered by %s, once', async (_how, answer) => {
    await enrol();
    const { state, question } = await asked();
    const otp = ocraAt(question);
    expect((await answer(otp, state)).result.value).toBe(true);
    expect(await stored()).toEqual({ counter: 1, failures: 0 });
    expect((await answer(otp, state)).result.value).toBe(false);
    expect(await stored()).toEqual({ counter: 1, failures: 1 });
  });

  it('are answered at check_t, without and with the PIN', async () => {
    await enrol();
    const one = await asked();
    expect(await checkT(one.state, ocraAt(one.question))).toEqual({ value: true, failcount: 0 });
    expect(await checkT(one.state, ocraAt(one.question))).toEqual({ value: false, failcount: 1 });
    const other = await asked();
    expect(await checkT(other.state, `pin1${ocraAt(other.question, { counter: 1 })}`)).toEqual({
      value: true,
      failcount: 0,
    });
  });

  it('are not answered by the OTP of another question, by an OTP alone without their transaction, or by a wrong PIN', async () => {
    await enrol();
    const { state, question } = await asked();
    const otp = ocraAt(question);
    const wrong: readonly Readonly<Record<string, string>>[] = [
      { pass: ocraAt('87654321'), state },
      { pass: otp },
      { pass: `pin2${otp}` },
      { pass: `pin2${otp}`, state },
      { pass: otp, state: '99999999999999999' },
      { pass: '', state },
    ];
    for (const form of wrong) expect((await check(form)).result.value).toBe(false);
    expect(await stored()).toEqual({ counter: 0, failures: wrong.length });
  });

  it('take three wrong answers and one more, and then none', async () => {
    await enrol();
    const { state, question } = await asked();
    for (let wrong = 0; wrong < 4; wrong++) {
      expect((await check({ pass: '00000000', state })).result.value).toBe(false);
    }
    expect((await check({ pass: ocraAt(question), state })).result.value).toBe(false);
    const other = await asked();
    for (let wrong = 0; wrong < 3; wrong++) await check({ pass: '00000000', state: other.state });
    expect((await check({ pass: ocraAt(other.question), state: other.state })).result.value).toBe(true);
  });

  it('are good for their time, and for a token that may be used', async () => {
    await enrol();
    const expired = await asked();
    await tokens.database.query('UPDATE challenge SET expires_at = clock_timestamp()');
    expect((await check({ pass: ocraAt(expired.question), state: expired.state })).result.value).toBe(false);
    const { state, question } = await asked();
    await tokens.ask('/admin/disable', { serial: 'O1' });
    expect((await check({ pass: ocraAt(question), state })).result.value).toBe(false);
    await tokens.ask('/admin/enable', { serial: 'O1' });
    expect((await check({ pass: ocraAt(question), state })).result.value).toBe(true);
  });

  it('take counters of the window of the token, and none that is spent', async () => {
    await enrol();
    const one = await asked();
    expect(
      (await check({ pass: ocraAt(one.question, { counter: 10 }), state: one.state })).result.value,
    ).toBe(false);
    expect((await check({ pass: ocraAt(one.question, { counter: 9 }), state: one.state })).result.value).toBe(
      true,
    );
    expect(await stored()).toEqual({ counter: 10, failures: 0 });
    // The same question once more: what answered it is behind the counter.
    const other = await asked();
    expect(other.question).toBe(one.question);
    expect(
      (await check({ pass: ocraAt(one.question, { counter: 9 }), state: other.state })).result.value,
    ).toBe(false);
    expect(
      (await check({ pass: ocraAt(one.question, { counter: 10 }), state: other.state })).result.value,
    ).toBe(true);
  });

  it('are several at once, of which each may be answered; an answer closes the older ones', async () => {
    await enrol();
    const [one, two, three] = [
      await asked({ data: '1' }),
      await asked({ data: '2' }),
      await asked({ data: '3' }),
    ];
    expect((await check({ pass: `pin1${ocraAt(two.question)}` })).result.value).toBe(true);
    expect((await check({ pass: ocraAt(one.question, { counter: 1 }), state: one.state })).result.value).toBe(
      false,
    );
    expect(
      (await check({ pass: ocraAt(three.question, { counter: 1 }), state: three.state })).result.value,
    ).toBe(true);
  });

  describe('without a PIN, at check_s', () => {
    it('are made, and answered with the PIN alone', async () => {
      await enrol();
      const { detail, result } = await checkS({ data: TEXT });
      expect(result).toEqual({ status: true, value: false });
      const state = String(detail?.['transactionid']);
      const otp = ocraAt(String(detail?.['challenge']));
      expect((await checkS({ pass: otp, state })).result.value).toBe(false);
      expect(await checkT(state, otp)).toMatchObject({ value: false });
      expect(await checkT(state, `pin1${otp}`)).toMatchObject({ value: true });
    });

    it('are answered by the OTP of a token that has no PIN', async () => {
      await tokens.init({ type: 'ocra2', serial: 'O1', otpkey: KEY });
      const { detail } = await checkS({ challenge: TEXT });
      expect(
        (
          await checkS({
            pass: ocraAt(String(detail?.['challenge'])),
            state: String(detail?.['transactionid']),
          })
        ).result.value,
      ).toBe(true);
    });

    it('are not made without a text, nor at check', async () => {
      await enrol();
      expect(await checkS({})).toMatchObject({ result: { status: false, value: false } });
      expect((await tokens.login('/validate/check', { user: 'anna', data: TEXT })).detail).toBeUndefined();
      const { rows } = await tokens.database.query('SELECT 1 FROM challenge');
      expect(rows).toEqual([]);
    });
  });

  describe('that the server did not make', () => {
    it('are answered where the client names them, by a counter once', async () => {
      await enrol();
      const form = { challenge: '12345678', pass: `pin1${ocraAt('12345678')}` };
      expect((await check(form)).result.value).toBe(true);
      expect((await check(form)).result.value).toBe(false);
      expect((await checkS(form)).result.value).toBe(false);
      expect((await check({ ...form, pass: `pin1${ocraAt('12345678', { counter: 1 })}` })).result.value).toBe(
        true,
      );
      expect(await stored()).toMatchObject({ counter: 2 });
    });

    it.each([
      ['longer than the suite has them', '123456789'],
      ['of other characters', '1234567a'],
    ])('are not answered where they are %s', async (_what, challenge) => {
      await enrol();
      const otp = ocraAt(challenge.replace('a', ''));
      expect((await check({ challenge, pass: `pin1${otp}` })).result.value).toBe(false);
    });

    it('are answered by a time step once, and not at all where nothing would use them up', async () => {
      const timed = 'OCRA-1:HOTP-SHA256-8:QN08-T1M';
      await enrol({ ocrasuite: timed });
      const form = { challenge: '12345678', pass: `pin1${ocraAt('12345678', { suite: timed })}` };
      expect((await check(form)).result.value).toBe(true);
      expect((await check(form)).result.value).toBe(false);

      const plain = 'OCRA-1:HOTP-SHA256-8:QN08';
      await tokens.removeAll();
      await enrol({ ocrasuite: plain });
      const never = { challenge: '12345678', pass: `pin1${ocraAt('12345678', { suite: plain })}` };
      expect((await check(never)).result.value).toBe(false);
    });
  });

  describe.each([
    ['a PIN of the device', 'OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1', { pin: '4711' }],
    ['letters, by SHA-1', 'OCRA-1:HOTP-SHA1-6:C-QA32', {}],
    ['hexadecimal digits, by SHA-512', 'OCRA-1:HOTP-SHA512-10:C-QH40', {}],
    ['the time', 'OCRA-1:HOTP-SHA256-8:QN08-T1M', {}],
    ['counter and time', 'OCRA-1:HOTP-SHA256-8:C-QN08-T30S', {}],
    ['a session', 'OCRA-1:HOTP-SHA256-8:C-QN08-S064', { session: 'a session' }],
    ['nothing but the question', 'OCRA-1:HOTP-SHA256-6:QA08', {}],
    ['values that are not truncated', 'OCRA-1:HOTP-SHA256-0:C-QN08', {}],
  ] as const)('of a suite with %s', (_what, suite, state) => {
    it('are answered, once', async () => {
      await enrol({ ocrasuite: suite, ...('pin' in state && { ocrapin: state.pin }) });
      const session: Readonly<Record<string, string>> =
        'session' in state ? { ocra_session: state.session } : {};
      const one = await asked(session);
      const device = { suite, ...state };
      const wrong = ocraAt(one.question, { ...device, keyHex: '00'.repeat(32) });
      expect((await check({ pass: wrong, state: one.state })).result.value).toBe(false);
      const otp = ocraAt(one.question, device);
      expect((await check({ pass: otp, state: one.state })).result.value).toBe(true);
      expect((await check({ pass: otp, state: one.state })).result.value).toBe(false);
    });
  });

  it('of a suite without a counter are never chosen by the client altogether', async () => {
    const suite = 'OCRA-1:HOTP-SHA256-8:QA16';
    await enrol({ ocrasuite: suite });
    const [one, other] = [await asked({ data: 'a'.repeat(64) }), await asked({ data: 'a'.repeat(64) })];
    expect([one.question, other.question].every((text) => /^a{8}[0-9A-Za-z]{8}$/.test(text))).toBe(true);
    expect(one.question).not.toBe(other.question);
    expect((await check({ pass: ocraAt(one.question, { suite }), state: one.state })).result.value).toBe(
      true,
    );
    expect((await check({ pass: ocraAt(one.question, { suite }), state: other.state })).result.value).toBe(
      false,
    );
  });

  it('tell the app where to answer, as policies have it', async () => {
    const place = 'https://m.example.com/o?t=<transactionid>&s=<serial>&u=<user>&p=<password>';
    await givePolicies(tokens.database, [
      { scope: 'authentication', action: `qrtanurl="${place}", qrtanurl.other=https://other.example/` },
    ]);
    await enrol();
    const { detail } = await check({
      pass: 'pin1',
      data: TEXT,
      'callback.user': 'app',
      'callback.password': 'pw 1',
    });
    const { transactionid, message, url } = detail as Record<string, string>;
    expect(url).toBe(`https://m.example.com/o?t=${transactionid}&s=O1&u=app&p=pw 1`);
    // Encoded twice.
    expect(decodeURIComponent(String(readByApp(message ?? '')['u']).replaceAll('+', ' '))).toBe(url);
    expect(isSigned(message ?? '', KEY)).toBe(true);
    const { rows } = await tokens.database.query(
      `SELECT 1 FROM challenge c WHERE c::text LIKE '%pw 1%' OR c::text LIKE '%pw%2B1%'`,
    );
    expect(rows).toEqual([]);
    const other = await check({ pass: 'pin1', data: TEXT, 'callback.id': 'other' });
    expect(other.detail).toMatchObject({ url: 'https://other.example/' });
    for (const [name, value] of [
      ['no_callback', '1'],
      ['callback.id', 'nosuch'],
      ['callback.id', '../x'],
    ] as const) {
      expect((await check({ pass: 'pin1', data: TEXT, [name]: value })).detail).toMatchObject({ url: '' });
    }
  });

  it('are told as pictures', async () => {
    await enrol();
    const response = await fetch(`${tokens.server.url}/validate/check`, {
      method: 'POST',
      body: new URLSearchParams({ user: 'anna', pass: 'pin1', data: TEXT, qr: 'png' }),
    });
    expect(response.headers.get('content-type')).toBe('image/png');
  });

  it('sign a long text, too, of which there is no picture', async () => {
    await enrol();
    const { detail } = await check({ pass: 'pin1', data: 'ä'.repeat(2_000), qr: 'png' });
    expect(detail).toMatchObject({ request: 'ä'.repeat(1_000), ocraurl: { img: '' } });
    expect(isSigned(String(detail?.['message']), KEY)).toBe(true);
  });

  it('are shown to administrators, and to who polls with the PIN', async () => {
    await enrol();
    const { state, question, message } = await asked();
    await check({ pass: '00000000', state });
    const status = await tokens.ask('/admin/checkstatus', { transactionid: state });
    const { values } = status.result.value as {
      values: Record<string, { challenges: object; tokeninfo: object }>;
    };
    expect(values['O1']?.challenges).toMatchObject({
      [state]: {
        transid: state,
        challenge: message,
        data: { serial: 'O1', challenge: question, input: TEXT, url: '' },
        received_tan: true,
        valid_tan: false,
        session: { status: 'open' },
      },
    });
    expect(values['O1']?.tokeninfo).toMatchObject({ type: 'ocra2', mode: ['challenge'] });
    await check({ pass: ocraAt(question), state });
    const polled = await tokens.login('/validate/check_status', { state, pass: 'pin1' });
    expect(polled.detail).toMatchObject({
      transactions: {
        [state]: {
          received_count: 2,
          valid_tan: true,
          status: 'closed',
          token: { serial: 'O1', type: 'ocra2' },
        },
      },
    });
  });

  describe('of a device that ran ahead', () => {
    it('resynchronise it by two answers that an administrator gives with their questions', async () => {
      await enrol();
      const form = (first: number, second: number) => ({
        serial: 'O1',
        otp1: ocraAt('11111111', { counter: first }),
        otp2: ocraAt('22222222', { counter: second }),
        challenge1: '11111111',
        challenge2: '22222222',
      });
      const resync = async (fields: Readonly<Record<string, string>>) =>
        (await tokens.ask('/admin/resync', fields)).result.value;
      expect(await resync(form(50, 52))).toBe(false);
      const { challenge1: _one, challenge2: _two, ...without } = form(50, 51);
      expect((await tokens.ask('/admin/resync', without)).result).toMatchObject({
        status: false,
        error: { code: -311, message: expect.stringContaining('challenge1 and challenge2') },
      });
      expect(await resync(form(50, 51))).toBe(true);
      expect(await stored()).toMatchObject({ counter: 52 });
      expect(await resync(form(50, 51))).toBe(false);
    });

    it('find it again by two answers in a row, where that is switched on', async () => {
      await enrol();
      const one = await asked();
      await check({ pass: ocraAt(one.question, { counter: 40 }), state: one.state });
      await set('AutoResync', 'True');
      const two = await asked();
      expect(
        (await check({ pass: ocraAt(two.question, { counter: 40 }), state: two.state })).result.value,
      ).toBe(false);
      expect((await check({ pass: `pin1${ocraAt(two.question, { counter: 41 })}` })).result.value).toBe(true);
      expect(await stored()).toEqual({ counter: 42, failures: 0 });
      await set('AutoResync', 'False');
    });
  });

  it('go by a forward token, too', async () => {
    await tokens.init({ type: 'ocra2', serial: 'O1', otpkey: KEY, pin: 'its own' });
    await tokens.init({ type: 'forward', serial: 'F1', 'forward.serial': 'O1', user: 'anna', pin: 'pin1' });
    const { state, question } = await asked();
    expect((await check({ pass: ocraAt(question), state })).result.value).toBe(true);
    expect((await check({ pass: ocraAt(question), state })).result.value).toBe(false);
    expect(await stored()).toMatchObject({ counter: 1 });
  });

  it('are recorded like any other', async () => {
    await enrol();
    const { state, question } = await asked();
    await check({ pass: '00000000', state });
    await check({ pass: ocraAt(question), state });
    const { rows } = await tokens.database.query<{ detail: string; succeeded: boolean; token_type: string }>(
      `SELECT detail, succeeded, token_type FROM audit_record WHERE action = 'validate/check' AND serial = 'O1'
       ORDER BY number DESC LIMIT 3`,
    );
    expect(rows).toEqual([
      { detail: `user 'anna'@'one' successfully authenticated.`, succeeded: true, token_type: 'ocra2' },
      { detail: 'wrong otp pin -1', succeeded: false, token_type: 'ocra2' },
      { detail: 'challenge created', succeeded: false, token_type: 'ocra2' },
    ]);
  });

  const pinReply = async (form: Readonly<Record<string, string>>): Promise<Reply['result']> =>
    (await tokens.ask('/admin/setPin', form)).result;

  it('take the PIN of the device that an administrator sets, and none before one is set', async () => {
    const suite = 'OCRA-1:HOTP-SHA256-8:C-QN08-PSHA256';
    await enrol({ ocrasuite: suite });
    const { state, question } = await asked();
    expect((await check({ pass: ocraAt(question, { suite }), state })).result.value).toBe(false);
    expect(await pinReply({ serial: 'O1', userpin: '0815' })).toMatchObject({ value: { 'set userpin': 1 } });
    const other = await asked();
    const otp = (pin: string) => ocraAt(other.question, { suite, pin });
    expect((await check({ pass: otp('4711'), state: other.state })).result.value).toBe(false);
    expect((await check({ pass: otp('0815'), state: other.state })).result.value).toBe(true);
  });
});
