import type pg from 'pg';
import request from 'supertest';

import { type AdminAgent, type Fields, adminAgent } from '../support/admin-agent.js';
import { type RunningApplication, startApplication } from '../support/application.js';
import { dayPasswordAt, motpAt, yubikeyOtp } from '../support/otp.js';

/** Tokens of the types motp, dpw and yubikey, from their enrolment to their last login. */

const WITHIN_MS = 60_000;
const MOTP_SEED = '1234567890abcdef';
const AES_KEY = '00112233445566778899aabbccddeeff';
const PUBLIC_ID = 'vvccccccdefg';
const RESOLVER = 'useridresolver.SQLIdResolver.IdResolver.first';

interface Reply {
  readonly result: {
    readonly status: boolean;
    readonly value?: unknown;
    readonly error?: { readonly code: number; readonly message: string };
  };
  readonly id: number;
  readonly detail?: Record<string, unknown>;
}
interface StoredToken {
  readonly type: string;
  readonly digits: number;
  readonly counter: number;
  readonly failures: number;
  readonly device_public_id: string | null;
  readonly device_private_id: string | null;
  readonly user_pin_sealed: Buffer | null;
}

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  await admin.upload('/tools/import_users', { resolver: 'first', passwords_in_plaintext: 'true' }, 'anna,1');
  for (const [path, form] of [
    ['/system/setRealm', { realm: 'one', resolvers: RESOLVER }],
    ['/system/setDefaultRealm', { realm: 'one' }],
  ] as const) {
    expect((await ask(path, form)).result).toMatchObject({ status: true });
  }
}, WITHIN_MS);

afterAll(async () => {
  await database?.end();
  await server?.stop();
}, WITHIN_MS);

beforeEach(async () => {
  await database.query('DELETE FROM token');
});

async function ask(path: string, form: Fields): Promise<Reply> {
  return (await admin.post(path, form)).body as Reply;
}
/** Of a table of forms, each lacks what the others have. */
type SomeFields = Readonly<Record<string, string | undefined>>;
const presentIn = (form: SomeFields): Fields =>
  Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
const init = (form: SomeFields) => ask('/admin/init', presentIn(form));
const errorOf = async (answer: Promise<Reply>) => (await answer).result.error;

/** What is answered to a login: by serial, and by its owner. */
async function login(path: string, form: Fields): Promise<Reply> {
  return (await request(server.url).post(path).type('form').send(form)).body as Reply;
}
const bySerial = async (serial: string, pass: string) =>
  (await login('/validate/check_s', { serial, pass })).result.value;
const byUser = async (pass: string) => (await login('/validate/check', { user: 'anna', pass })).result.value;

async function stored(serial: string): Promise<StoredToken> {
  const { rows } = await database.query<StoredToken>('SELECT * FROM token WHERE serial = $1', [serial]);
  const [token] = rows;
  if (!token) throw new Error(`no token ${serial}`);
  return { ...token, counter: Number(token.counter) };
}

const press = (counter: number, more: object = {}) =>
  yubikeyOtp({ keyHex: AES_KEY, usage: Math.floor(counter / 256), session: counter % 256, ...more });
const motp = (slots = 0, pin = '4711') => motpAt(new Date(), { seed: MOTP_SEED, pin, slots });
const today = () => dayPasswordAt(new Date());

const TYPES = [
  {
    name: 'motp',
    form: { type: 'motp', otpkey: MOTP_SEED, otppin: '4711' },
    label: 'mOTP',
    prefix: 'LSMO',
    right: () => motp(),
    // Just beyond its window of twenty slots, whichever slot it is by then.
    outside: () => motp(-25),
    again: false,
  },
  {
    name: 'dpw',
    form: { type: 'dpw', otpkey: MOTP_SEED },
    label: 'DPW',
    prefix: 'DOTP',
    right: today,
    outside: () => dayPasswordAt(new Date(Date.now() - 2 * 86_400_000)),
    again: true,
  },
  {
    name: 'yubikey',
    form: { type: 'yubikey', otpkey: AES_KEY, otplen: '44' },
    label: 'yubikey',
    prefix: 'UBAM',
    right: () => press(300),
    outside: () => press(300, { keyHex: 'ff'.repeat(16) }),
    again: false,
  },
] as const;

