import { enrol } from '../../faults/given-users.js';
import { type Fields } from '../../support/clients/admin-agent.js';
import { hotpAt, totpAt } from '../../support/clients/otp.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { PROMPT, WITHIN_MS, givenAskingServers } from './given-asking-servers.js';

const REQUESTS = 50;

/** Through HTTP, on two servers that share a PostgreSQL. */
describe('challenges', () => {
  const scene = givenAskingServers();
  const { call, accepts, trigger, failuresOf, newest, expire } = scene;

  it('are made by the PIN, and answered by the OTP alone, on whatever node, once', async () => {
    await enrol(scene.admin, 'ANNA', { user: 'anna', pin: 'apin', description: 'of Anna' });
    const { result, id, detail } = await call('check', { user: 'anna', pass: 'apin' });
    expect({ result, id }).toEqual({ result: { status: true, value: false }, id: 0 });
    expect(detail).toEqual({
      transactionid: expect.stringMatching(/^[1-9]\d{16}$/),
      message: PROMPT,
      linotp_tokenserial: 'ANNA',
      linotp_tokentype: 'HMAC',
      linotp_tokendescription: 'of Anna',
    });
    expect(await newest()).toMatchObject({
      succeeded: false,
      detail: 'challenge created',
      serial: 'ANNA',
      username: 'anna',
    });
    const state = detail?.transactionid ?? '';
    expect(await accepts('check', { user: 'anna', pass: `apin${hotpAt(0)}`, state }, 1)).toBe(false);
    expect(await accepts('check', { user: 'anna', pass: hotpAt(0), state }, 1)).toBe(true);
    expect(await newest()).toMatchObject({ succeeded: true, serial: 'ANNA' });
    expect(await failuresOf('ANNA')).toBe(0);
    expect(await accepts('check', { user: 'anna', pass: hotpAt(1), state })).toBe(false);
    expect(await accepts('check', { user: 'anna', pass: `apin${hotpAt(2)}`, state })).toBe(false);
    expect(await failuresOf('ANNA')).toBe(2);
    // Both at once is as good as ever.
    expect(await accepts('check', { user: 'anna', pass: `apin${hotpAt(3)}` })).toBe(true);
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['check_s', (id) => accepts('check_s', { serial: 'BERND', pass: totpAt(new Date()), transactionid: id })],
    ['check_t', (id) => accepts('check_t', { pass: totpAt(new Date()), transactionid: id })],
    ['check_t on the other node', (id) => accepts('check_t', { pass: totpAt(new Date()), state: id }, 1)],
    [
      'simplecheck',
      async (state) => {
        const query = new URLSearchParams({ user: 'bernd', pass: totpAt(new Date()), state });
        return (await (await fetch(`${scene.nodes[0]?.url}/validate/simplecheck?${query}`)).text()) === ':-)';
      },
    ],
  ])('are answered at %s', async (_, answer) => {
    await scene.admin.post('/admin/remove', { serial: 'BERND' });
    await enrol(scene.admin, 'BERND', { type: 'totp', user: 'bernd', pin: 'bpin' });
    expect(await answer(await trigger('bernd', 'bpin'))).toBe(true);
  });

  it('tell in one line at simplecheck', async () => {
    const query = new URLSearchParams({ user: 'bernd', pass: 'bpin' });
    const text = await (await fetch(`${scene.nodes[0]?.url}/validate/simplecheck?${query}`)).text();
    expect(text).toMatch(/^:-\( [1-9]\d{16} Please enter your otp value: $/);
  });

  it('are answered by nobody else, and such answers count', async () => {
    await enrol(scene.admin, 'CARLA', { user: 'carla', pin: 'cpin' });
    await enrol(scene.admin, 'DIRK', { user: 'dirk', pin: 'dpin' });
    const hers = await trigger('carla', 'cpin');
    for (const state of [hers, '999999999999', '9%', '', 'x']) {
      expect(await accepts('check', { user: 'dirk', pass: hotpAt(0), state })).toBe(false);
      expect(await accepts('check', { user: 'dirk', pass: `dpin${hotpAt(0)}`, state })).toBe(false);
      expect(await accepts('check_s', { serial: 'DIRK', pass: hotpAt(0), state })).toBe(false);
      await scene.database.query(`UPDATE token SET failures = 0 WHERE serial = 'DIRK' AND failures = 3`);
    }
    expect(await failuresOf('DIRK')).toBe(0);
    expect(await failuresOf('CARLA')).toBe(0);
    expect(await call('check_t', { pass: hotpAt(0), transactionid: '999999999999' })).toMatchObject({
      result: { status: true, value: { value: false, failcount: 0 } },
      detail: { value: false, failure: "No challenge for transaction '999999999999' found" },
    });
    // Nothing of that has touched hers.
    expect(await accepts('check', { user: 'carla', pass: hotpAt(0), state: hers })).toBe(true);
  });

  it('are no use once the token has another owner', async () => {
    await enrol(scene.admin, 'MOVED', { user: 'emil', pin: 'epin' });
    const state = await trigger('emil', 'epin');
    await scene.admin.post('/admin/assign', { serial: 'MOVED', user: 'frida' });
    expect(await accepts('check', { user: 'frida', pass: hotpAt(0), state })).toBe(false);
    expect(await accepts('check_t', { pass: hotpAt(0), state })).toBe(false);
    expect(await failuresOf('MOVED')).toBe(2);
    await scene.admin.post('/admin/remove', { serial: 'MOVED' });
  });

  it('expire by the clock of the database', async () => {
    await enrol(scene.admin, 'LATE', { user: 'emil', pin: 'epin' });
    const state = await trigger('emil', 'epin');
    await expire(state);
    expect(await accepts('check', { user: 'emil', pass: hotpAt(0), state })).toBe(false);
    expect(await accepts('check_t', { pass: hotpAt(0), state })).toBe(false);
    expect(await failuresOf('LATE')).toBe(2);
    await scene.admin.post('/admin/remove', { serial: 'LATE' });
  });

  it('are made together for several tokens, and closed together', async () => {
    for (const serial of ['ONE', 'TWO']) await enrol(scene.admin, serial, { user: 'emil', pin: 'epin' });
    // Else one OTP would fit both.
    await scene.database.query(`UPDATE token SET counter = 20 WHERE serial = 'TWO'`);
    const { detail } = await call('check', { user: 'emil', pass: 'epin' });
    const root = detail?.transactionid ?? '';
    expect(root).toMatch(/^[1-9]\d{13}$/);
    expect(detail).toMatchObject({
      message: 'Multiple challenges submitted.',
      challenges: {
        ONE: { transactionid: `${root}.01` },
        TWO: { transactionid: `${root}.02`, message: PROMPT },
      },
    });
    expect(await call('check_t', { pass: '000000', transactionid: `${root}.02` })).toMatchObject({
      result: { value: { value: false, failcount: 1 } },
      detail: { serial: 'TWO', token_type: 'HMAC', failcount: 1 },
    });
    expect(await accepts('check', { user: 'emil', pass: hotpAt(20), state: `${root}.01` })).toBe(true);
    expect([await failuresOf('ONE'), await failuresOf('TWO')]).toEqual([0, 0]);
    expect(await accepts('check', { user: 'emil', pass: hotpAt(0), state: root })).toBe(false);
    const { rows } = await scene.database.query(
      'SELECT place, state, valid FROM challenge WHERE root = $1 ORDER BY place',
      [root],
    );
    expect(rows).toEqual([
      { place: 1, state: 'closed', valid: false },
      { place: 2, state: 'closed', valid: true },
    ]);
  });

  it.each<[string, Fields, () => string]>([
    ['an HOTP token', {}, () => hotpAt(0)],
    // No counter holds it back: only the challenge is used up.
    ['a password token', { type: 'pw', otpkey: 'a password' }, () => 'a password'],
  ])(
    'of %s accept one of 50 right answers at once on two nodes',
    async (_, form, otp) => {
      for (let round = 0; round < 5; round++) {
        const serial = `RACE${round}`;
        await enrol(scene.admin, serial, { user: 'gerd', pin: 'gpin', ...form });
        await scene.database.query('UPDATE token SET max_failures = 1000 WHERE serial = $1', [serial]);
        const state = await trigger('gerd', 'gpin');
        const answers = await Promise.all(
          Array.from({ length: REQUESTS }, (__, turn) =>
            turn % 4 < 2
              ? accepts('check', { user: 'gerd', pass: otp(), state }, turn)
              : accepts('check_t', { pass: otp(), state }, turn),
          ),
        );
        expect(answers.filter((accepted) => accepted === true)).toHaveLength(1);
        const { rows } = await scene.database.query(
          'SELECT state, valid, received_count FROM challenge WHERE root = $1',
          [state],
        );
        expect(rows).toEqual([{ state: 'closed', valid: true, received_count: expect.any(Number) }]);
        await scene.admin.post('/admin/remove', { serial });
      }
    },
    WITHIN_MS,
  );

  it('are made five times in ten minutes for a token, however many ask for them at once', async () => {
    await enrol(scene.admin, 'FLOOD', { user: 'hans', pin: 'hpin' });
    const answers = await Promise.all(
      Array.from({ length: REQUESTS }, (_, turn) => call('check', { user: 'hans', pass: 'hpin' }, turn)),
    );
    expect(answers.filter(({ detail }) => detail?.transactionid)).toHaveLength(5);
    const made = () => scene.database.query(`SELECT 1 FROM challenge WHERE serial = 'FLOOD'`);
    expect((await made()).rowCount).toBe(5);
    // Whoever asks too often is told nothing, and locks nothing.
    expect(answers.filter(({ detail }) => !detail)).toHaveLength(REQUESTS - 5);
    expect(await failuresOf('FLOOD')).toBe(0);
    await scene.database.query(
      `UPDATE token SET challenged_at = ARRAY(SELECT at - interval '10 minutes' FROM unnest(challenged_at) AS at)
       WHERE serial = 'FLOOD'`,
    );
    await trigger('hans', 'hpin');
    expect((await made()).rowCount).toBe(6);
  });

  it('need their parameters', async () => {
    for (const [path, form] of [
      ['check_t', { pass: '1' }],
      ['check_t', { state: '123456789012' }],
      ['check_status', { pass: '1' }],
      ['check_status', { state: '123456789012' }],
    ] as const) {
      expect(await call(path, form)).toMatchObject({ result: { status: true, value: false }, id: 0 });
      expect((await newest()).info).toMatch(/[Mm]issing/);
    }
  });

  it('are not made without the policy', async () => {
    await givePolicies(scene.database, []);
    const { result, detail } = await call('check', { user: 'anna', pass: 'apin' });
    expect([result.value, detail]).toEqual([false, undefined]);
  });
});
