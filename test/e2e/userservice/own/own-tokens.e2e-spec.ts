import { changed } from '../../../faults/given-users.js';
import type { Fields } from '../../../support/clients/admin-agent.js';
import { RFC_KEY_HEX, hotpAt } from '../../../support/clients/otp.js';
import type { UserAgent } from '../../../support/clients/user-agent.js';
import { SelfServiceScene, doneOf, errorOf } from '../scene.js';

const RIGHT_MISSING = {
  code: 410,
  message: 'ERR410: The policy settings do not allow you to issue this request!',
  id: 1,
};
const missing = (name: string) => ({ code: 905, message: `ERR905: Missing parameter: ''${name}''`, id: 1 });
const unknown = (serial: string) => ({
  code: 1102,
  message: `ERR1102: No token with serial ${serial} found`,
  id: 1,
});

/** A function that changes one token: `parameters` beside the serial. */
interface Changing {
  readonly name: string;
  readonly right: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly value: object;
  /** What is stored of the token afterwards, or `null`: it is gone. */
  readonly stored?: object | null;
}

const CHANGING: readonly Changing[] = [
  { name: 'enable', right: 'enable', value: { 'enable token': 1 }, stored: { active: true } },
  { name: 'disable', right: 'disable', value: { 'disable token': 1 }, stored: { active: false } },
  { name: 'delete', right: 'delete', value: { 'delete token': 1 }, stored: null },
  { name: 'reset', right: 'reset', value: { 'reset Failcounter': 1 }, stored: { failures: 0 } },
  {
    name: 'unassign',
    right: 'unassign',
    value: { 'unassign token': true },
    stored: { owner: null, failures: 0, realms: ['staff'] },
  },
  {
    name: 'setpin',
    right: 'setOTPPIN',
    parameters: { userpin: 'mine' },
    value: { 'set userpin': 1 },
  },
  {
    name: 'resync',
    right: 'resync',
    parameters: { otp1: hotpAt(15), otp2: hotpAt(16) },
    value: { 'resync Token': true },
    stored: { counter: 17 },
  },
  {
    name: 'setdescription',
    right: 'setDescription',
    parameters: { description: 'on my keys' },
    value: { 'set description': 1 },
    stored: { description: 'on my keys' },
  },
];
/** Those of mOTP tokens alone. */
const MPIN: Changing = {
  name: 'setmpin',
  right: 'setMOTPPIN',
  parameters: { pin: '5678' },
  value: { 'set userpin': 1 },
};

