import type { Fields } from '../../support/clients/admin-agent.js';
import { dayPasswordAt } from '../../support/clients/otp.js';
import {
  AES_KEY,
  MOTP_SEED,
  type SomeFields,
  TokenServer,
  WITHIN_MS,
  motp,
  press,
} from '../../support/application/token-server.js';

/** Tokens of the types motp, dpw and yubikey, from their enrolment to their last login. */

let tokens: TokenServer;

beforeAll(async () => {
  tokens = await TokenServer.start();
}, WITHIN_MS);
afterAll(() => tokens?.stop(), WITHIN_MS);
beforeEach(() => tokens.removeAll());

const ask = (path: string, form: SomeFields) => tokens.ask(path, form);
const init = (form: SomeFields) => tokens.init(form);
const bySerial = (serial: string, pass: string) => tokens.bySerial(serial, pass);
const byUser = (pass: string) => tokens.byUser(pass);
const stored = (serial: string) => tokens.stored(serial);

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
    const shown = (await tokens.admin.get('/admin/show', { serial })).body.result.value.data;
    expect(shown).toEqual([expect.objectContaining({ 'LinOtp.TokenType': label })]);
    const v2 = (await tokens.admin.get(`/api/v2/tokens/${serial}`)).body.result.value;
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
    const { rows } = await tokens.database.query<{ text: string }>(
      `SELECT string_agg(concat_ws(' ', detail, info, username, administrator), ' ') AS text
       FROM audit_record WHERE serial = 'T1'`,
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
