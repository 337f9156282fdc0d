import { changed, enrol } from '../../../faults/given-users.js';
import { hotpAt } from '../../../support/clients/otp.js';
import type { UserAgent } from '../../../support/clients/user-agent.js';
import { Messages, newestOtp } from '../../validate/every-type/sent-otps.js';
import { type Envelope, SelfServiceScene, errorOf } from '../scene.js';

/** `/userservice/verify`: whether a token works, without its PIN. */

const WITHIN_MS = 60_000;

let scene: SelfServiceScene;
let messages: Messages;
let anna: UserAgent;

beforeAll(async () => {
  [scene, messages] = await Promise.all([SelfServiceScene.start(), Messages.start()]);
  for (const provider of messages.providers()) await changed(scene.admin, '/system/setProvider', provider);
}, WITHIN_MS);
afterAll(async () => {
  await scene?.stop();
  await messages?.close();
}, WITHIN_MS);
beforeEach(async () => {
  await scene.begin('verify');
  await enrol(scene.admin, 'H', { user: 'anna', pin: 'pin' });
  await enrol(scene.admin, 'SMS', { type: 'sms', phone: '+49 1', user: 'anna', pin: 'pin' });
  await enrol(scene.admin, 'HIS', { user: 'bernd', pin: 'pin' });
  anna = await scene.as('anna');
});

async function verify(parameters: object, agent = anna): Promise<Envelope> {
  return (await agent.post('/userservice/verify', parameters)).body as Envelope;
}
const valueOf = async (parameters: object, agent = anna) => (await verify(parameters, agent)).result.value;
const refusal = (parameters: object) => errorOf(anna.post('/userservice/verify', parameters));
async function triggered(): Promise<string> {
  const { detail } = await verify({ serial: 'SMS' });
  return String(detail?.['transactionId']);
}

describe('a token whose OTPs are at hand', () => {
  it('is not asked', async () => {
    await expect(verify({ serial: 'H' })).resolves.toMatchObject({
      result: { status: true, value: false },
      id: 1,
      detail: { message: 'Please enter your otp', replyMode: ['offline'] },
    });
    const { rows } = await scene.database.query('SELECT 1 FROM challenge');
    expect(rows).toEqual([]);
  });

  it('shows by its OTP alone that it works, once on two nodes', async () => {
    const agents = await Promise.all([0, 1].map((node) => scene.as('anna', node)));
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, place) => valueOf({ serial: 'H', otp: hotpAt(0) }, agents[place % 2])),
    );
    expect(answers.filter(Boolean)).toEqual([true]);
    await expect(scene.stored('H')).resolves.toMatchObject({ counter: 1 });
    await expect(scene.accepts('anna', `pin${hotpAt(0)}`)).resolves.toBe(false);
    await expect(scene.accepts('anna', `pin${hotpAt(1)}`)).resolves.toBe(true);
  });

  it('by GET, too, and where policies have it asked by challenges', async () => {
    await scene.give(
      { scope: 'selfservice', action: 'verify' },
      { scope: 'authentication', action: 'challenge_response=*' },
    );
    const { body } = await anna.get('/userservice/verify', { serial: 'H', otp: hotpAt(0) });
    expect(body).toMatchObject({ result: { status: true, value: true }, id: 1 });
    expect(body.detail).toBeUndefined();
    await expect(verify({ serial: 'H' })).resolves.toMatchObject({
      detail: { message: 'Please enter your otp' },
    });
  });

  it('counts wrong OTPs, and is locked by them', async () => {
    for (let failures = 1; failures <= 10; failures++) {
      await expect(valueOf({ serial: 'H', otp: '000000' })).resolves.toBe(false);
      await scene.database.query(`UPDATE token SET blocked_until = '{}'`);
      await expect(scene.stored('H')).resolves.toMatchObject({ failures });
    }
    await expect(valueOf({ serial: 'H', otp: hotpAt(0) })).resolves.toBe(false);
    await expect(scene.accepts('anna', `pin${hotpAt(0)}`)).resolves.toBe(false);
  });

  it('is none that works while it is disabled', async () => {
    await changed(scene.admin, '/admin/disable', { serial: 'H' });
    await expect(valueOf({ serial: 'H', otp: hotpAt(0) })).resolves.toBe(false);
  });

  it('has been used from then on, where such times are kept', async () => {
    await changed(scene.admin, '/system/setConfig', { 'token.last_access': 'True' });
    const seen = async () => {
      const { body } = await anna.post('/userservice/usertokenlist');
      const tokens = body.result.value as Record<string, string>[];
      return tokens.find((token) => token['LinOtp.TokenSerialnumber'] === 'H')?.['LinOtp.LastAuthSuccess'];
    };
    await expect(seen()).resolves.toBe('');
    await valueOf({ serial: 'H', otp: '000000' });
    await expect(seen()).resolves.toBe('');
    await scene.database.query(`UPDATE token SET blocked_until = '{}'`);
    await expect(valueOf({ serial: 'H', otp: hotpAt(0) })).resolves.toBe(true);
    await expect(seen()).resolves.toMatch(/\d{4}/);
  });
});

