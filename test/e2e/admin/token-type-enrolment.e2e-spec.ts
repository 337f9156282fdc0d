import { dayPasswordAt, motpAt } from '../../support/clients/otp.js';
import {
  AES_KEY,
  MOTP_SEED,
  PUBLIC_ID,
  type Reply,
  type SomeFields,
  TokenServer,
  WITHIN_MS,
  motp,
  press,
} from '../../support/application/token-server.js';

let tokens: TokenServer;

beforeAll(async () => {
  tokens = await TokenServer.start();
}, WITHIN_MS);
afterAll(() => tokens?.stop(), WITHIN_MS);
beforeEach(() => tokens.removeAll());

const ask = (path: string, form: SomeFields) => tokens.ask(path, form);
const init = (form: SomeFields) => tokens.init(form);
const bySerial = (serial: string, pass: string) => tokens.bySerial(serial, pass);
const stored = (serial: string) => tokens.stored(serial);
const errorOf = async (answer: Promise<Reply>) => (await answer).result.error;
/** As `/admin/init` answers it. */
const seedIn = (detail: Reply['detail']) => (detail as { otpkey: { value: string } }).otpkey.value;

describe('/admin/init of a mOTP token', () => {
  const form = { type: 'motp', serial: 'LSMO1', otppin: '4711' };

  it('answers with the seed as it was written, and an enrolment URL of its text', async () => {
    const answer = await init({ ...form, otpkey: '0123 4567-89ABCDEF', user: 'anna' });
    const link = {
      order: '0',
      description: 'OTPAuth Url',
      value: 'otpauth://motp/LinOTP:anna?secret=GAYTEMZUGU3DOOBZIFBEGRCFIY&issuer=LinOTP',
    };
    expect(answer).toMatchObject({
      result: { status: true, value: true },
      detail: {
        serial: 'LSMO1',
        otpkey: { order: '1', description: 'OTP seed', value: 'seed://0123456789ABCDEF' },
        googleurl: link,
        enrollment_url: link,
      },
    });
    expect(Object.keys(answer.detail ?? {})).toEqual(['otpkey', 'serial', 'enrollment_url', 'googleurl']);
  });

  it('makes a seed of sixteen hexadecimal digits in capitals, which logs in', async () => {
    const { detail } = await init({ ...form, genkey: '1' });
    const value = seedIn(detail);
    expect(value).toMatch(/^seed:\/\/[0-9A-F]{16}$/);
    const seed = value.slice('seed://'.length);
    await expect(bySerial('LSMO1', motpAt(new Date(), { seed, pin: '4711' }))).resolves.toBe(true);
  });

  it.each([
    { title: 'no seed', more: {}, code: 905, message: "ERR905: Missing parameter: 'otpkey'" },
    {
      title: 'no PIN for the device',
      more: { otpkey: MOTP_SEED, otppin: '' },
      code: 905,
      message: "ERR905: Missing parameter: 'otppin'",
    },
    {
      title: 'a PIN that is too long',
      more: { otpkey: MOTP_SEED, otppin: '1'.repeat(128) },
      code: -311,
      message: 'otppin is longer than 127 characters',
    },
    {
      title: 'a seed that is not hexadecimal',
      more: { otpkey: 'no seed' },
      code: -311,
      message: "'The provided token seed contains non-hexadecimal characters'",
    },
    {
      title: 'a seed and the wish for one',
      more: { otpkey: MOTP_SEED, genkey: '1' },
      code: 344,
      message: 'ERR344: [ParameterError] You may either specifygenkey or otpkey, but not both!',
    },
    {
      title: 'seven characters',
      more: { otpkey: MOTP_SEED, otplen: '7' },
      code: -311,
      message: "unsupported digits '7'",
    },
  ])('refuses $title', async ({ more, code, message }) => {
    await expect(errorOf(init({ ...form, ...more }))).resolves.toEqual({ code, message });
    await expect(stored('LSMO1')).rejects.toThrow('no token');
  });

  it('seals the PIN, and binds it to its row and column', async () => {
    await init({ ...form, otpkey: MOTP_SEED });
    await init({ ...form, otpkey: MOTP_SEED, serial: 'LSMO2', otppin: '4712' });
    const { user_pin_sealed: sealed } = await stored('LSMO1');
    expect(sealed?.toString('latin1')).not.toContain('4711');
    await expect(bySerial('LSMO2', motp(0, '4712'))).resolves.toBe(true);
    await tokens.database.query(`UPDATE token SET user_pin_sealed = $1 WHERE serial = 'LSMO2'`, [sealed]);
    await expect(bySerial('LSMO2', motp(1))).resolves.toBe(false);
    await tokens.database.query(`UPDATE token SET pin_sealed = $1 WHERE serial = 'LSMO1'`, [sealed]);
    await expect(bySerial('LSMO1', `4711${motp(1)}`)).resolves.toBe(false);
  });
});

