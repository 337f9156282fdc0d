import { givePolicies } from '../../support/domain/given-policies.js';
import { isSigned, ocraAt, readByApp } from '../../support/clients/ocra-device.js';
import { KEY, TEXT, givenChallenges } from './given-challenges.js';

/** Through HTTP and a real PostgreSQL: what an OCRA2 token is asked (spec/token-types §16.3). */
describe('challenges of OCRA2 tokens', () => {
  const scene = givenChallenges();
  const { enrol, check, checkS, checkT, asked, stored } = scene;

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
      await scene.tokens.init({ type: 'ocra2', serial: 'O1', otpkey: KEY });
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

    it('do not say what the token is called, which those with its PIN are told', async () => {
      await enrol({ description: 'Anna’s telephone' });
      const named = async (form: Readonly<Record<string, string>>) =>
        (await checkS({ data: TEXT, ...form })).detail?.['linotp_tokendescription'];
      expect(await named({})).toBe('');
      expect(await named({ pass: 'pin1' })).toBe('Anna’s telephone');
    });

    it('are not made without a text, nor at check', async () => {
      await enrol();
      expect(await checkS({})).toMatchObject({ result: { status: false, value: false } });
      expect(
        (await scene.tokens.login('/validate/check', { user: 'anna', data: TEXT })).detail,
      ).toBeUndefined();
      const { rows } = await scene.tokens.database.query('SELECT 1 FROM challenge');
      expect(rows).toEqual([]);
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
    await givePolicies(scene.tokens.database, [
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
    const { rows } = await scene.tokens.database.query(
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
    const response = await fetch(`${scene.tokens.server.url}/validate/check`, {
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
    const status = await scene.tokens.ask('/admin/checkstatus', { transactionid: state });
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
    const polled = await scene.tokens.login('/validate/check_status', { state, pass: 'pin1' });
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
});