describe('a token whose OTPs are sent', () => {
  it('sends one, is looked at, and answered', async () => {
    const asked = await verify({ serial: 'SMS' });
    expect(asked).toMatchObject({ result: { status: true, value: false }, id: 1 });
    expect(asked.detail).toEqual({
      message: 'sms submitted',
      replyMode: ['offline'],
      transactionId: expect.stringMatching(/^\d{17}$/),
    });
    const transactionid = String(asked.detail?.['transactionId']);
    const otp = newestOtp().split(' ')[0] ?? '';
    await expect(verify({ transactionid })).resolves.toMatchObject({
      result: { status: true, value: false },
      detail: {
        received_count: 0,
        received_tan: false,
        valid_tan: false,
        message: 'sms submitted',
        status: 'open',
      },
    });
    await expect(valueOf({ transactionid, otp: '000000' })).resolves.toBe(false);
    await scene.database.query(`UPDATE token SET blocked_until = '{}'`);
    await expect(valueOf({ serial: 'SMS', transactionid, otp })).resolves.toBe(true);
    await expect(verify({ state: transactionid })).resolves.toMatchObject({
      result: { status: true, value: true },
      detail: { received_count: 2, received_tan: true, valid_tan: true, status: 'closed' },
    });
    await expect(valueOf({ transactionid, otp })).resolves.toBe(false);
  });

  it('says what it is for', async () => {
    await triggered();
    expect(newestOtp()).toMatch(/^\d{6} SelfService token test\n\nToken: sms\nSerial: SMS\nUser: anna$/);
  });

  it('sends no other one at once', async () => {
    await triggered();
    await expect(refusal({ serial: 'SMS' })).resolves.toEqual({
      code: -311,
      message: 'sms with otp already submitted',
      id: 1,
    });
    const { rows } = await scene.database.query(
      `SELECT count(*)::int AS count FROM audit_record WHERE action = 'userservice/verify' AND serial = 'SMS'`,
    );
    expect(rows[0].count % 2).toBe(0);
  });

  it('sends none for a wrong OTP, which counts', async () => {
    await triggered();
    const before = newestOtp();
    await expect(verify({ serial: 'SMS', otp: '000000' })).resolves.not.toHaveProperty('detail');
    expect(newestOtp()).toBe(before);
    await expect(scene.stored('SMS')).resolves.toMatchObject({ failures: 1 });
  });

  it('answers nothing any more once its challenge has expired', async () => {
    const transactionid = await triggered();
    await scene.database.query(`UPDATE challenge SET expires_at = now() - interval '1 second'`);
    const expired = { code: -311, message: 'challenge already expired!', id: 1 };
    await expect(refusal({ transactionid })).resolves.toEqual(expired);
    await expect(refusal({ transactionid, otp: newestOtp() })).resolves.toEqual(expired);
  });
});

describe('what is refused', () => {
  it.each([
    { parameters: {}, error: { code: 905, message: 'ERR905: Missing parameter: serial or transactionid' } },
    { parameters: { otp: '123456' }, error: { code: 905 } },
    { parameters: { serial: 'NONE' }, error: { code: -311, message: 'no token found!' } },
    { parameters: { serial: 'H*', otp: hotpAt(0) }, error: { code: -311, message: 'no token found!' } },
    { parameters: { serial: 'HIS' }, error: { code: -311, message: 'User is not token owner' } },
    {
      parameters: { serial: 'HIS', otp: hotpAt(0) },
      error: { code: -311, message: 'User is not token owner' },
    },
    { parameters: { transactionid: '12345678901234567' }, error: { message: 'no valid challenge found!' } },
    { parameters: { transactionid: '%' }, error: { message: 'no valid challenge found!' } },
  ])('$parameters: $error', async ({ parameters, error }) => {
    await expect(refusal(parameters)).resolves.toMatchObject({ ...error, id: 1 });
    await expect(scene.stored('HIS')).resolves.toMatchObject({ counter: 0, failures: 0 });
  });

  it('somebody else’s challenge', async () => {
    const transactionid = await triggered();
    const bernd = await scene.as('bernd');
    for (const parameters of [{ transactionid }, { transactionid, otp: newestOtp().slice(0, 6) }]) {
      await expect(errorOf(bernd.post('/userservice/verify', parameters))).resolves.toMatchObject({
        message: 'no valid challenge found!',
      });
    }
    await expect(refusal({ serial: 'H', transactionid })).resolves.toMatchObject({
      message: 'no valid challenge found!',
    });
  });

  it('a transaction of several challenges, which each have an id of their own', async () => {
    await enrol(scene.admin, 'SMS2', { type: 'sms', phone: '+49 2', user: 'anna', pin: 'pin' });
    const { detail } = await scene.check({ user: 'anna', pass: 'pin' });
    const transactionid = String(detail?.['transactionid']);
    await expect(refusal({ transactionid })).resolves.toMatchObject({
      message: `Could not uniquely identify challenge for transaction id ${transactionid} `,
    });
    await expect(verify({ transactionid: `${transactionid}.01` })).resolves.toMatchObject({
      detail: { status: 'open' },
    });
  });

  it('everything, without the right', async () => {
    await scene.allow('enrollHMAC');
    await expect(refusal({ serial: 'H', otp: hotpAt(0) })).resolves.toMatchObject({ code: 410 });
    await expect(scene.stored('H')).resolves.toMatchObject({ counter: 0 });
  });
});