describe('/admin/setPin', () => {
  beforeEach(async () => {
    await init({ type: 'motp', serial: 'LSMO1', otpkey: MOTP_SEED, otppin: '4711' });
  });
  const setPin = (form: SomeFields) => ask('/admin/setPin', form);

  it('changes the PIN that the device asks for', async () => {
    await expect(setPin({ Serial: 'LSMO1', UserPin: '4712' })).resolves.toMatchObject({
      id: 1,
      result: { status: true, value: { 'set userpin': 1 } },
    });
    await expect(bySerial('LSMO1', motp())).resolves.toBe(false);
    await expect(bySerial('LSMO1', motp(0, '4712'))).resolves.toBe(true);
    const { rows } = await tokens.database.query(
      `SELECT succeeded, serial, token_type, detail FROM audit_record WHERE action = 'admin/setPin'
       ORDER BY number DESC LIMIT 1`,
    );
    expect(rows).toEqual([
      { succeeded: true, serial: 'LSMO1', token_type: 'mOTP', detail: expect.not.stringContaining('4712') },
    ]);
  });

  it.each([
    {
      title: 'no serial',
      form: { userpin: '1' },
      id: 0,
      code: 905,
      message: "ERR905: Missing parameter: 'serial'",
    },
    {
      title: 'an empty PIN',
      form: { serial: 'LSMO1', userpin: '' },
      id: 0,
      code: 905,
      message: "ERR905: Missing parameter: 'userpin'",
    },
    {
      title: 'the serial of no token',
      form: { serial: 'LSMO9', userpin: '1' },
      id: 0,
      code: 1102,
      message: 'ERR1102: No token with serial LSMO9 found',
    },
    {
      title: 'the serial of another type',
      form: { serial: 'OATH1', userpin: '1' },
      id: 0,
      code: -311,
      message: 'This type of pin cannot be set for a HMAC token.',
    },
  ])('refuses $title', async ({ form, id, code, message }) => {
    await init({ type: 'hmac', serial: 'OATH1', genkey: '1' });
    await expect(setPin(form)).resolves.toMatchObject({ id, result: { error: { code, message } } });
    await expect(bySerial('LSMO1', motp())).resolves.toBe(true);
  });
});

describe('/admin/init of a day password', () => {
  it('takes any text as the seed, and answers with it', async () => {
    const otpkey = 'any Text - with blanks ';
    const answer = await init({ type: 'dpw', serial: 'DOTP1', otpkey, otplen: '8' });
    expect(answer.detail).toMatchObject({ otpkey: { value: `seed://${otpkey}` }, serial: 'DOTP1' });
    expect(Object.keys(answer.detail ?? {})).toEqual(['otpkey', 'serial']);
    const value = dayPasswordAt(new Date(), { seed: otpkey, digits: 8 });
    await expect(bySerial('DOTP1', value)).resolves.toBe(true);
    await expect(stored('DOTP1')).resolves.toMatchObject({ counter: 2, digits: 8 });
  });

  it('makes a seed where one is wanted', async () => {
    const { detail } = await init({ type: 'dpw', serial: 'DOTP1', genkey: '1' });
    const value = seedIn(detail);
    expect(value).toMatch(/^seed:\/\/[0-9a-f]{40}$/);
    const seed = value.slice('seed://'.length);
    await expect(bySerial('DOTP1', dayPasswordAt(new Date(), { seed }))).resolves.toBe(true);
  });

  it.each([
    { title: 'no seed', more: {}, message: "ERR905: Missing parameter: 'otpkey'" },
    { title: 'no digits', more: { otpkey: 'x', otplen: '0' }, message: "unsupported digits '0'" },
  ])('refuses $title', async ({ more, message }) => {
    await expect(errorOf(init({ type: 'dpw', ...more }))).resolves.toMatchObject({ message });
  });
});

