import { enrol } from '../../../faults/given-users.js';
import { RFC_KEY_HEX, hotpAt } from '../../../support/clients/otp.js';
import { anonymousAgent } from '../../../support/clients/user-agent.js';
import { EVERY_TYPE, SelfServiceScene } from '../scene.js';

/** `/userservice/enroll`: what users may not have, and on what terms they may. */

const WITHIN_MS = 60_000;
const NOT_ALLOWED = 'ERR410: The policy settings do not allow you to issue this request!';

let scene: SelfServiceScene;

beforeAll(async () => {
  scene = await SelfServiceScene.start();
}, WITHIN_MS);
afterAll(() => scene?.stop(), WITHIN_MS);
beforeEach(() => scene.begin(EVERY_TYPE));

describe('a serial that is there already', () => {
  const serials = ['OWN', 'HIS', 'NOBODYS'];
  beforeEach(async () => {
    await enrol(scene.admin, 'OWN', { user: 'anna', pin: 'pin' });
    await enrol(scene.admin, 'HIS', { user: 'bernd', pin: 'pin' });
    await enrol(scene.admin, 'NOBODYS', { pin: 'pin' });
  });

  it.each(serials.flatMap((serial) => ['hmac', 'totp', 'spass'].map((type) => ({ serial, type }))))(
    '$serial is not to be had as $type',
    async ({ serial, type }) => {
      const before = await scene.stored(serial);
      await expect(scene.refused({ type, serial })).resolves.toEqual({
        code: 10,
        message: `ERR10: initToken failed: token '${serial}' already exist`,
        id: 1,
      });
      await expect(scene.stored(serial)).resolves.toEqual(before);
      await expect(scene.accepts('bernd', `pin${hotpAt(0)}`)).resolves.toBe(true);
      await expect(scene.record('enroll')).resolves.toMatchObject({
        succeeded: false,
        username: 'anna',
        info: expect.stringContaining('already exist'),
      });
    },
  );

  it('by no pattern', async () => {
    for (const named of [{ serial: 'H*' }, { serial: '*' }, { prefix: 'H*' }]) {
      await expect(scene.refused({ type: 'hmac', ...named })).resolves.toMatchObject({
        message: expect.stringContaining('holds no *'),
      });
    }
    await expect(scene.serials()).resolves.toEqual(['HIS', 'NOBODYS', 'OWN']);
    await expect(scene.accepts('bernd', `pin${hotpAt(0)}`)).resolves.toBe(true);
  });

  it('goes to one of many who want it at once, on two nodes', async () => {
    const agents = await Promise.all(
      (['anna', 'bernd'] as const).flatMap((person) => [0, 1].map((node) => scene.as(person, node))),
    );
    for (let round = 0; round < 5; round++) {
      const serial = `NEW${round}`;
      const answers = await Promise.all(
        agents.map((agent) => agent.post('/userservice/enroll', { type: 'hmac', serial })),
      );
      const isDone = answers.map(({ body }) => body.result.status);
      expect(isDone.filter(Boolean)).toHaveLength(1);
      const winner = isDone.indexOf(true) < 2 ? '1000' : '1001';
      await expect(scene.stored(serial)).resolves.toMatchObject({ owner: winner, revision: 1 });
      for (const { body } of answers) {
        if (!body.result.status) expect(body.result.error.message).toContain('already exist');
      }
    }
  });
});

