import jsqr from 'jsqr';
import { PNG } from 'pngjs';

import { changed } from '../../../faults/given-users.js';
import type { Fields } from '../../../support/clients/admin-agent.js';
import { RFC_KEY_HEX, dayPasswordAt, hotpAt, motpAt, totpAt } from '../../../support/clients/otp.js';
import { Messages, newestOtp } from '../../validate/every-type/sent-otps.js';
import { EVERY_TYPE, SelfServiceScene } from '../scene.js';

/** `/userservice/enroll`: what a new token is, and what it is good for. */

const WITHIN_MS = 60_000;

let scene: SelfServiceScene;
let messages: Messages;

beforeAll(async () => {
  [scene, messages] = await Promise.all([SelfServiceScene.start(), Messages.start()]);
  for (const provider of messages.providers()) await changed(scene.admin, '/system/setProvider', provider);
}, WITHIN_MS);
afterAll(async () => {
  await scene?.stop();
  await messages?.close();
}, WITHIN_MS);
beforeEach(() => scene.begin(EVERY_TYPE));

interface Shown {
  readonly order: string;
  readonly description: string;
  readonly value: string;
  readonly img: string;
}
const pictured = (detail: object | undefined, key: string) => (detail as Record<string, Shown>)[key];
const hexIn = (detail: object | undefined) => pictured(detail, 'otpkey')?.value.replace('seed://', '') ?? '';

