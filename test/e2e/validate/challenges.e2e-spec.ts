import type pg from 'pg';

import { enrol, givenUsers } from '../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { hotpAt, totpAt } from '../../support/clients/otp.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';

const WITHIN_MS = 60_000;
const REQUESTS = 50;
const PROMPT = 'Please enter your otp value: ';

interface Answer {
  readonly result: { readonly status: boolean; readonly value: unknown };
  readonly id: number;
  readonly detail?: Readonly<Record<string, unknown>> & { readonly transactionid: string };
}

/** Through HTTP, on two servers that share a PostgreSQL. */
describe('challenges', () => {
  let installation: Installation;
  let nodes: readonly RunningProcess[] = [];
  let admin: AdminAgent;
  let database: pg.Client;

  beforeAll(async () => {
    installation = await givenInstallation();
    nodes = await Promise.all([startProcess(installation), startProcess(installation)]);
    database = await installation.database.connect();
    admin = await adminAgent(nodes[0]?.url ?? '', installation);
    await givenUsers(admin, installation, [
      'anna',
      'bernd',
      'carla',
      'dirk',
      'emil',
      'frida',
      'gerd',
      'hans',
    ]);
    await givePolicies(database, [
      { scope: 'authentication', action: 'challenge_response=hmac totp motp pw' },
    ]);
  }, WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await Promise.all(nodes.map((node) => node.stop()));
    await installation?.remove();
  }, WITHIN_MS);

  async function call(path: string, form: Fields, node = 0): Promise<Answer> {
    const response = await fetch(`${nodes[node % 2]?.url}/validate/${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  }

  const accepts = async (path: string, form: Fields, node = 0) => {
    const { value } = (await call(path, form, node)).result;
    return typeof value === 'object' ? (value as { value: unknown }).value : value;
  };

  async function trigger(user: string, pass: string, node = 0): Promise<string> {
    const { result, detail } = await call('check', { user, pass }, node);
    expect(result).toEqual({ status: true, value: false });
    if (!detail) throw new Error('no challenge');
    return detail.transactionid;
  }

  const failuresOf = async (serial: string): Promise<number> =>
    (await database.query('SELECT failures FROM token WHERE serial = $1', [serial])).rows[0]?.failures;
  const newest = async () =>
    (await database.query('SELECT * FROM audit_record ORDER BY number DESC LIMIT 1')).rows[0];
  const expire = (root: string) =>
    database.query('UPDATE challenge SET expires_at = clock_timestamp() WHERE root = $1', [root]);

  it('are made by the PIN, and answered by the OTP alone, on whatever node, once', async () => {
    await enrol(admin, 'ANNA', { user: 'anna', pin: 'apin', description: 'of Anna' });
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
        return (await (await fetch(`${nodes[0]?.url}/validate/simplecheck?${query}`)).text()) === ':-)';
      },
    ],
  ])('are answered at %s', async (_, answer) => {
    await admin.post('/admin/remove', { serial: 'BERND' });
    await enrol(admin, 'BERND', { type: 'totp', user: 'bernd', pin: 'bpin' });
    expect(await answer(await trigger('bernd', 'bpin'))).toBe(true);
  });

  it('tell in one line at simplecheck', async () => {
    const query = new URLSearchParams({ user: 'bernd', pass: 'bpin' });
    const text = await (await fetch(`${nodes[0]?.url}/validate/simplecheck?${query}`)).text();
    expect(text).toMatch(/^:-\( [1-9]\d{16} Please enter your otp value: $/);
  });

  it('are answered by nobody else, and such answers count', async () => {
    await enrol(admin, 'CARLA', { user: 'carla', pin: 'cpin' });
    await enrol(admin, 'DIRK', { user: 'dirk', pin: 'dpin' });
    const hers = await trigger('carla', 'cpin');
    for (const state of [hers, '999999999999', '9%', '', 'x']) {
      expect(await accepts('check', { user: 'dirk', pass: hotpAt(0), state })).toBe(false);
      expect(await accepts('check', { user: 'dirk', pass: `dpin${hotpAt(0)}`, state })).toBe(false);
      expect(await accepts('check_s', { serial: 'DIRK', pass: hotpAt(0), state })).toBe(false);
      await database.query(`UPDATE token SET failures = 0 WHERE serial = 'DIRK' AND failures = 3`);
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
    await enrol(admin, 'MOVED', { user: 'emil', pin: 'epin' });
    const state = await trigger('emil', 'epin');
    await admin.post('/admin/assign', { serial: 'MOVED', user: 'frida' });
    expect(await accepts('check', { user: 'frida', pass: hotpAt(0), state })).toBe(false);
    expect(await accepts('check_t', { pass: hotpAt(0), state })).toBe(false);
    expect(await failuresOf('MOVED')).toBe(2);
    await admin.post('/admin/remove', { serial: 'MOVED' });
  });

  it('expire by the clock of the database', async () => {
    await enrol(admin, 'LATE', { user: 'emil', pin: 'epin' });
    const state = await trigger('emil', 'epin');
    await expire(state);
    expect(await accepts('check', { user: 'emil', pass: hotpAt(0), state })).toBe(false);
    expect(await accepts('check_t', { pass: hotpAt(0), state })).toBe(false);
    expect(await failuresOf('LATE')).toBe(2);
    await admin.post('/admin/remove', { serial: 'LATE' });
  });

  it('are made together for several tokens, and closed together', async () => {
    for (const serial of ['ONE', 'TWO']) await enrol(admin, serial, { user: 'emil', pin: 'epin' });
    // Else one OTP would fit both.
    await database.query(`UPDATE token SET counter = 20 WHERE serial = 'TWO'`);
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
    const { rows } = await database.query(
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
        await enrol(admin, serial, { user: 'gerd', pin: 'gpin', ...form });
        await database.query('UPDATE token SET max_failures = 1000 WHERE serial = $1', [serial]);
        const state = await trigger('gerd', 'gpin');
        const answers = await Promise.all(
          Array.from({ length: REQUESTS }, (__, turn) =>
            turn % 4 < 2
              ? accepts('check', { user: 'gerd', pass: otp(), state }, turn)
              : accepts('check_t', { pass: otp(), state }, turn),
          ),
        );
        expect(answers.filter((accepted) => accepted === true)).toHaveLength(1);
        const { rows } = await database.query(
          'SELECT state, valid, received_count FROM challenge WHERE root = $1',
          [state],
        );
        expect(rows).toEqual([{ state: 'closed', valid: true, received_count: expect.any(Number) }]);
        await admin.post('/admin/remove', { serial });
      }
    },
    WITHIN_MS,
  );

  it('are made five times in ten minutes for a token, however many ask for them at once', async () => {
    await enrol(admin, 'FLOOD', { user: 'hans', pin: 'hpin' });
    const answers = await Promise.all(
      Array.from({ length: REQUESTS }, (_, turn) => call('check', { user: 'hans', pass: 'hpin' }, turn)),
    );
    expect(answers.filter(({ detail }) => detail?.transactionid)).toHaveLength(5);
    const made = () => database.query(`SELECT 1 FROM challenge WHERE serial = 'FLOOD'`);
    expect((await made()).rowCount).toBe(5);
    // Whoever asks too often is told nothing, and locks nothing.
    expect(answers.filter(({ detail }) => !detail)).toHaveLength(REQUESTS - 5);
    expect(await failuresOf('FLOOD')).toBe(0);
    await database.query(
      `UPDATE token SET challenged_at = ARRAY(SELECT at - interval '10 minutes' FROM unnest(challenged_at) AS at)
       WHERE serial = 'FLOOD'`,
    );
    await trigger('hans', 'hpin');
    expect((await made()).rowCount).toBe(6);
  });

  describe('tell at check_status how they stand', () => {
    let state: string;

    beforeEach(async () => {
      await admin.post('/admin/remove', { serial: 'POLL' });
      await enrol(admin, 'POLL', { user: 'frida', pin: 'fpin' });
      state = await trigger('frida', 'fpin');
    });

    const poll = (form: Fields, node = 0) => call('check_status', { state, ...form }, node);

    it('to whoever knows the PIN', async () => {
      const open = {
        received_count: 0,
        received_tan: false,
        valid_tan: false,
        message: PROMPT,
        status: 'open',
        token: { serial: 'POLL', type: 'HMAC' },
      };
      expect(await poll({ pass: 'fpin' }, 1)).toMatchObject({
        result: { status: true, value: true },
        id: 0,
        detail: { transactions: { [state]: open } },
      });
      await accepts('check', { user: 'frida', pass: '000000', state });
      expect(await poll({ user: 'frida', pass: 'fpin' })).toMatchObject({
        detail: { transactions: { [state]: { ...open, received_count: 1, received_tan: true } } },
      });
      await accepts('check', { user: 'frida', pass: hotpAt(0), state });
      const closed = { received_count: 2, received_tan: true, valid_tan: true, status: 'closed' };
      expect(await poll({ pass: 'fpin' })).toMatchObject({ detail: { transactions: { [state]: closed } } });
      // A stranger's failure does not take it back.
      await accepts('check', { user: 'frida', pass: 'wrong' });
      await accepts('check', { user: 'frida', pass: '000000', state });
      expect(await poll({ pass: 'fpin' })).toMatchObject({ detail: { transactions: { [state]: closed } } });
    });

    it.each<[string, Fields]>([
      ['a wrong PIN', { pass: 'wrong' }],
      ['another user', { user: 'anna', pass: 'fpin' }],
      ['a user whom there is not', { user: 'nosuch', pass: 'fpin' }],
      ['another token', { serial: 'ANNA', pass: 'fpin' }],
      ['an unknown transaction', { state: '999999999999', pass: 'fpin' }],
      ['no transaction', { state: '', pass: 'fpin' }],
    ])('but nothing with %s', async (what, form) => {
      const { result, detail } = await poll(form);
      expect([result, detail]).toEqual([{ status: true, value: false }, undefined]);
      expect(await failuresOf('POLL')).toBe(what === 'a wrong PIN' ? 1 : 0);
    });

    it('until it expires', async () => {
      await expire(state);
      expect((await poll({ pass: 'fpin' })).result.value).toBe(false);
    });

    it('as long as it is not guessed at: a locked token shows nothing', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, turn) => poll({ pass: 'wrong' }, turn)));
      expect(await failuresOf('POLL')).toBeGreaterThanOrEqual(10);
      expect((await poll({ pass: 'fpin' })).result.value).toBe(false);
    });
  });

  describe('are shown to administrators', () => {
    const checkstatus = async (query: Fields) => {
      const { body } = await admin.get('/admin/checkstatus', query);
      expect(body.result.error).toBeUndefined();
      return body.result.value.values as Record<string, { challenges: object; tokeninfo: { token: object } }>;
    };
    const shown = async (query: Fields) =>
      Object.fromEntries(
        Object.entries(await checkstatus(query)).map(([serial, { challenges }]) => [
          serial,
          Object.keys(challenges),
        ]),
      );

    it('by transaction, token and user, with what can be known of the token', async () => {
      await admin.post('/admin/remove', { serial: 'POLL' });
      await enrol(admin, 'POLL', { user: 'frida', pin: 'fpin' });
      const [closed, open] = [await trigger('frida', 'fpin'), await trigger('frida', 'fpin')];
      await database.query(`UPDATE challenge SET state = 'closed' WHERE root = $1`, [closed]);
      expect(await checkstatus({ transactionid: open })).toEqual({
        POLL: {
          challenges: {
            [open]: {
              id: expect.any(Number),
              transid: open,
              challenge: PROMPT,
              tokenserial: 'POLL',
              data: {
                serial: 'POLL',
                date: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
              },
              timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
              received_tan: false,
              valid_tan: false,
              session: { status: 'open' },
            },
          },
          tokeninfo: expect.objectContaining({
            type: 'HMAC',
            token: expect.objectContaining({ 'LinOtp.TokenSerialnumber': 'POLL' }),
          }),
        },
      });
      expect(await shown({ state: closed })).toEqual({});
      expect(await shown({ transactionid: closed, open: 'true' })).toEqual({ POLL: [closed] });
      expect(await shown({ serial: 'POLL' })).toEqual({ POLL: [open] });
      expect(await shown({ serial: 'POLL', open: 'true' })).toEqual({ POLL: [closed, open] });
      expect(await shown({ user: 'frida', open: 'true' })).toEqual({ POLL: [open] });
      expect(await shown({ user: 'anna', serial: 'POLL' })).toMatchObject({ POLL: [open] });
      expect(await shown({ transactionid: open.slice(0, 9) })).toEqual({});
      expect(await newest()).toMatchObject({ action: 'admin/checkstatus', succeeded: true });
    });

    it('who have a right in a realm of the token', async () => {
      const state = await trigger('frida', 'fpin');
      const challenging = { scope: 'authentication', action: 'challenge_response=hmac totp motp pw' };
      for (const [realm, found] of [
        ['staff', { POLL: [state] }],
        ['other', {}],
      ] as const) {
        await givePolicies(database, [challenging, { scope: 'admin', action: 'checkstatus', realm }]);
        expect(await shown({ transactionid: state })).toEqual(found);
      }
      await givePolicies(database, [challenging, { scope: 'admin', action: 'show' }]);
      const { body } = await admin.get('/admin/checkstatus', { transactionid: state });
      expect(body.result.error.code).toBe(410);
      await givePolicies(database, [challenging]);
    });
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
    await givePolicies(database, []);
    const { result, detail } = await call('check', { user: 'anna', pass: 'apin' });
    expect([result.value, detail]).toEqual([false, undefined]);
  });
});