describe('rights', () => {
  it.each([
    { policy: 'enrollTOTP', type: 'hmac' },
    { policy: 'enrollHMAC', type: 'totp' },
    { policy: 'setOTPPIN', type: 'hmac' },
    { policy: EVERY_TYPE, type: 'voice' },
    { policy: EVERY_TYPE, type: 'yubikey' },
    { policy: EVERY_TYPE, type: 'nosuch' },
    { policy: EVERY_TYPE, type: 'x, enrollHMAC' },
    { policy: EVERY_TYPE, type: 'HMAC=1' },
    { policy: 'enrollVOICE, enrollYUBIKEY', type: 'voice' },
    { policy: 'enrollVOICE, enrollYUBIKEY', type: 'yubikey' },
  ])('$policy is none to enrol $type', async ({ policy, type }) => {
    await scene.allow(policy);
    await expect(scene.refused({ type, phone: '1' })).resolves.toEqual({
      code: 410,
      message: NOT_ALLOWED,
      id: 1,
    });
    await expect(scene.serials()).resolves.toEqual([]);
  });

  it('to enrol what nobody enrols any more say so', async () => {
    await scene.allow('enrollU2F');
    await expect(scene.refused({ type: 'u2f', phase: 'registration1' })).resolves.toMatchObject({
      code: -311,
      message: 'new tokens of type u2f are not enrolled any more: use type fido2',
    });
  });

  it('to enrol what there is not say so', async () => {
    await scene.allow('*');
    await expect(scene.refused({ type: 'vasco' })).resolves.toMatchObject({
      code: 1610,
      message: "ERR1610: [initToken] failed: unknown token type 'vasco'",
    });
  });

  it('are those of the user, not of their name in another realm', async () => {
    await scene.give({ scope: 'selfservice', action: 'enrollHMAC', realm: 'other' });
    await expect(scene.refused({ type: 'hmac', realm: 'other' })).resolves.toMatchObject({ code: 410 });
  });

  it('need a session', async () => {
    const answer = await anonymousAgent(scene.nodes[0]?.url ?? '').post('/userservice/enroll', {
      type: 'hmac',
    });
    expect(answer.status).toBe(401);
    await expect(scene.serials()).resolves.toEqual([]);
  });
});

describe('a PIN', () => {
  const missing =
    'Enrolling Token by user anna failed because they send no pin when it was required by policy setOTPPIN';
  const notAllowed =
    'Enrolling Token by user anna failed because they send pin when it was not allowed by policy setOTPPIN';

  it('is needed with the right to set one', async () => {
    await scene.allow('enrollHMAC, setOTPPIN');
    await expect(scene.refused({ type: 'hmac' })).resolves.toMatchObject({
      code: 410,
      message: `ERR410: ${missing}`,
    });
    await expect(scene.refused({ type: 'hmac', pin: '' })).resolves.toMatchObject({ code: 410 });
    await scene.enrolled({ type: 'hmac', pin: 'mypin', otpkey: RFC_KEY_HEX });
    await expect(scene.accepts('anna', hotpAt(0))).resolves.toBe(false);
    await expect(scene.accepts('anna', `mypin${hotpAt(1)}`)).resolves.toBe(true);
  });

  it('is refused without it', async () => {
    await expect(scene.refused({ type: 'hmac', pin: 'mypin' })).resolves.toMatchObject({
      code: 410,
      message: `ERR410: ${notAllowed}`,
    });
    await expect(scene.serials()).resolves.toEqual([]);
  });

  it('is as policies want it', async () => {
    await scene.allow('enrollHMAC, setOTPPIN, otp_pin_minlength=4, otp_pin_contents=cn');
    const tooShort = 'The provided PIN is too short. It should be at least 4 characters.';
    await expect(scene.refused({ type: 'hmac', pin: 'a1' })).resolves.toMatchObject({
      code: -311,
      message: `Error: ${tooShort}`,
    });
    await expect(scene.record('enroll')).resolves.toMatchObject({
      succeeded: false,
      info: expect.stringContaining(tooShort),
    });
    await expect(scene.refused({ type: 'hmac', pin: '12345' })).resolves.toMatchObject({
      message: expect.stringContaining('does not contain any letters'),
    });
    await scene.enrolled({ type: 'hmac', pin: 'ab12' });
  });

  it('is made up where a policy says so and none is given, and told to nobody', async () => {
    const random = { scope: 'enrollment', action: 'otp_pin_random=8' };
    await scene.give({ scope: 'selfservice', action: 'enrollHMAC' }, random);
    const { detail } = await scene.enrolled({ type: 'hmac', otpkey: RFC_KEY_HEX });
    expect(Object.keys(detail ?? {})).toEqual(['otpkey', 'serial', 'enrollment_url', 'googleurl']);
    await expect(scene.accepts('anna', hotpAt(0))).resolves.toBe(false);

    await scene.begin();
    await scene.give({ scope: 'selfservice', action: 'enrollHMAC, setOTPPIN' }, random);
    await scene.enrolled({ type: 'hmac', otpkey: RFC_KEY_HEX, pin: 'mine' });
    await expect(scene.accepts('anna', `mine${hotpAt(0)}`)).resolves.toBe(true);
  });
});