describe.each(TYPES)('a $name token', ({ form, label, prefix, right, outside, again }) => {
  const given = (more: Fields = {}) => init({ ...form, serial: 'T1', pin: 'pin1', user: 'anna', ...more });

  it('has its label in lists and its prefix in serials', async () => {
    const { detail } = await init(form);
    const serial = String(detail?.['serial']);
    expect(serial).toMatch(new RegExp(`^${prefix}\\d{4}[0-9A-F]{4}$`));
    const shown = (await admin.get('/admin/show', { serial })).body.result.value.data;
    expect(shown).toEqual([expect.objectContaining({ 'LinOtp.TokenType': label })]);
    const v2 = (await admin.get(`/api/v2/tokens/${serial}`)).body.result.value;
    expect(v2).toMatchObject({ type: label.toLowerCase() });
  });

  it.each([
    { by: 'its serial', ask: (pass: string) => bySerial('T1', pass) },
    { by: 'its owner', ask: byUser },
  ])('logs in by $by with PIN and value', async ({ ask: check }) => {
    await given();
    const value = right();
    await expect(check(`pin1${value}`)).resolves.toBe(true);
    await expect(check(`pin1${value}`)).resolves.toBe(again);
    await expect(stored('T1')).resolves.toMatchObject({ failures: again ? 0 : 1 });
  });

  it.each([
    { title: 'the wrong PIN', pass: () => `pin2${right()}` },
    { title: 'no PIN', pass: right },
    { title: 'the PIN alone', pass: () => 'pin1' },
    { title: 'nothing', pass: () => '' },
    { title: 'a value from outside', pass: () => `pin1${outside()}` },
    { title: 'more behind the value', pass: () => `pin1${right()}0` },
  ])('refuses $title, and counts it', async ({ pass }) => {
    await given();
    await expect(bySerial('T1', pass())).resolves.toBe(false);
    await expect(byUser(pass())).resolves.toBe(false);
    await expect(stored('T1')).resolves.toMatchObject({ failures: 2, counter: 0 });
  });

  it('logs nobody in while it is disabled or locked', async () => {
    await given();
    await ask('/admin/disable', { serial: 'T1' });
    await expect(bySerial('T1', `pin1${right()}`)).resolves.toBe(false);
    await ask('/admin/enable', { serial: 'T1' });
    await ask('/admin/set', { serial: 'T1', MaxFailCount: '2' });
    for (const _ of [1, 2]) await expect(byUser('pin1')).resolves.toBe(false);
    await expect(byUser(`pin1${right()}`)).resolves.toBe(false);
    await ask('/admin/reset', { serial: 'T1' });
    await expect(byUser(`pin1${right()}`)).resolves.toBe(true);
  });

  it('takes the value in front of the PIN where the installation says so', async () => {
    await given();
    await ask('/system/setConfig', { PrependPin: 'False' });
    try {
      await expect(bySerial('T1', `${right()}pin1`)).resolves.toBe(true);
    } finally {
      await ask('/system/setConfig', { PrependPin: 'True' });
    }
  });

  it('keeps what is spent when it is enrolled anew with the same seed', async () => {
    await given();
    const value = right();
    await expect(bySerial('T1', `pin1${value}`)).resolves.toBe(true);
    await given({ description: 'again' });
    await expect(bySerial('T1', `pin1${value}`)).resolves.toBe(again);
  });

  it('leaves no seed, PIN or value in the audit trail', async () => {
    await given();
    const value = right();
    await bySerial('T1', `pin1${value}`);
    const { rows } = await database.query<{ text: string }>(
      `SELECT string_agg(r::text, ' ') AS text FROM audit_record r WHERE serial = 'T1'`,
    );
    for (const secret of [form.otpkey, 'pin1', '4711', value]) expect(rows[0]?.text).not.toContain(secret);
  });
});

describe('of parallel logins with one value', () => {
  it.each(TYPES.filter(({ again }) => !again))('a $name token accepts one', async ({ form, right }) => {
    await init({ ...form, serial: 'T1' });
    const value = right();
    const answers = await Promise.all(Array.from({ length: 12 }, () => bySerial('T1', value)));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('a new Yubikey accepts one of two devices with one key', async () => {
    for (let round = 0; round < 5; round++) {
      await init({ type: 'yubikey', otpkey: AES_KEY, serial: `T${round}`, otplen: '44' });
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, turn) =>
          bySerial(`T${round}`, press(300 + turn, { privateId: turn % 2 ? 'a1a1a1a1a1a1' : 'b2b2b2b2b2b2' })),
        ),
      );
      const accepted = answers.flatMap((answer, turn) => (answer === true ? [turn % 2] : []));
      expect(accepted.length).toBeGreaterThan(0);
      expect(new Set(accepted).size).toBe(1);
      const { device_private_id: device } = await stored(`T${round}`);
      expect(device).toBe(accepted[0] ? 'a1a1a1a1a1a1' : 'b2b2b2b2b2b2');
    }
  });
});

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
    const { value } = detail?.['otpkey'] as { value: string };
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
    await database.query(`UPDATE token SET user_pin_sealed = $1 WHERE serial = 'LSMO2'`, [sealed]);
    await expect(bySerial('LSMO2', motp(1))).resolves.toBe(false);
    await database.query(`UPDATE token SET pin_sealed = $1 WHERE serial = 'LSMO1'`, [sealed]);
    await expect(bySerial('LSMO1', `4711${motp(1)}`)).resolves.toBe(false);
  });
});

describe('/admin/setPin', () => {
  beforeEach(async () => {
    await init({ type: 'motp', serial: 'LSMO1', otpkey: MOTP_SEED, otppin: '4711' });
  });
  const setPin = (form: SomeFields) => ask('/admin/setPin', presentIn(form));

  it('changes the PIN that the device asks for', async () => {
    await expect(setPin({ Serial: 'LSMO1', UserPin: '4712' })).resolves.toMatchObject({
      id: 1,
      result: { status: true, value: { 'set userpin': 1 } },
    });
    await expect(bySerial('LSMO1', motp())).resolves.toBe(false);
    await expect(bySerial('LSMO1', motp(0, '4712'))).resolves.toBe(true);
    const { rows } = await database.query(
      `SELECT succeeded, serial, token_type, r::text AS text FROM audit_record r WHERE action = 'admin/setPin' ORDER BY number DESC LIMIT 1`,
    );
    expect(rows).toEqual([
      { succeeded: true, serial: 'LSMO1', token_type: 'mOTP', text: expect.not.stringContaining('4712') },
    ]);
  });

  it.each([
    {
      title: 'nothing',
      form: { serial: 'LSMO1' },
      id: 1,
      code: 77,
      message: 'ERR77: Usage: setPin: parameters are        serial        userpin        sopin        ',
    },
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
    const { value } = detail?.['otpkey'] as { value: string };
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
    const [record] = (await admin.get('/admin/show', { serial: 'UBAM1' })).body.result.value.data;
    expect(record['LinOtp.TokenInfo']).toBe('{\n"yubikey.tokenid": "8792ebfe26cc"\n}');
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
