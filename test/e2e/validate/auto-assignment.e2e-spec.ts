import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type pg from 'pg';

import { enrol } from '../../faults/given-users.js';
import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type GivenPolicy, givePolicies } from '../../support/domain/given-policies.js';
import { hotpAt, totpAt } from '../../support/clients/otp.js';

// `password`, as spec/system-api §4.5 gives it.
const SHA512 =
  '$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1';
const OTHER_KEY = '3030303030303030303030303030303030303030';
const SETTINGS = { TWINLOCK_TRUSTED_PROXIES: '127.0.0.1' };
const LOGINS = ['anna', 'bernd', 'carla', 'dirk', 'emil', 'frida'];
const RACES = 3;
const WITHIN_MS = 60_000;

interface Row {
  readonly owner_user_id: string | null;
  readonly realms: readonly string[];
  readonly counter: number;
  readonly failures: number;
  readonly revision: number;
}

/** Two nodes on one database. */
describe('tokens that become the user’s at a login', () => {
  let nodes: readonly RunningApplication[] = [];
  let admin: AdminAgent;
  let database: pg.Client;

  beforeAll(async () => {
    const first = await startApplication({ env: SETTINGS });
    nodes = [first, await startApplication({ installation: first.installation, env: SETTINGS })];
    admin = await adminAgent(first.url, first.installation);
    database = await first.installation.database.connect();
    const fileName = join(first.installation.folder, 'passwd');
    const lines = LOGINS.map(
      (user, place) => `${user}:${SHA512}:${1000 + place}:1000:${user}:/:/bin/false\n`,
    );
    await writeFile(fileName, lines.join(''));
    await admin.post('/system/setResolver', { name: 'file', type: 'passwdresolver', fileName });
    const resolvers = 'useridresolver.PasswdIdResolver.IdResolver.file';
    for (const realm of ['staff', 'store']) await admin.post('/system/setRealm', { realm, resolvers });
    await admin.post('/system/setDefaultRealm', { realm: 'staff' });
  }, WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    for (const node of nodes.toReversed()) await node.stop();
  }, WITHIN_MS);

  beforeEach(async () => {
    await database.query('DELETE FROM token');
    await database.query('DELETE FROM login_throttle');
  });

  const enrolment = (action: string): GivenPolicy => ({ scope: 'enrollment', action });
  const given = (...policies: readonly GivenPolicy[]) => givePolicies(database, policies);
  const byOtp = (more = '') => given(enrolment(`autoassignment_without_password${more}`));
  const byPassword = (more = '') => given(enrolment(`autoassignment${more}`));
  const free = (serial: string, form = {}, realm = 'staff') =>
    enrol(admin, serial, form).then(() =>
      database.query('UPDATE token SET realms = $2 WHERE serial = $1', [serial, [realm]]),
    );
  async function login(user: string, pass: string, more = {}, node = 0, from = ''): Promise<boolean> {
    const body = new URLSearchParams({ user, pass, ...more });
    const headers = from === '' ? undefined : { 'X-Forwarded-For': from };
    const response = await fetch(`${nodes[node]?.url}/validate/check`, { method: 'POST', body, headers });
    const answer = (await response.json()) as {
      readonly result: { readonly value: boolean };
      detail?: object;
    };
    expect(answer).not.toHaveProperty('detail');
    return answer.result.value;
  }
  async function stored(serial: string): Promise<Row | undefined> {
    const { rows } = await database.query<Row>(
      `SELECT owner_user_id, realms, counter::int, failures, revision::int FROM token WHERE serial = $1`,
      [serial],
    );
    return rows[0];
  }
  async function told(): Promise<unknown> {
    const { rows } = await database.query(
      `SELECT succeeded, username, realm, serial, token_type, detail, info FROM audit_record
       WHERE action = 'validate/check' ORDER BY number DESC LIMIT 1`,
    );
    return rows[0];
  }

  it('by the OTP alone: owner, realm, no PIN, and the OTP is spent', async () => {
    await free('FREE', { pin: 'old' });
    await byOtp();
    await expect(login('anna', hotpAt(3))).resolves.toBe(true);
    await expect(stored('FREE')).resolves.toMatchObject({
      owner_user_id: '1000',
      realms: ['staff'],
      counter: 4,
      failures: 0,
    });
    await expect(told()).resolves.toEqual({
      succeeded: true,
      username: 'anna',
      realm: 'staff',
      serial: 'FREE',
      token_type: 'HMAC',
      detail: '',
      info: 'Token with otp auto assigned; policies: given_0',
    });
    await expect(login('anna', hotpAt(3))).resolves.toBe(false);
    await expect(login('anna', hotpAt(4))).resolves.toBe(true);
    await expect(login('bernd', hotpAt(5))).resolves.toBe(false);
  });

  it('raises the revision, and keeps the tally right', async () => {
    await free('FREE');
    const before = await stored('FREE');
    await byOtp();
    await login('anna', hotpAt(0));
    expect((await stored('FREE'))?.revision).toBe((before?.revision ?? 0) + 1);
    const { rows } = await database.query(
      `SELECT owner_resolver, sum(tokens)::int AS tokens FROM token_tally GROUP BY 1 HAVING sum(tokens) <> 0`,
    );
    expect(rows).toEqual([{ owner_resolver: 'file', tokens: 1 }]);
  });

  it('with the password, which becomes the PIN', async () => {
    await free('FREE', { pin: 'old' });
    await byPassword();
    await expect(login('anna', `wrong${hotpAt(0)}`)).resolves.toBe(false);
    await expect(login('anna', hotpAt(0))).resolves.toBe(false);
    await expect(login('anna', `password${hotpAt(0).replace(/^./, 'x')}`)).resolves.toBe(false);
    await expect(stored('FREE')).resolves.toMatchObject({ owner_user_id: null, counter: 0, failures: 0 });
    await expect(login('anna', `password${hotpAt(0)}`)).resolves.toBe(true);
    await expect(told()).resolves.toMatchObject({ info: 'Token auto assigned; policies: given_0' });
    await expect(login('anna', `old${hotpAt(1)}`)).resolves.toBe(false);
    await expect(login('anna', `password${hotpAt(1)}`)).resolves.toBe(true);
  });

  it('with ignore_autoassignment_pin the token keeps its PIN', async () => {
    await free('FREE', { pin: 'old' });
    await byPassword(', ignore_autoassignment_pin');
    await expect(login('anna', `password${hotpAt(0)}`)).resolves.toBe(true);
    await expect(login('anna', `password${hotpAt(1)}`)).resolves.toBe(false);
    await expect(login('anna', `old${hotpAt(1)}`)).resolves.toBe(true);
  });

  it.each<[string, (pass: string) => Promise<unknown>]>([
    ['of two that match', () => free('OTHER')],
    ['that is disabled', () => database.query('UPDATE token SET active = false')],
    ['that is locked', () => database.query('UPDATE token SET failures = max_failures')],
    ['that has expired', () => database.query(`UPDATE token SET valid_until = now() - interval '1 day'`)],
    ['that is used up', () => database.query('UPDATE token SET max_attempts = 1, attempts = 1')],
    ['of another realm', () => database.query(`UPDATE token SET realms = '{store}'`)],
    ['of no realm', () => database.query(`UPDATE token SET realms = '{}'`)],
    ['that is somebody’s', () => admin.post('/admin/assign', { serial: 'FREE', user: 'bernd' })],
    ['where the user has one', () => enrol(admin, 'MINE', { user: 'anna', otpkey: OTHER_KEY })],
    [
      'where the user has one elsewhere',
      async () => {
        await enrol(admin, 'MINE', { user: 'anna', otpkey: OTHER_KEY });
        await database.query(`UPDATE token SET realms = '{store}' WHERE serial = 'MINE'`);
      },
    ],
  ])('is none %s', async (_title, change) => {
    await free('FREE');
    await given(enrolment('autoassignment_without_password, autoassignment'));
    await change('');
    await expect(login('anna', hotpAt(0))).resolves.toBe(false);
    await expect(login('anna', `password${hotpAt(0)}`)).resolves.toBe(false);
    await expect(stored('FREE')).resolves.toMatchObject({ counter: 0 });
  });

  it.each([
    ['spass', {}, 'password'],
    ['pw', { otpkey: 'geheim' }, 'geheim'],
  ])('is none of type %s, which has no OTP', async (type, form, pass) => {
    await free('FREE', { type, ...form });
    await given(enrolment('autoassignment_without_password, autoassignment'));
    await expect(login('anna', pass)).resolves.toBe(false);
    await expect(login('anna', `password${pass}`)).resolves.toBe(false);
  });

  it('may be of any type that has one, and one that the request names', async () => {
    await free('TIMED', { type: 'totp', otpkey: OTHER_KEY });
    await free('FREE');
    await byOtp();
    const timed = totpAt(new Date(), { keyHex: OTHER_KEY });
    await expect(login('anna', timed, { token_type: 'hmac' })).resolves.toBe(false);
    await expect(login('anna', timed, { serial: 'FREE' })).resolves.toBe(false);
    await expect(login('anna', timed, { transactionid: '12345678901234567' })).resolves.toBe(false);
    await expect(login('anna', timed, { token_type: 'totp', serial: 'TIMED' })).resolves.toBe(true);
  });

  it('comes from the realm that a policy names, and leaves it', async () => {
    await free('FREE', {}, 'store');
    await free('OWN', { otpkey: OTHER_KEY });
    await byOtp(', autoassignment_from_realm=Store');
    await expect(login('anna', hotpAt(0, { keyHex: OTHER_KEY }))).resolves.toBe(false);
    await expect(login('anna', hotpAt(0))).resolves.toBe(true);
    await expect(stored('FREE')).resolves.toMatchObject({ realms: ['staff'] });
  });

  it.each([
    ['maxtoken=0', 'enrollment'],
    ['maxtokenHMAC=0', 'enrollment'],
    ['tokencount=0', 'enrollment'],
    ['tokentype=totp', 'authorization'],
    ['serial=^X', 'authorization'],
  ])('stays free where %s forbids it', async (action, scope) => {
    await free('FREE', {}, 'store');
    await given(enrolment('autoassignment_without_password, autoassignment_from_realm=store'), {
      scope,
      action,
    });
    await expect(login('anna', hotpAt(0))).resolves.toBe(false);
    await expect(stored('FREE')).resolves.toMatchObject({
      owner_user_id: null,
      counter: 0,
      realms: ['store'],
    });
    await expect(told()).resolves.toMatchObject({ succeeded: false, username: 'anna' });
  });

  it('cannot be guessed without end', async () => {
    await free('FREE');
    await byOtp();
    for (let guess = 0; guess < 5; guess++) await expect(login('anna', `00000${guess}`)).resolves.toBe(false);
    await expect(login('anna', hotpAt(0))).resolves.toBe(false);
    await expect(stored('FREE')).resolves.toMatchObject({ owner_user_id: null, counter: 0, failures: 0 });
    await expect(login('bernd', hotpAt(0))).resolves.toBe(true);
  });

  it('cannot be guessed through many users of one network', async () => {
    await free('FREE');
    await given(enrolment('autoassignment_without_password'), {
      scope: 'authentication',
      action: 'passthru',
    });
    const [guesser, neighbour, elsewhere] = ['198.51.100.7', '198.51.100.8', '203.0.113.9'];
    for (const user of ['anna', 'bernd']) {
      await expect(login(user, '000000', {}, 0, guesser)).resolves.toBe(false);
    }
    const { rows } = await database.query(
      `UPDATE login_throttle SET blocked_until = now() + interval '1 minute'
       WHERE subject LIKE 'user-network:%' RETURNING failures`,
    );
    expect(rows).toEqual([{ failures: 2 }]);
    await expect(login('carla', hotpAt(0), {}, 1, neighbour)).resolves.toBe(false);
    // A password is right for one user alone.
    await expect(login('carla', 'password', {}, 1, neighbour)).resolves.toBe(true);
    await expect(login('dirk', hotpAt(0), {}, 1, elsewhere)).resolves.toBe(true);
  });

  it('costs nobody a guess whom a policy lets in all the same', async () => {
    await free('FREE');
    await given(enrolment('autoassignment_without_password, autoassignment'), {
      scope: 'authentication',
      action: 'passOnNoToken',
    });
    for (let turn = 0; turn < 7; turn++) {
      await expect(login('anna', 'whatever', {}, turn % 2, '198.51.100.7')).resolves.toBe(true);
    }
    const { rows } = await database.query('SELECT DISTINCT failures FROM login_throttle');
    expect(rows).toEqual([{ failures: 0 }]);
    await expect(login('anna', hotpAt(0))).resolves.toBe(true);
    await expect(stored('FREE')).resolves.toMatchObject({ owner_user_id: '1000' });
  });

  it('goes before what else lets in users without a token, and hinders none of it', async () => {
    await free('FREE');
    await given(enrolment('autoassignment_without_password, autoassignment'), {
      scope: 'authentication',
      action: 'passthru',
    });
    await expect(login('anna', 'password')).resolves.toBe(true);
    await expect(stored('FREE')).resolves.toMatchObject({ owner_user_id: null });
    await expect(login('anna', hotpAt(0))).resolves.toBe(true);
    await expect(login('anna', 'password')).resolves.toBe(false);
  });

  it(
    'becomes one user’s, of any number that show its OTP on two nodes',
    async () => {
      await byOtp();
      for (let race = 0; race < RACES; race++) {
        await database.query('DELETE FROM token');
        await database.query('DELETE FROM login_throttle');
        await free('FREE');
        const verdicts = await Promise.all(
          LOGINS.map((user, place) => login(user, hotpAt(0), {}, place % 2)),
        );
        expect(verdicts.filter(Boolean)).toHaveLength(1);
        const winner = String(1000 + verdicts.indexOf(true));
        await expect(stored('FREE')).resolves.toMatchObject({ owner_user_id: winner, counter: 1 });
      }
    },
    WITHIN_MS,
  );

  it(
    'is the only one that a user gets, of several that they show on two nodes',
    async () => {
      await byOtp();
      for (let race = 0; race < RACES; race++) {
        await database.query('DELETE FROM token');
        await database.query('DELETE FROM login_throttle');
        await free('ONE');
        await free('TWO', { otpkey: OTHER_KEY });
        const keys = [{}, { keyHex: OTHER_KEY }];
        const verdicts = await Promise.all(keys.map((key, node) => login('anna', hotpAt(0, key), {}, node)));
        expect(verdicts.filter(Boolean)).toHaveLength(1);
        const { rows } = await database.query('SELECT serial FROM token WHERE owner_user_id IS NOT NULL');
        expect(rows).toEqual([{ serial: verdicts[0] ? 'ONE' : 'TWO' }]);
      }
    },
    WITHIN_MS,
  );
});