describe('a new token of one’s own', () => {
  describe('logs in', () => {
    it('hmac, with the seed that was made', async () => {
      const { detail, id } = await scene.enrolled({ type: 'hmac' });
      const keyHex = hexIn(detail);
      expect([id, keyHex]).toEqual([1, expect.stringMatching(/^[0-9a-f]{40}$/)]);
      await expect(scene.accepts('anna', hotpAt(0, { keyHex }))).resolves.toBe(true);
      await expect(scene.accepts('anna', hotpAt(0, { keyHex }))).resolves.toBe(false);
      await expect(scene.accepts('bernd', hotpAt(1, { keyHex }))).resolves.toBe(false);
    });

    it('totp', async () => {
      const keyHex = hexIn((await scene.enrolled({ type: 'totp' })).detail);
      await expect(scene.accepts('anna', totpAt(new Date(), { keyHex }))).resolves.toBe(true);
    });

    it('motp', async () => {
      const { detail } = await scene.enrolled({ type: 'motp', otppin: '4711' });
      const pass = motpAt(new Date(), { seed: hexIn(detail), pin: '4711' });
      await expect(scene.accepts('anna', pass)).resolves.toBe(true);
    });

    it('pw', async () => {
      await scene.enrolled({ type: 'pw', otpkey: 'a password' });
      await expect(scene.accepts('anna', 'a password')).resolves.toBe(true);
      await expect(scene.accepts('anna', 'a passw0rd')).resolves.toBe(false);
    });

    it('dpw', async () => {
      await scene.enrolled({ type: 'dpw', otpkey: '1234567890abcdef' });
      await expect(scene.accepts('anna', dayPasswordAt(new Date()))).resolves.toBe(true);
    });

    it('spass', async () => {
      await scene.allow(`${EVERY_TYPE}, setOTPPIN`);
      await scene.enrolled({ type: 'spass', pin: 'mypin' });
      await expect(scene.accepts('anna', 'mypin')).resolves.toBe(true);
      await expect(scene.accepts('anna', 'mypjn')).resolves.toBe(false);
    });

    it.each([
      { type: 'sms', phone: '+49 171 9' },
      { type: 'email', email_address: 'other@example.test' },
    ])('$type', async (form) => {
      await scene.allow(`${EVERY_TYPE}, setOTPPIN`);
      const { detail } = await scene.enrolled({ ...form, pin: 'mypin' });
      // Whoever gets the messages needs no seed.
      expect(Object.keys(detail ?? {})).toEqual(['serial']);
      const asked = await scene.check({ user: 'anna', pass: 'mypin' });
      messages.read();
      const transactionid = String(asked.detail?.['transactionid']);
      await expect(scene.accepts('anna', newestOtp(), { transactionid })).resolves.toBe(true);
    });
  });

  it('is told with its seed and its URL, which LinOTP’s portal reads as googleurl', async () => {
    const { detail } = await scene.enrolled({ type: 'totp', otpkey: RFC_KEY_HEX, description: 'mine' });
    const url = {
      order: '0',
      description: 'OTPAuth Url',
      value: 'otpauth://totp/LinOTP:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=LinOTP',
      img: expect.stringMatching(
        /^<img id="challenge_qrcode" .* width=250 .* src="data:image\/png;base64,[^"]+"\/>$/,
      ),
    };
    expect(detail).toEqual({
      serial: expect.stringMatching(/^TOTP\d{4}[0-9A-F]{4}$/),
      otpkey: {
        order: '1',
        description: 'OTP seed',
        value: `seed://${RFC_KEY_HEX}`,
        img: expect.stringMatching(/ width=200 /),
      },
      enrollment_url: url,
      googleurl: url,
    });
  });

  it('is theirs, in their realm, active, and its record says so', async () => {
    const { detail } = await scene.enrolled({ type: 'hmac', description: 'mine' }, 'bernd');
    await expect(scene.stored(detail?.serial ?? '')).resolves.toMatchObject({
      owner: '1001',
      realms: ['staff'],
      active: true,
      description: 'mine',
      paths: null,
    });
    await expect(scene.record('enroll')).resolves.toEqual({
      action: 'userservice/enroll',
      succeeded: true,
      serial: detail?.serial,
      token_type: 'HMAC',
      username: 'bernd',
      realm: 'staff',
      detail: 'tokennum = 1',
      info: '',
    });
  });

  it('is shown as a picture where that is asked for', async () => {
    const user = await scene.as('anna');
    const answer = await user
      .post('/userservice/enroll', { type: 'totp', otpkey: RFC_KEY_HEX, qr: 'png' })
      .buffer(true);
    expect(answer.type).toBe('image/png');
    const { data, width, height } = PNG.sync.read(answer.body);
    expect(jsqr.default(new Uint8ClampedArray(data), width, height)?.data).toBe(
      'otpauth://totp/LinOTP:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=LinOTP',
    );
  });

  // spec/token-types §3.6
  it.each<{ form: Fields; policy: string; stored: object }>([
    { form: { type: 'hmac' }, policy: '', stored: { digits: 6, hash: 'sha1' } },
    {
      form: { type: 'hmac' },
      policy: 'hmac_otplen=8, hmac_hashlib=2',
      stored: { digits: 8, hash: 'sha256' },
    },
    {
      form: { type: 'hmac', otplen: '6', hashlib: 'sha512' },
      policy: 'hmac_otplen=8, hmac_hashlib=2',
      stored: { digits: 6, hash: 'sha512' },
    },
    {
      form: { type: 'totp' },
      policy: 'totp_otplen=8, totp_hashlib=3',
      stored: { digits: 8, hash: 'sha512' },
    },
    {
      form: { type: 'totp', totp_otplen: '8', totp_hashlib: '2', otplen: '6', hashlib: 'sha512' },
      policy: '',
      stored: { digits: 8, hash: 'sha256' },
    },
  ])('$form is, where policies say "$policy", $stored', async ({ form, policy, stored }) => {
    await scene.allow(EVERY_TYPE, ...(policy ? [policy] : []));
    const { detail } = await scene.enrolled(form);
    await expect(scene.stored(detail?.serial ?? '')).resolves.toMatchObject(stored);
  });

  it('has the time step that policies say', async () => {
    await scene.allow(`${EVERY_TYPE}, totp_timestep=60`);
    const { detail } = await scene.enrolled({ type: 'totp' });
    expect(pictured(detail, 'googleurl')?.value).toContain('period=60');
    const keyHex = hexIn(detail);
    await expect(scene.accepts('anna', totpAt(new Date(), { keyHex, stepSeconds: 60 }))).resolves.toBe(true);
  });
});

describe('what is not the user’s to say', () => {
  it('is passed over', async () => {
    const { detail } = await scene.enrolled({
      type: 'hmac',
      user: 'bernd',
      realm: 'other',
      resConf: 'nosuch',
      scope: '{"path":["elsewhere"]}',
      rollout: '1',
      enable: 'false',
      timeWindow: '86400',
      phone: '1',
      maxfailcount: '1000',
    });
    await expect(scene.stored(detail?.serial ?? '')).resolves.toMatchObject({
      owner: '1000',
      realms: ['staff'],
      active: true,
      paths: null,
      description: '',
      info: {},
    });
  });

  it('the seed of a token whose OTPs are sent, which must be known to nobody', async () => {
    const { detail } = await scene.enrolled({ type: 'sms', phone: '+49 1', otpkey: RFC_KEY_HEX });
    const asked = await scene.check({ user: 'anna', pass: '' });
    const transactionid = String(asked.detail?.['transactionid']);
    expect(newestOtp()).not.toBe(hotpAt(1));
    await expect(scene.accepts('anna', hotpAt(1), { transactionid })).resolves.toBe(false);
    expect(detail?.serial).toMatch(/^LSSM/);
  });
});