describe('where OTPs are sent', () => {
  it.each([
    { form: { type: 'sms', phone: '+49 170 1' }, person: 'anna', error: null },
    {
      form: { type: 'sms', phone: '+49 30 1' },
      person: 'anna',
      error: 'User is not allowed to set phone number',
    },
    {
      form: { type: 'sms', phone: '+49 9' },
      person: 'bernd',
      error: 'User is not allowed to set phone number',
    },
    { form: { type: 'email', email_address: 'anna@example.test' }, person: 'anna', error: null },
    {
      form: { type: 'email', email_address: 'bernd@example.test' },
      person: 'anna',
      error: 'User is not allowed to set email address',
    },
  ] as const)(
    'is what the user store says, where it is fixed: $form of $person',
    async ({ form, person, error }) => {
      await scene.allow(`${EVERY_TYPE}, edit_sms=0, edit_email=0`);
      if (error === null) await scene.enrolled(form, person);
      else await expect(scene.refused(form, person)).resolves.toMatchObject({ code: -311, message: error });
    },
  );

  it('is what the user store says, where it cannot be told whether it is fixed', async () => {
    await scene.allow(EVERY_TYPE, 'edit_sms=perhaps');
    await expect(scene.refused({ type: 'sms', phone: '+49 9' })).resolves.toMatchObject({ code: -311 });
    await scene.give(
      { scope: 'selfservice', action: EVERY_TYPE },
      { scope: 'selfservice', action: 'edit_sms=0', user: 'h[' },
    );
    await expect(scene.refused({ type: 'sms', phone: '+49 9' })).resolves.toMatchObject({ code: -311 });
  });
});

describe('limits', () => {
  const given = (action: string) =>
    scene.give({ scope: 'selfservice', action: EVERY_TYPE }, { scope: 'enrollment', action });

  it.each([
    {
      action: 'tokencount=1',
      code: 410,
      message: 'You may not enroll any more tokens. Your maximum token number is reached!',
    },
    {
      action: 'maxtoken=1',
      code: 411,
      message:
        'The maximum number of allowed tokens per user is exceeded. Check the policies scope=enrollment, action=maxtoken',
    },
    {
      action: 'maxtokenHMAC=1',
      code: 412,
      message:
        'The maximum number of allowed tokens of type hmac per user is exceeded. Check the policies scope=enrollment, action=maxtokenHMAC',
    },
  ])('of $action', async ({ action, code, message }) => {
    await given(action);
    await scene.enrolled({ type: 'hmac' });
    await expect(scene.refused({ type: 'hmac' })).resolves.toEqual({
      code,
      message: `ERR${code}: ${message}`,
      id: 1,
    });
    await expect(scene.serials()).resolves.toHaveLength(1);
  });

  it('hold for requests at once, on two nodes', async () => {
    await given('maxtoken=3');
    const agents = await Promise.all([0, 1].map((node) => scene.as('anna', node)));
    await Promise.all(
      Array.from({ length: 12 }, (_, place) =>
        agents[place % 2]?.post('/userservice/enroll', { type: 'hmac' }),
      ),
    );
    await expect(scene.serials()).resolves.toHaveLength(3);
  });
});

describe('what is missing or wrong', () => {
  it.each([
    { form: {}, error: { code: 905, message: "ERR905: Missing parameter: ''type''" } },
    { form: { type: 'motp' }, error: { code: 905, message: "ERR905: Missing parameter: 'otppin'" } },
    { form: { type: 'pw' }, error: { code: 905, message: "ERR905: Missing Parameter 'otpkey'!" } },
    { form: { type: 'sms' }, error: { code: 905, message: "ERR905: Missing parameter: 'phone'" } },
    { form: { type: 'hmac', otpkey: 'xy' }, error: { code: -311 } },
    { form: { type: 'hmac', otpkey: RFC_KEY_HEX, genkey: '1' }, error: { code: 344 } },
    { form: { type: 'hmac', otplen: '7' }, error: { code: -311, message: "unsupported digits '7'" } },
    { form: { type: 'totp', timeStep: '31' }, error: { code: -311 } },
    { form: { type: 'hmac', serial: 'x'.repeat(41) }, error: { code: -311 } },
    { form: { type: 'hmac', description: 'x'.repeat(81) }, error: { code: -311 } },
  ])('$form: $error', async ({ form, error }) => {
    await expect(scene.refused(form)).resolves.toMatchObject({ ...error, id: 1 });
    await expect(scene.serials()).resolves.toEqual([]);
  });
});
