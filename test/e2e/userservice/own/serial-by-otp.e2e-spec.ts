import { changed } from '../../../faults/given-users.js';
import type { Fields } from '../../../support/clients/admin-agent.js';
import { RFC_KEY_HEX, hotpAt } from '../../../support/clients/otp.js';
import type { UserAgent } from '../../../support/clients/user-agent.js';
import { SelfServiceScene, doneOf, errorOf } from '../scene.js';

const OTHER_KEY = '3030303030303030303030303030303030303030';

describe('a token’s serial by its OTP', () => {
  let scene: SelfServiceScene;
  let anna: UserAgent;

  beforeAll(async () => {
    scene = await SelfServiceScene.start();
  }, 120_000);

  afterAll(() => scene?.stop());

  beforeEach(async () => {
    await scene.begin('getserial');
    anna = await scene.as('anna');
    await free('FREE');
  });

  /** Of nobody, in realm staff. */
  async function free(serial: string, form: Fields = {}, realm = 'staff') {
    await changed(scene.admin, '/admin/init', { serial, otpkey: RFC_KEY_HEX, ...form });
    await scene.database.query('UPDATE token SET realms = $2 WHERE serial = $1', [serial, [realm]]);
  }
  const find = (query: Fields, by = anna) => by.get('/userservice/getSerialByOtp', query);
  const found = async (query: Fields) => (await doneOf(find(query))).result.value;
  const counterOf = async (serial: string) => (await scene.stored(serial))?.['counter'];

  it('is told, and the OTP is spent by it', async () => {
    await free('OTHER', { otpkey: OTHER_KEY });
    const answer = await doneOf(find({ otp: hotpAt(3) }));
    expect(answer).toMatchObject({ result: { value: { serial: 'FREE' } }, id: 1 });
    expect([await counterOf('FREE'), await counterOf('OTHER')]).toEqual([4, 0]);
    expect(await scene.record('getSerialByOtp')).toMatchObject({
      succeeded: true,
      serial: 'FREE',
      token_type: 'HMAC',
      username: 'anna',
      realm: 'staff',
    });
    expect(await found({ otp: hotpAt(3) })).toEqual({ serial: '' });
    expect(await scene.record('getSerialByOtp')).toMatchObject({ succeeded: false, serial: '' });
  });

  it('is told to a POST, too', async () => {
    const answer = await doneOf(anna.post('/userservice/getSerialByOtp', { otp: hotpAt(0) }));
    expect(answer.result.value).toEqual({ serial: 'FREE' });
  });

  it.each<[string, string, Fields?]>([
    ['beyond ten values', hotpAt(10)],
    ['of another type', hotpAt(0), { type: 'totp' }],
    ['of an unknown type', hotpAt(0), { type: 'nosuch' }],
    ['that is none', ''],
  ])('is not told for one %s', async (_title, otp, more = {}) => {
    expect(await found({ otp, ...more })).toEqual({ serial: '' });
    expect(await counterOf('FREE')).toBe(0);
  });

  it('is that of the type that is meant', async () => {
    expect(await found({ otp: hotpAt(9), type: 'hmac' })).toEqual({ serial: 'FREE' });
  });

  it.each<[string, string]>([
    [
      'somebody has',
      `UPDATE token SET owner_resolver = 'file', owner_resolver_type = 'passwd', owner_user_id = '1001'`,
    ],
    ['are in another realm', `UPDATE token SET realms = '{other}'`],
    ['are in no realm', `UPDATE token SET realms = '{}'`],
  ])('is not told of tokens that %s', async (_title, statement) => {
    await scene.database.query(statement);
    expect(await found({ otp: hotpAt(0) })).toEqual({ serial: '' });
    expect(await counterOf('FREE')).toBe(0);
  });

  it('is not told of several, none of which spends anything', async () => {
    await free('TWIN');
    expect(await errorOf(find({ otp: hotpAt(0) }))).toEqual({
      code: 1200,
      message: 'ERR1200: get_token_by_otp: multiple tokens are matching this OTP value!',
      id: 1,
    });
    expect([await counterOf('FREE'), await counterOf('TWIN')]).toEqual([0, 0]);
  });

  it('is not told of too many to tell them apart', async () => {
    await scene.database.query(
      `INSERT INTO token SELECT (jsonb_populate_record(t, jsonb_build_object('id', 100000 + n, 'serial', 'MANY' || n))).*
       FROM token t, generate_series(1, 500) n WHERE serial = 'FREE'`.replace(
        'INSERT INTO token SELECT',
        'INSERT INTO token OVERRIDING SYSTEM VALUE SELECT',
      ),
    );
    expect(await found({ otp: hotpAt(0) })).toEqual({ serial: '' });
    expect(await scene.record('getSerialByOtp')).toMatchObject({ info: expect.stringMatching(/^too many/) });
  });

  it('needs the right, and an OTP', async () => {
    expect(await errorOf(find({}))).toMatchObject({
      code: 905,
      message: `ERR905: Missing parameter: ''otp''`,
    });
    await scene.allow('history, !getserial');
    expect(await errorOf(find({ otp: hotpAt(0) }))).toEqual({
      code: 410,
      message: 'ERR410: The policy settings do not allow you to request a serial by OTP!',
      id: 1,
    });
    expect(await counterOf('FREE')).toBe(0);
  });

  it('is guessed no faster than passwords are, on all nodes together', async () => {
    const users = [anna, await scene.as('anna', 1)];
    const wrong = Array.from({ length: 12 }, (_, place) => find({ otp: '000000' }, users[place % 2]));
    const answers = await Promise.all(wrong);
    const refused = answers.filter(({ body }) => !body.result.status);
    expect(refused.length).toBeGreaterThanOrEqual(6);
    expect(await errorOf(find({ otp: hotpAt(0) }))).toMatchObject({
      code: 410,
      message: expect.stringMatching(
        /^ERR410: too many wrong OTPs: the next one is looked at in \d+ seconds$/,
      ),
    });
    expect(await counterOf('FREE')).toBe(0);
    // Who mistypes OTPs logs in all the same.
    await scene.as('anna');
  });

  it('is no guess where it is right, and forgets none that was wrong', async () => {
    for (let round = 0; round < 8; round++) {
      expect(await found({ otp: hotpAt(round) })).toEqual({ serial: 'FREE' });
    }
    for (let guess = 0; guess < 4; guess++) await found({ otp: '000000' });
    // Of a token that one has given back, say.
    expect(await found({ otp: hotpAt(8) })).toEqual({ serial: 'FREE' });
    const answers = [await find({ otp: '000000' }), await find({ otp: '000000' })];
    expect(answers.map(({ body }) => body.result.status)).toEqual([true, false]);
  });

  it('is one user’s to have, of many who show the same OTP', async () => {
    const bernd = await scene.as('bernd', 1);
    const answers = await Promise.all(
      [anna, bernd, anna, bernd].map((user) => find({ otp: hotpAt(0) }, user)),
    );
    const told = answers.filter(({ body }) => body.result.value?.serial === 'FREE');
    expect(told).toHaveLength(1);
    expect(await counterOf('FREE')).toBe(1);
  });
});
