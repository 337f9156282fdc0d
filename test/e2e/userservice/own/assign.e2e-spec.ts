import { changed } from '../../../faults/given-users.js';
import type { Fields } from '../../../support/clients/admin-agent.js';
import type { GivenPolicy } from '../../../support/domain/given-policies.js';
import { RFC_KEY_HEX, hotpAt } from '../../../support/clients/otp.js';
import type { UserAgent } from '../../../support/clients/user-agent.js';
import { SelfServiceScene, doneOf, errorOf } from '../scene.js';

const SELF_SERVICE: GivenPolicy = { scope: 'selfservice', action: 'assign, setOTPPIN' };
const RACES = 5;

describe('tokens that users take', () => {
  let scene: SelfServiceScene;
  let anna: UserAgent;
  let bernd: UserAgent;

  beforeAll(async () => {
    scene = await SelfServiceScene.start();
  }, 120_000);

  afterAll(() => scene?.stop());

  beforeEach(async () => {
    await scene.begin();
    await scene.give(SELF_SERVICE);
    anna = await scene.as('anna');
    bernd = await scene.as('bernd', 1);
    await free('FREE');
  });

  /** Of nobody, in realm staff. */
  async function free(serial: string, realms: readonly string[] = ['staff'], form: Fields = {}) {
    await changed(scene.admin, '/admin/init', { serial, otpkey: RFC_KEY_HEX, pin: 'old', ...form });
    await scene.database.query('UPDATE token SET realms = $2, failures = 3 WHERE serial = $1', [
      serial,
      realms,
    ]);
  }
  const assign = (serial: string, parameters: object = {}, by = anna) =>
    by.post('/userservice/assign', { serial, ...parameters });
  const accepts = (pin: string, at = 0) => scene.accepts('anna', `${pin}${hotpAt(at)}`);

  it('are theirs, with a description and a PIN', async () => {
    const given = { description: 'from the drawer', pin: 'mine' };
    const { result, id } = await doneOf(assign('FREE', given));
    expect([result.value, id]).toStrictEqual([{ 'assign token': true }, 1]);
    expect(await scene.stored('FREE')).toMatchObject({
      owner: '1000',
      realms: ['staff'],
      failures: 0,
      description: 'from the drawer',
    });
    expect([await accepts('old'), await accepts('mine', 1)]).toEqual([false, true]);
    expect(await scene.record('assign')).toMatchObject({
      succeeded: true,
      serial: 'FREE',
      token_type: 'HMAC',
      username: 'anna',
      realm: 'staff',
      detail: 'tokennum = 1',
    });
  });

  it.each<[string, readonly string[]]>([
    ['of none', []],
    ['of theirs, among others', ['other', 'staff']],
  ])('may be in a realm %s, and are in theirs alone afterwards', async (_title, realms) => {
    await free('ELSEWHERE', realms);
    await doneOf(assign('ELSEWHERE'));
    expect(await scene.stored('ELSEWHERE')).toMatchObject({
      owner: '1000',
      realms: ['staff'],
      description: '',
    });
    // Its PIN is as it was.
    expect(await accepts('old')).toBe(true);
  });

  it('take what a form says as well', async () => {
    const session = anna.session() ?? '';
    const answer = await fetch(`${scene.nodes[0]?.url}/userservice/assign`, {
      method: 'POST',
      headers: { cookie: `user_selfservice=${session}` },
      body: new URLSearchParams({ serial: 'FREE', session }),
    });
    expect((await answer.json()) as object).toMatchObject({ result: { value: { 'assign token': true } } });
  });

  it.each([
    ['without the right', [{ scope: 'selfservice', action: 'enable, !assign' }]],
    ['with it in another realm', [{ scope: 'selfservice', action: 'assign', realm: 'other' }]],
    ['without any policy', []],
  ])('are not to be had %s', async (_title, policies) => {
    await scene.give(...policies);
    expect(await errorOf(assign('FREE'))).toEqual({
      code: 410,
      message: 'ERR410: The policy settings do not allow you to issue this request!',
      id: 1,
    });
    expect(await scene.stored('FREE')).toMatchObject({ owner: null });
  });

  it('are of nobody', async () => {
    await doneOf(assign('FREE', {}, bernd));
    const refusal = { code: -311, message: 'The token is already assigned to another user.', id: 1 };
    expect(await errorOf(assign('FREE'))).toEqual(refusal);
    // Not even their own: that would set its realms and its PIN.
    expect(await errorOf(assign('FREE', {}, bernd))).toEqual(refusal);
    expect(await scene.stored('FREE')).toMatchObject({ owner: '1001', revision: expect.any(Number) });
    expect(await scene.record('assign')).toMatchObject({
      succeeded: false,
      serial: 'FREE',
      username: 'bernd',
      info: refusal.message,
      detail: 'tokennum = 1',
    });
  });

  it('are of their realm', async () => {
    await free('ELSEWHERE', ['other']);
    expect(await errorOf(assign('ELSEWHERE'))).toEqual({
      code: -311,
      message: 'The token you want to assign is not contained in your realm!',
      id: 1,
    });
    expect(await scene.stored('ELSEWHERE')).toMatchObject({ owner: null, realms: ['other'] });
  });

  it.each(['NOSUCH', '*', 'FRE*', 'F*E'])('are named as a whole: %s is none', async (serial) => {
    expect(await errorOf(assign(serial))).toEqual({
      code: 1102,
      message: `ERR1102: No token with serial ${serial} found`,
      id: 1,
    });
  });

  it('are named', async () => {
    expect(await errorOf(anna.post('/userservice/assign'))).toMatchObject({
      code: 905,
      message: `ERR905: Missing parameter: ''serial''`,
    });
  });

  describe('within limits', () => {
    const limited = (action: string) => scene.give(SELF_SERVICE, { scope: 'enrollment', action });

    beforeEach(() =>
      changed(scene.admin, '/admin/init', { serial: 'OWN', otpkey: RFC_KEY_HEX, user: 'anna' }),
    );

    it.each([
      ['tokencount=1', 410, 'You may not enroll any more tokens. Your maximum token number is reached!'],
      [
        'maxtoken=1',
        411,
        'The maximum number of allowed tokens per user is exceeded. Check the policies scope=enrollment, action=maxtoken',
      ],
      [
        'maxtokenHMAC=1',
        412,
        'The maximum number of allowed tokens of type hmac per user is exceeded. Check the policies scope=enrollment, action=maxtokenHMAC',
      ],
    ])('of %s: error %s', async (action, code, message) => {
      await limited(action);
      await free('OTHER', []);
      expect(await errorOf(assign('OTHER'))).toEqual({ code, message: `ERR${code}: ${message}`, id: 1 });
      expect(await scene.stored('OTHER')).toMatchObject({ owner: null, failures: 3 });
    });

    it.each(['tokencount=3', 'maxtoken=2', 'maxtokenHMAC=2, maxtokenTOTP=0'])(
      'of %s: theirs',
      async (action) => {
        await limited(action);
        await doneOf(assign('FREE'));
      },
    );

    it('however many are asked for at once', async () => {
      await limited('maxtoken=3');
      const serials = Array.from({ length: 6 }, (_, place) => `MANY${place}`);
      for (const serial of serials) await free(serial);
      const users = [anna, await scene.as('anna', 1)];
      const answers = await Promise.all(
        serials.map((serial, place) => assign(serial, {}, users[place % 2] ?? anna)),
      );
      expect(answers.filter(({ body }) => body.result.status)).toHaveLength(2);
    });
  });

  describe('PINs', () => {
    it('are as policies want them', async () => {
      await scene.give(SELF_SERVICE, { scope: 'selfservice', action: 'otp_pin_minlength=4' });
      expect(await errorOf(assign('FREE', { pin: '123' }))).toEqual({
        code: -311,
        message: 'Error: The provided PIN is too short. It should be at least 4 characters.',
        id: 1,
      });
      expect(await scene.stored('FREE')).toMatchObject({ owner: null });
    });

    it('are made where policies say so and none is given, and told nobody', async () => {
      await scene.give(SELF_SERVICE, { scope: 'enrollment', action: 'otp_pin_random=8' });
      const answer = await doneOf(assign('FREE'));
      expect(answer).not.toHaveProperty('detail');
      expect(await accepts('old')).toBe(false);
      await free('OTHER');
      await doneOf(assign('OTHER', { pin: 'mine' }));
      expect(await accepts('mine')).toBe(true);
    });
  });

  it('are one user’s, whoever wants them at the same time and wherever', async () => {
    for (let race = 0; race < RACES; race++) {
      const serial = `RACE${race}`;
      await free(serial);
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, place) => assign(serial, {}, place % 2 === 0 ? anna : bernd)),
      );
      const winners = answers.flatMap(({ body }, place) => (body.result.status ? [place % 2] : []));
      expect(winners).toHaveLength(1);
      expect(await scene.stored(serial)).toMatchObject({ owner: String(1000 + (winners[0] ?? 0)) });
      for (const { body } of answers) {
        if (!body.result.status) expect(body.result.error.message).toMatch(/already assigned/);
      }
    }
  });
});