describe('/admin/init of a Yubikey', () => {
  const form = { type: 'yubikey', serial: 'UBAM1', otpkey: AES_KEY };

  it.each([
    { more: {}, digits: 48, device: null },
    { more: { otplen: '44' }, digits: 44, device: null },
    { more: { public_uid: 'VVccccccdefg' }, digits: 44, device: PUBLIC_ID },
    { more: { public_uid: PUBLIC_ID, otplen: '48' }, digits: 48, device: PUBLIC_ID },
  ])('takes the length of values from $more', async ({ more, digits, device }) => {
    const { detail } = await init({ ...form, ...more });
    expect(detail).toMatchObject({ otpkey: { value: `seed://${AES_KEY}` }, serial: 'UBAM1' });
    await expect(stored('UBAM1')).resolves.toMatchObject({ digits, device_public_id: device });
  });

  it.each([
    { title: 'no key', more: { otpkey: '' }, message: "ERR905: Missing parameter: 'otpkey'" },
    {
      title: 'a key of another length',
      more: { otpkey: 'ff'.repeat(20) },
      message: 'the otpkey of a yubikey is an AES key: 32 hexadecimal digits',
    },
    {
      title: 'a public id that is no modhex',
      more: { public_uid: 'anna' },
      message: 'public_uid must be modhex: an even number of the letters cbdefghijklnrtuv, at most 32',
    },
    { title: 'less than a block', more: { otplen: '31' }, message: "unsupported digits '31'" },
  ])('refuses $title', async ({ more, message }) => {
    await expect(errorOf(init({ ...form, ...more }))).resolves.toMatchObject({ message });
    await expect(stored('UBAM1')).rejects.toThrow('no token');
  });

  it('learns the device from the first value, and forgets it when another one is given out', async () => {
    await init({ ...form, otplen: '44' });
    await expect(bySerial('UBAM1', press(300))).resolves.toBe(true);
    await expect(stored('UBAM1')).resolves.toMatchObject({ device_private_id: '8792ebfe26cc', counter: 301 });
    const other = { privateId: '000000000001' };
    await expect(bySerial('UBAM1', press(400, other))).resolves.toBe(false);
    const [record] = (await tokens.admin.get('/admin/show', { serial: 'UBAM1' })).body.result.value.data;
    expect(JSON.parse(record['LinOtp.TokenInfo'])).toMatchObject({ 'yubikey.tokenid': '8792ebfe26cc' });
    await init({ ...form, otplen: '44', public_uid: PUBLIC_ID });
    await expect(bySerial('UBAM1', press(400, { ...other, publicId: 'cccccccccccb' }))).resolves.toBe(false);
    await expect(bySerial('UBAM1', press(400, other))).resolves.toBe(true);
    await expect(bySerial('UBAM1', press(300))).resolves.toBe(false);
  });

  it('is found again by two consecutive values, which are spent then', async () => {
    await init({ ...form, otplen: '44' });
    const resync = async (otp1: string, otp2: string) =>
      (await ask('/admin/resync', { serial: 'UBAM1', otp1, otp2 })).result.value;
    await expect(resync(press(511), press(513))).resolves.toBe(false);
    await expect(resync(press(511), press(512, { privateId: '000000000001' }))).resolves.toBe(false);
    await expect(stored('UBAM1')).resolves.toMatchObject({ counter: 0, device_private_id: null });
    await expect(resync(press(511), press(512))).resolves.toBe(true);
    await expect(stored('UBAM1')).resolves.toMatchObject({ counter: 513, device_private_id: '8792ebfe26cc' });
    await expect(bySerial('UBAM1', press(512))).resolves.toBe(false);
    await expect(bySerial('UBAM1', press(513))).resolves.toBe(true);
    await expect(resync(press(511), press(512))).resolves.toBe(false);
  });
});

describe('/admin/init with onetime', () => {
  it.each([
    { type: 'pw', otpkey: 'geheim', pass: 'geheim' },
    { type: 'spass', otpkey: undefined, pass: '' },
  ])('makes a $type token that is good for one login', async ({ type, otpkey, pass }) => {
    await init({ type, otpkey, serial: 'T1', onetime: '1', pin: 'pin1' });
    await expect(stored('T1')).resolves.toMatchObject({ max_successes: 1 });
    const answers = await Promise.all([1, 2, 3, 4].map(() => bySerial('T1', `pin1${pass}`)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    await expect(bySerial('T1', `pin1${pass}`)).resolves.toBe(false);
    // Enrolled anew with another secret, it is another login.
    await init({ type, otpkey, serial: 'T1', onetime: '1' });
    await expect(bySerial('T1', `pin1${pass}`)).resolves.toBe(true);
  });

  it('says nothing of other types', async () => {
    await init({ type: 'hmac', genkey: '1', serial: 'T1', onetime: '1' });
    await expect(stored('T1')).resolves.toMatchObject({ max_successes: null });
  });
});
