import { ocraAt } from '../../support/clients/ocra-device.js';
import type { Reply } from '../../support/application/token-server.js';
import { KEY, givenChallenges } from './given-challenges.js';

/** Through HTTP and a real PostgreSQL: what counts as an answer of an OCRA2 token (spec/token-types §16.4). */
describe('answers to challenges of OCRA2 tokens', () => {
  const scene = givenChallenges();
  const { enrol, check, checkS, checkT, asked, stored, set } = scene;

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
    await scene.tokens.database.query('UPDATE challenge SET expires_at = clock_timestamp()');
    expect((await check({ pass: ocraAt(expired.question), state: expired.state })).result.value).toBe(false);
    const { state, question } = await asked();
    await scene.tokens.ask('/admin/disable', { serial: 'O1' });
    expect((await check({ pass: ocraAt(question), state })).result.value).toBe(false);
    await scene.tokens.ask('/admin/enable', { serial: 'O1' });
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
      await scene.tokens.removeAll();
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
        (await scene.tokens.ask('/admin/resync', fields)).result.value;
      expect(await resync(form(50, 52))).toBe(false);
      const { challenge1: _one, challenge2: _two, ...without } = form(50, 51);
      expect((await scene.tokens.ask('/admin/resync', without)).result).toMatchObject({
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
    await scene.tokens.init({ type: 'ocra2', serial: 'O1', otpkey: KEY, pin: 'its own' });
    await scene.tokens.init({
      type: 'forward',
      serial: 'F1',
      'forward.serial': 'O1',
      user: 'anna',
      pin: 'pin1',
    });
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
    const { rows } = await scene.tokens.database.query<{
      detail: string;
      succeeded: boolean;
      token_type: string;
    }>(
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
    (await scene.tokens.ask('/admin/setPin', form)).result;

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