describe('what users do to their tokens', () => {
  let scene: SelfServiceScene;
  let anna: UserAgent;

  beforeAll(async () => {
    scene = await SelfServiceScene.start();
  }, 120_000);

  afterAll(() => scene?.stop());

  /** anna has OWN and MOTP, bernd has HIS, nobody has FREE. */
  beforeEach(async () => {
    await scene.begin('*');
    anna = await scene.as('anna');
    const otpkey = RFC_KEY_HEX;
    const given: readonly Fields[] = [
      { serial: 'OWN', otpkey, pin: 'pin', user: 'anna' },
      { serial: 'MOTP', type: 'motp', otpkey: '1234567890123456', otppin: '1234', user: 'anna' },
      { serial: 'HIS', otpkey, pin: 'pin', user: 'bernd' },
      { serial: 'FREE', otpkey, pin: 'pin' },
    ];
    for (const form of given) await changed(scene.admin, '/admin/init', form);
    await scene.database.query(`UPDATE token SET realms = '{staff}'`);
    await scene.database.query('UPDATE token SET failures = 3');
  });

  const call = ({ name, parameters }: Changing, serial: string | null, by = anna) =>
    by.post(`/userservice/${name}`, { ...(serial !== null && { serial }), ...parameters });

  it.each([...CHANGING, MPIN])('$name changes an own token', async (changing) => {
    const { name, value, stored } = changing;
    const serial = changing === MPIN ? 'MOTP' : 'OWN';
    const answer = await doneOf(call(changing, serial));
    expect(answer).toMatchObject({ result: { value }, id: 1 });
    // Types are compared strictly (spec/validate-api §5.3).
    expect(answer.result.value).toStrictEqual(value);
    if (stored === null) expect(await scene.stored(serial)).toBeUndefined();
    else expect(await scene.stored(serial)).toMatchObject(stored ?? {});
    expect(await scene.record(name)).toMatchObject({
      succeeded: true,
      serial,
      token_type: changing === MPIN ? 'mOTP' : 'HMAC',
      username: 'anna',
      realm: 'staff',
    });
  });

  it.each(CHANGING)('$name takes a form as well', async ({ name, parameters, value }) => {
    const session = anna.session() ?? '';
    const answer = await fetch(`${scene.nodes[1]?.url}/userservice/${name}`, {
      method: 'POST',
      headers: { cookie: `user_selfservice=${session}` },
      body: new URLSearchParams({ serial: 'OWN', session, ...parameters }),
    });
    expect((await answer.json()) as object).toMatchObject({ result: { status: true, value } });
  });

  describe.each([...CHANGING, MPIN])('$name', (changing) => {
    const { name, right } = changing;
    const before = async () => Promise.all(['OWN', 'HIS', 'FREE', 'MOTP'].map((one) => scene.stored(one)));

    it('needs its right, and is not in the way of others', async () => {
      await scene.allow(`*, !${right}`);
      const tokens = await before();
      expect(await errorOf(call(changing, 'OWN'))).toEqual(RIGHT_MISSING);
      expect(await before()).toEqual(tokens);
      expect(await scene.record(name)).toMatchObject({
        succeeded: false,
        username: 'anna',
        realm: 'staff',
        info: RIGHT_MISSING.message,
      });
      await scene.allow(right);
      await doneOf(call(changing, changing === MPIN ? 'MOTP' : 'OWN'));
    });

    it('needs the right in the realm of the session', async () => {
      await scene.give({ scope: 'selfservice', action: right, realm: 'other' });
      expect(await errorOf(call(changing, 'OWN'))).toEqual(RIGHT_MISSING);
    });

    it.each(['HIS', 'FREE'])('does nothing to %s', async (serial) => {
      const tokens = await before();
      const asked = call(changing, serial);
      if (name === 'setdescription') {
        expect(await errorOf(asked)).toEqual({
          code: -311,
          message: "User 'anna' is not owner of the token",
          id: 1,
        });
      } else {
        expect((await doneOf(asked)).result.value).toEqual({});
      }
      expect(await before()).toEqual(tokens);
      expect(await scene.record(name)).toMatchObject({ succeeded: false, serial, username: 'anna' });
    });

    it.each(['NOSUCH', 'OW*', '*', 'HI*', 'FRE*', 'M*'])('knows no token %s', async (serial) => {
      const tokens = await before();
      expect(await errorOf(call(changing, serial))).toEqual(unknown(serial));
      expect(await before()).toEqual(tokens);
    });

    it('names what is missing', async () => {
      expect(await errorOf(call(changing, null))).toEqual(missing('serial'));
      for (const parameter of Object.keys(changing.parameters ?? {})) {
        const { [parameter]: _, ...others } = changing.parameters ?? {};
        const asked = call({ ...changing, parameters: others }, 'OWN');
        expect(await errorOf(asked)).toEqual(missing(parameter));
      }
    });

    it('is no business of somebody without a session', async () => {
      const answer = await fetch(`${scene.nodes[0]?.url}/userservice/${name}`, {
        method: 'POST',
        body: new URLSearchParams({ serial: 'OWN', ...changing.parameters }),
      });
      expect(answer.status).toBe(401);
    });

    it('is for the session’s user, whoever is named', async () => {
      const asked = call(
        { ...changing, parameters: { ...changing.parameters, user: 'bernd', realm: 'other' } },
        'HIS',
      );
      const { result } = (await asked).body as { result: { value?: unknown } };
      expect(result.value ?? {}).toEqual({});
    });
  });

  it('changes own tokens whatever realms they are in', async () => {
    await scene.database.query(`UPDATE token SET realms = '{other}' WHERE serial = 'OWN'`);
    await doneOf(anna.post('/userservice/disable', { serial: 'OWN' }));
    // A user finds it among their records all the same.
    expect(await scene.record('disable')).toMatchObject({ username: 'anna', realm: 'staff' });
  });

  it('is over with the right', async () => {
    await scene.allow('disable');
    await doneOf(anna.post('/userservice/disable', { serial: 'OWN' }));
    await scene.allow('enable');
    expect(await errorOf(anna.post('/userservice/disable', { serial: 'OWN' }))).toEqual(RIGHT_MISSING);
  });

  it('says of two OTPs that are not the token’s that nothing was done', async () => {
    const answer = await anna.post('/userservice/resync', { serial: 'OWN', otp1: '000000', otp2: '111111' });
    expect(answer.body.result).toEqual({ status: true, value: { 'resync Token': false } });
    expect(await scene.record('resync')).toMatchObject({ succeeded: false, serial: 'OWN' });
  });

  it('tells numbers of tokens in the records of what changes them', async () => {
    for (const name of ['disable', 'enable', 'unassign']) {
      await doneOf(anna.post(`/userservice/${name}`, { serial: 'OWN' }));
      expect(await scene.record(name)).toMatchObject({ detail: expect.stringMatching(/^tokennum = \d$/) });
    }
    await anna.post('/userservice/delete', { serial: 'OWN' });
    expect(await scene.record('delete')).toMatchObject({ succeeded: false, detail: 'tokennum = 4' });
    await doneOf(anna.post('/userservice/reset', { serial: 'MOTP' }));
    expect(await scene.record('reset')).toMatchObject({ detail: '' });
  });

  it('has the reports count what changed', async () => {
    await scene.give(
      { scope: 'selfservice', action: '*' },
      { scope: 'reporting', action: 'token_status=active', user: 'nobody', client: '*' },
    );
    await scene.database.query('DELETE FROM token_report');
    await doneOf(anna.post('/userservice/disable', { serial: 'OWN' }));
    const { rows } = await scene.database.query('SELECT event, realm, status, count::int FROM token_report');
    expect(rows).toEqual([
      { event: expect.stringMatching(/disable$/), realm: 'staff', status: 'active', count: 3 },
    ]);
  });

  describe('PINs', () => {
    const accepts = (pin: string, at = 0) => scene.accepts('anna', `${pin}${hotpAt(at)}`);

    it('are good at the next login, the old ones are not', async () => {
      await doneOf(anna.post('/userservice/setpin', { serial: 'OWN', userpin: 'new' }));
      expect([await accepts('pin'), await accepts('new', 1)]).toEqual([false, true]);
    });

    it('are as policies want them', async () => {
      await scene.allow('*', 'otp_pin_minlength=4, otp_pin_maxlength=6, otp_pin_contents=-n');
      const set = (userpin: string) => anna.post('/userservice/setpin', { serial: 'OWN', userpin });
      const refused = async (userpin: string) => (await errorOf(set(userpin))).message;
      expect(await refused('123')).toBe(
        'Error: The provided PIN is too short. It should be at least 4 characters.',
      );
      expect(await refused('1234567')).toBe(
        'Error: The provided PIN is too long. It should not be longer than 6 characters.',
      );
      expect(await refused('123a')).toBe('Error: The PIN contains letters, although it should not! (-n)');
      expect(await accepts('pin')).toBe(true);
      await doneOf(set('1234'));
      expect(await accepts('1234', 1)).toBe(true);
    });

    it('are set as a token is given back, by the same rules', async () => {
      await scene.allow('*', 'otp_pin_minlength=4');
      const back = (pin: string) => anna.post('/userservice/unassign', { serial: 'OWN', pin });
      expect((await errorOf(back('123'))).message).toMatch(/^Error: The provided PIN is too short/);
      expect(await scene.stored('OWN')).toMatchObject({ owner: '1000' });
      await doneOf(back('1234'));
      await changed(scene.admin, '/admin/assign', { serial: 'OWN', user: 'anna' });
      expect(await accepts('1234')).toBe(true);
    });

    it('stay as they are without one', async () => {
      await doneOf(anna.post('/userservice/unassign', { serial: 'OWN', pin: '' }));
      await changed(scene.admin, '/admin/assign', { serial: 'OWN', user: 'anna' });
      expect(await accepts('pin')).toBe(true);
    });

    it('of devices are those of mOTP tokens alone', async () => {
      expect(await errorOf(anna.post('/userservice/setmpin', { serial: 'OWN', pin: '5678' }))).toEqual({
        code: -311,
        message: 'This type of pin cannot be set for this token.',
        id: 1,
      });
    });
  });

  it('enables no more tokens than the realm may have', async () => {
    await doneOf(anna.post('/userservice/disable', { serial: 'OWN' }));
    await scene.give(
      { scope: 'selfservice', action: '*' },
      { scope: 'enrollment', action: 'tokencount=2', realm: 'staff' },
    );
    expect(await errorOf(anna.post('/userservice/enable', { serial: 'OWN' }))).toEqual({
      code: 410,
      message: 'ERR410: You may not enable any more tokens. Your maximum token number is reached!',
      id: 1,
    });
    expect(await scene.stored('OWN')).toMatchObject({ active: false });
    // Nothing more becomes active.
    await doneOf(anna.post('/userservice/enable', { serial: 'MOTP' }));
  });

  it('has descriptions of up to 80 characters', async () => {
    const describe = (description: string) =>
      anna.post('/userservice/setdescription', { serial: 'OWN', description });
    expect(await errorOf(describe('x'.repeat(81)))).toMatchObject({ code: -311 });
    await doneOf(describe('x'.repeat(80)));
    await doneOf(describe(''));
    expect(await scene.stored('OWN')).toMatchObject({ description: '' });
  });

  it('takes no answer for a token that is deleted', async () => {
    await scene.give(
      { scope: 'selfservice', action: '*' },
      { scope: 'authentication', action: 'challenge_response=*' },
    );
    const { detail } = await scene.check({ user: 'anna', pass: 'pin' });
    expect(detail).toHaveProperty('transactionid');
    await doneOf(anna.post('/userservice/delete', { serial: 'OWN' }));
    const transactionid = String(detail?.['transactionid']);
    expect((await scene.check({ user: 'anna', pass: hotpAt(0), transactionid })).result.value).toBe(false);
  });
});
