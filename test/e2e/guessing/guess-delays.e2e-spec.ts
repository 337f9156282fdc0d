import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { hotpAt } from '../../support/clients/otp.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';

const WITHIN_MS = 60_000;
const HOME = '203.0.113.7';
const SAME_NETWORK = '203.0.113.99';
const AWAY = '198.51.100.3';
const FIRST_DELAYED = 3;
/** Long enough for any test machine: time passes by changing rows. */
const SETTINGS = {
  TWINLOCK_TRUSTED_PROXIES: '127.0.0.1',
  TWINLOCK_GUESS_DELAY_FROM: String(FIRST_DELAYED),
  TWINLOCK_GUESS_DELAY_SECONDS: '3600',
  TWINLOCK_GUESS_DELAY_LONGEST: '86400',
  TWINLOCK_GUESS_LIMIT: '8',
};

interface Answer {
  readonly result: { readonly status: boolean; readonly value: unknown };
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Through HTTP, on two servers that share a PostgreSQL. */
describe('guessing', () => {
  let installation: Installation;
  let nodes: readonly RunningProcess[] = [];
  let admin: AdminAgent;
  let database: pg.Client;
  let drawn = 0;

  beforeAll(async () => {
    installation = await givenInstallation(SETTINGS);
    nodes = await Promise.all([startProcess(installation), startProcess(installation)]);
    database = await installation.database.connect();
    admin = await adminAgent(nodes[0]?.url ?? '', installation);
    await givenUsers(admin, installation, ['anna', 'bernd', 'carla', 'dirk', 'zoë']);
  }, WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await Promise.all(nodes.map((node) => node.stop()));
    await installation?.remove();
  }, WITHIN_MS);

  /** @param client the end user, as a gateway passes them; `null`: it does not */
  async function call(path: string, form: Fields, client: string | null = HOME, node = 0): Promise<Answer> {
    const response = await fetch(`${nodes[node % 2]?.url}/validate/${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: client === null ? {} : { 'X-Forwarded-For': client },
    });
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  }
  const bySerial = async (serial: string, pass: string, client: string | null = HOME, node = 0) =>
    (await call('check_s', { serial, pass }, client, node)).result.value;
  const byUser = async (user: Fields, pass: string, client: string | null = HOME, node = 0) =>
    (await call('check', { ...user, pass }, client, node)).result.value;

  async function givenToken(form: Fields = {}): Promise<string> {
    const serial = `GUESS${drawn++}`;
    await enrol(admin, serial, form);
    await changed(admin, '/admin/set', { serial, MaxFailCount: '1000' });
    return serial;
  }
  const failuresOf = async (serial: string): Promise<number> => {
    const { rows } = await database.query('SELECT failures FROM token WHERE serial = $1', [serial]);
    return rows[0].failures;
  };
  /** As if all delays were over. */
  const rest = (serial: string) =>
    database.query(
      `UPDATE token SET blocked_until = (SELECT jsonb_object_agg(key, 1) FROM jsonb_each(blocked_until)) WHERE serial = $1`,
      [serial],
    );
  const lastRecord = async (): Promise<{ succeeded: boolean; detail: string; serial: string }> => {
    const { rows } = await database.query(
      'SELECT succeeded, detail, serial FROM audit_record ORDER BY number DESC LIMIT 1',
    );
    return rows[0];
  };

  it('slows down the next login from the same network, on every node, without counting it', async () => {
    const serial = await givenToken();
    for (let turn = 0; turn < FIRST_DELAYED; turn++) await bySerial(serial, '000000', HOME, turn);
    for (const node of [0, 1]) {
      expect(await bySerial(serial, hotpAt(0), SAME_NETWORK, node)).toBe(false);
      expect(await lastRecord()).toEqual({
        succeeded: false,
        serial,
        detail: 'Blocked for a while after too many failures',
      });
    }
    expect(await failuresOf(serial)).toBe(FIRST_DELAYED);
    await rest(serial);
    expect(await bySerial(serial, hotpAt(0), HOME, 1)).toBe(true);
    expect(await failuresOf(serial)).toBe(0);
  });

  it('leaves users of other networks alone', async () => {
    const serial = await givenToken();
    for (let turn = 0; turn < FIRST_DELAYED; turn++) await bySerial(serial, '000000', HOME);
    expect(await bySerial(serial, hotpAt(0), HOME)).toBe(false);
    expect(await bySerial(serial, hotpAt(0), AWAY, 1)).toBe(true);
    // Forgiven for everybody.
    expect(await bySerial(serial, hotpAt(1), HOME)).toBe(true);
  });

  it('goes by the token where no gateway passes an address', async () => {
    const serial = await givenToken();
    for (let turn = 0; turn < FIRST_DELAYED; turn++) await bySerial(serial, '000000', null, turn);
    expect(await bySerial(serial, hotpAt(0), null, 1)).toBe(false);
    await rest(serial);
    expect(await bySerial(serial, hotpAt(0), null, 1)).toBe(true);
  });

  it('takes the parameter client from those who may name one, and from nobody else', async () => {
    const serial = await givenToken();
    const guess = (client: string, from: string) =>
      call('check_s', { serial, pass: '000000', client }, from).then(({ result }) => result.value);
    // Whoever is not listed is where they are, whatever they say.
    for (let turn = 0; turn < FIRST_DELAYED; turn++) await guess(`192.0.2.${turn}`, HOME);
    expect(await bySerial(serial, hotpAt(0), HOME)).toBe(false);
    await changed(admin, '/admin/reset', { serial });
    await changed(admin, '/system/setConfig', { mayOverwriteClient: HOME });
    for (let turn = 0; turn < FIRST_DELAYED; turn++) await guess('192.0.2.1', HOME);
    expect(await bySerial(serial, hotpAt(0), HOME)).toBe(true);
    await changed(admin, '/system/delConfig', { key: 'mayOverwriteClient' });
  });

  it('is over with an administrator’s reset', async () => {
    const serial = await givenToken();
    for (let turn = 0; turn < FIRST_DELAYED; turn++) await bySerial(serial, '000000');
    expect(await bySerial(serial, hotpAt(0))).toBe(false);
    await changed(admin, '/admin/reset', { serial });
    expect(await bySerial(serial, hotpAt(0))).toBe(true);
  });

  it('locks every token at the limit of all of them, whatever its own is', async () => {
    const serial = await givenToken();
    for (let failures = 0; failures < 8; failures++) {
      await bySerial(serial, '000000');
      await rest(serial);
    }
    expect(await failuresOf(serial)).toBe(8);
    expect(await bySerial(serial, hotpAt(0))).toBe(false);
    expect(await lastRecord()).toMatchObject({ detail: 'Failcounter exceeded' });
    expect(await failuresOf(serial)).toBe(9);
  });

  it('slows down all tokens of a user that could have been meant', async () => {
    const serials = [
      await givenToken({ user: 'anna', pin: 'one' }),
      await givenToken({ user: 'anna', pin: 'two' }),
    ];
    for (let turn = 0; turn < FIRST_DELAYED; turn++) await byUser({ user: 'anna' }, 'x000000');
    for (const [place, pin] of ['one', 'two'].entries()) {
      expect(await byUser({ user: 'anna' }, `${pin}${hotpAt(0)}`)).toBe(false);
      expect(await bySerial(serials[place] ?? '', `${pin}${hotpAt(0)}`)).toBe(false);
    }
    await Promise.all(serials.map(rest));
    expect(await byUser({ user: 'anna' }, `two${hotpAt(0)}`)).toBe(true);
  });

  it.each<{ what: string; user: string; spellings: readonly Fields[] }>([
    {
      what: 'with a realm, in any form and case',
      user: 'bernd',
      spellings: [
        { user: 'bernd' },
        { user: 'bernd@staff' },
        { user: 'bernd@STAFF' },
        { user: 'Staff\\bernd' },
        { user: 'bernd', realm: 'sTaff' },
      ],
    },
    {
      what: 'with blanks',
      user: 'carla',
      spellings: [{ user: 'carla' }, { user: ' carla' }, { user: 'carla ' }],
    },
  ])('has one budget for all spellings of a user: $what', async ({ user, spellings }) => {
    const serial = await givenToken({ user });
    for (let turn = 0; turn < FIRST_DELAYED; turn++) {
      await byUser(spellings[turn % spellings.length] ?? {}, '000000', HOME, turn);
    }
    expect(await failuresOf(serial)).toBe(FIRST_DELAYED);
    for (const spelling of spellings) expect(await byUser(spelling, hotpAt(0))).toBe(false);
    await rest(serial);
    expect(await byUser(spellings.at(-1) ?? {}, hotpAt(0))).toBe(true);
  });

  it('is no quicker by asking how a challenge stands', async () => {
    await givePolicies(database, [{ scope: 'authentication', action: 'challenge_response=hmac' }]);
    const serial = await givenToken({ user: 'dirk', pin: 'pin' });
    const { detail } = await call('check', { user: 'dirk', pass: 'pin' });
    const transactionid = String(detail?.['transactionid']);
    const poll = async (pass: string, client = HOME) =>
      (await call('check_status', { transactionid, pass }, client)).result.value;
    expect(await poll('pin')).toBe(true);
    for (let turn = 0; turn < FIRST_DELAYED; turn++) expect(await poll('wrong')).toBe(false);
    expect(await failuresOf(serial)).toBe(FIRST_DELAYED);
    expect(await poll('pin')).toBe(false);
    expect(await byUser({ user: 'dirk' }, `pin${hotpAt(0)}`)).toBe(false);
    expect(await poll('pin', AWAY)).toBe(true);
  });

  it('lets no more parallel guesses through than the delay allows', async () => {
    const serial = await givenToken();
    const guesses = Array.from({ length: 30 }, (_, turn) => bySerial(serial, '000000', HOME, turn));
    const answers = await Promise.all([...guesses, bySerial(serial, hotpAt(0), HOME, 1)]);
    const accepted = answers.filter((value) => value === true).length;
    const { rows } = await database.query<{ detail: string; count: number }>(
      `SELECT detail, count(*)::int AS count FROM audit_record
       WHERE serial = $1 AND action = 'validate/check_s' AND NOT succeeded GROUP BY detail`,
      [serial],
    );
    const of = (text: string) => rows.find(({ detail }) => detail === text)?.count ?? 0;
    // The right one forgives those before it, if it had its turn among them.
    const looked = of('wrong otp value');
    expect(looked).toBeLessThan(FIRST_DELAYED * (1 + accepted) + (accepted === 0 ? 1 : 0));
    expect(await failuresOf(serial)).toBe(FIRST_DELAYED);
    expect(of('Blocked for a while after too many failures')).toBe(31 - accepted - looked);
  });

  it('shows administrators what it always has', async () => {
    const serial = await givenToken({ pin: 'pin' });
    const before = await admin.get('/admin/show', { serial });
    for (let turn = 0; turn < FIRST_DELAYED; turn++) await bySerial(serial, 'x000000');
    const after = await admin.get('/admin/show', { serial });
    const shown = (body: { result: { value: { data: readonly object[] } } }) =>
      body.result.value.data[0] ?? {};
    expect(shown(after.body)).toEqual({
      ...shown(before.body),
      'LinOtp.FailCount': FIRST_DELAYED,
    });
  });

  it('is counted in the metrics', async () => {
    const serial = await givenToken();
    for (let turn = 0; turn <= FIRST_DELAYED; turn++) await bySerial(serial, '000000');
    const { text } = await admin.get('/metrics');
    expect(text).toMatch(/twinlock_verdicts_total\{outcome="blocked",token_type=""\} [1-9]/);
  });
});
