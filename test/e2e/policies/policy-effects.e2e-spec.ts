import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type pg from 'pg';
import request from 'supertest';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { hotpAt } from '../../support/clients/otp.js';
import { RFC_KEY } from '../../support/domain/given-token.js';

// `password`, as spec/system-api §4.5 gives it.
const SHA512 =
  '$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1';
const RACES = 15;
const WITHIN_MS = 60_000;
const SEED = Buffer.from(RFC_KEY).toString('hex');
const LINES = ['anna', 'bernd', 'carla', 'dora'].map(
  (login, place) => `${login}:${SHA512}:${2001 + place}:100:${login} A,,+49001,+49101,${login}@x.test:/:`,
);

interface Reply {
  readonly result: { readonly status: boolean; readonly value?: unknown; readonly error?: unknown };
  readonly detail?: Record<string, unknown>;
}

let first: RunningApplication;
let second: RunningApplication;
let admin: AdminAgent;
let admin2: AdminAgent;
let database: pg.Client;

/** Policies in place of all there were, known to both nodes. */
async function givenPolicies(...policies: readonly Fields[]): Promise<void> {
  await database.query('BEGIN');
  await database.query('DELETE FROM policy');
  for (const [place, policy] of policies.entries()) {
    const row = { name: `p${place}`, realm: '*', user: '*', client: '*', active: 'True', ...policy };
    const columns = Object.keys(row).map((name) => `"${name}"`);
    await database.query(
      `INSERT INTO policy (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(row),
    );
  }
  await database.query(
    'UPDATE configuration_version SET version = version + 1, changed_at = clock_timestamp() WHERE id = 1',
  );
  await database.query('COMMIT');
  // A login finds out that the configuration has moved on.
  for (const { url } of [first, second])
    await request(url).get('/validate/check').query({ user: 'nosuch', pass: '' });
}

async function ask(path: string, form: Fields): Promise<Reply> {
  return (
    await request(first.url)
      .post(path)
      .type('form')
      .send({ ...form })
  ).body as Reply;
}
const check = (user: string, pass: string, more: Fields = {}) =>
  ask('/validate/check', { user, pass, realm: 'home', ...more });
const isAccepted = async (answer: Promise<Reply>) => (await answer).result.value;

async function reply(answer: request.Test): Promise<Reply> {
  return (await answer).body as Reply;
}

async function enrol(serial: string, more: Fields = {}, agent = admin): Promise<Reply> {
  return reply(agent.post('/admin/init', { type: 'hmac', otpkey: SEED, serial, ...more }));
}

async function lastRecord(): Promise<Record<string, unknown>> {
  const { rows } = await database.query('SELECT * FROM audit_record ORDER BY number DESC LIMIT 1');
  return rows[0] as Record<string, unknown>;
}

beforeAll(async () => {
  first = await startApplication();
  second = await startApplication({ installation: first.installation });
  database = await first.installation.database.connect();
  const file = join(first.installation.folder, 'passwd');
  await writeFile(file, `${LINES.join('\n')}\n`);
  admin = await adminAgent(first.url, first.installation);
  admin2 = await adminAgent(second.url, first.installation);
  await admin.post('/system/setResolver', { name: 'filed', type: 'passwdresolver', fileName: file });
  const resolvers = 'useridresolver.PasswdIdResolver.IdResolver.filed';
  for (const realm of ['home', 'away']) await admin.post('/system/setRealm', { realm, resolvers });
  for (const [serial, user] of [
    ['ANNA1', 'anna'],
    ['BERND1', 'bernd'],
  ] as const) {
    const { result } = await enrol(serial, { user, realm: 'home', pin: 'pin1' });
    expect(result.value).toBe(true);
  }
}, WITHIN_MS);

afterAll(async () => {
  await database.end();
  await second.stop();
  await first.stop();
}, WITHIN_MS);

/** The next value of a token: every test spends its own. */
const counters = new Map<string, number>();
function otp(serial: string): string {
  const counter = counters.get(serial) ?? 0;
  counters.set(serial, counter + 1);
  return hotpAt(counter);
}

describe('policies of logins', () => {
  it('otppin: a password of the directory takes the place of the PIN', async () => {
    await givenPolicies({ scope: 'authentication', action: 'otppin=password', user: 'anna', realm: 'home' });
    const value = otp('ANNA1');
    expect(await isAccepted(check('anna', `pin1${value}`))).toBe(false);
    expect(await isAccepted(check('anna', `wrong${value}`))).toBe(false);
    expect(await isAccepted(check('anna', `password${value}`))).toBe(true);
    expect(await isAccepted(check('anna', `password${value}`))).toBe(false);
    expect(await isAccepted(check('bernd', `pin1${otp('BERND1')}`))).toBe(true);
    const serial = { serial: 'ANNA1', pass: `password${otp('ANNA1')}` };
    expect(await isAccepted(ask('/validate/check_s', serial))).toBe(true);
    expect(await lastRecord()).toMatchObject({ succeeded: true, info: 'policies: p0' });
  });

  it('otppin: of the users that are named, no PIN, or any', async () => {
    await givenPolicies({ scope: 'authentication', action: 'otppin=only_otp', user: 'bernd', realm: 'home' });
    expect(await isAccepted(check('anna', otp('ANNA1')))).toBe(false);
    await givenPolicies({ scope: 'authentication', action: 'otppin=2' });
    expect(await isAccepted(check('anna', otp('ANNA1')))).toBe(true);
    await givenPolicies({ scope: 'authentication', action: 'otppin=3' });
    expect(await isAccepted(check('anna', `anything${otp('ANNA1')}`))).toBe(true);
  });

  it('passthru and passOnNoToken: only for who has no token at all', async () => {
    await givenPolicies({ scope: 'authentication', action: 'passthru', user: 'anna, carla', realm: '*' });
    expect(await isAccepted(check('carla', 'password'))).toBe(true);
    expect(await lastRecord()).toMatchObject({
      succeeded: true,
      detail: 'Authenticated against Resolver',
      info: 'policies: p0',
    });
    expect(await isAccepted(check('carla', 'wrong'))).toBe(false);
    expect(await isAccepted(check('dora', 'password'))).toBe(false);
    expect(await isAccepted(check('anna', 'password'))).toBe(false);
    // Her token is of another realm.
    expect(await isAccepted(check('anna', 'password', { realm: 'away' }))).toBe(false);
    expect(await isAccepted(check('anna', 'password', { serial: 'NOSUCH' }))).toBe(false);
    await givenPolicies({ scope: 'authentication', action: 'passOnNoToken' });
    expect(await isAccepted(check('dora', 'anything'))).toBe(true);
    expect(await isAccepted(check('anna', 'anything', { realm: 'away' }))).toBe(false);
    expect(await isAccepted(check('nosuch', 'anything'))).toBe(false);
  });

  it('passthru: wrong passwords are counted, however the user is written, on all nodes', async () => {
    await givenPolicies({ scope: 'authentication', action: 'passthru' });
    for (const realm of ['home', 'HOME', 'away', 'home', 'away']) {
      expect(await isAccepted(check('dora', 'wrong', { realm }))).toBe(false);
    }
    await database.query(
      "UPDATE login_throttle SET blocked_until = blocked_until + interval '1 minute' WHERE blocked_until > now()",
    );
    for (const { url } of [first, second]) {
      const right = { user: 'dora', pass: 'password', realm: 'home' };
      const { body, status } = await request(url).post('/validate/check').type('form').send(right);
      expect([status, (body as Reply).result.value]).toEqual([200, false]);
      expect(await lastRecord()).toMatchObject({
        succeeded: false,
        detail: 'Authenticated against Resolver',
        info: 'not asked: too many wrong passwords; policies: p0',
      });
    }
    expect(await isAccepted(check('carla', 'password'))).toBe(true);
    await database.query('UPDATE login_throttle SET blocked_until = now()');
    expect(await isAccepted(check('dora', 'password'))).toBe(true);
    const { rows } = await database.query("SELECT FROM login_throttle WHERE subject LIKE 'user-pair:%'");
    expect(rows).toEqual([]);
  });

  it('PassOnUserNoToken and PassOnUserNotFound: settings that say the same of all', async () => {
    await givenPolicies();
    const set = (value: string) =>
      admin.post('/system/setConfig', { PassOnUserNoToken: value, PassOnUserNotFound: value });
    expect(await isAccepted(check('dora', 'x'))).toBe(false);
    await set('True');
    expect(await isAccepted(check('dora', 'x'))).toBe(true);
    expect(await isAccepted(check('nosuch', 'x'))).toBe(true);
    expect(await isAccepted(check('anna', 'x'))).toBe(false);
    expect(await isAccepted(check('', 'x'))).toBe(false);
    await set('False');
    expect(await isAccepted(check('nosuch', 'x'))).toBe(false);
  });

  it('authorize: only who is named', async () => {
    await givenPolicies({ scope: 'authorization', action: 'authorize', user: 'bernd' });
    expect(await isAccepted(check('anna', `pin1${otp('ANNA1')}`))).toBe(false);
    expect(await lastRecord()).toMatchObject({
      info: 'ERR510: Authorization on client 127.0.0.1 failed for anna@home.',
    });
    expect(await isAccepted(check('bernd', `pin1${otp('BERND1')}`))).toBe(true);
  });

  it.each([
    {
      action: 'tokentype=totp',
      info: 'ERR510: Authorization for token ANNA1 with type HMAC failed on client 127.0.0.1',
    },
    { action: 'serial=^B', info: 'ERR510: Authorization for token ANNA1 failed on client 127.0.0.1' },
  ])('$action: a token that is refused has spent its value', async ({ action, info }) => {
    await givenPolicies({ scope: 'authorization', action });
    const value = otp('ANNA1');
    expect(await isAccepted(check('anna', `pin1${value}`))).toBe(false);
    expect(await lastRecord()).toMatchObject({ succeeded: false, info: `${info}; policies: p0` });
    await givenPolicies();
    expect(await isAccepted(check('anna', `pin1${value}`))).toBe(false);
    expect(await isAccepted(check('anna', `pin1${otp('ANNA1')}`))).toBe(true);
  });

  it('setrealm: the user of another realm is meant', async () => {
    await givenPolicies({ scope: 'authorization', action: 'setrealm=home', realm: 'away' });
    expect(await isAccepted(check('anna', `pin1${otp('ANNA1')}`, { realm: 'away' }))).toBe(true);
    expect(await lastRecord()).toMatchObject({ realm: 'home', info: 'policies: p0' });
    await givenPolicies({ scope: 'authorization', action: 'setrealm=nosuch' });
    expect(await isAccepted(check('anna', `pin1${otp('ANNA1')}`))).toBe(false);
  });

  it('detail_on_success and detail_on_fail: the answer says more', async () => {
    await givenPolicies({ scope: 'authorization', action: 'detail_on_success, detail_on_fail' });
    expect(await check('anna', `pin1${otp('ANNA1')}`)).toMatchObject({
      result: { value: true },
      detail: {
        user: {
          username: 'anna',
          userid: '2001',
          email: 'anna@x.test',
          givenname: 'anna',
          surname: 'A',
          phone: '+49101',
          mobile: '+49001',
        },
        realm: 'home',
        is_linotp_admin: false,
        tokentype: 'HMAC',
        serial: 'ANNA1',
      },
    });
    expect((await check('anna', 'pin1000000')).detail).toEqual({ error: 'wrong otp value' });
    expect((await check('nosuch', 'x')).detail).toEqual({ error: 'User not found' });
    const bySerial = await ask('/validate/check_s', { serial: 'ANNA1', pass: `pin1${otp('ANNA1')}` });
    expect(bySerial.detail).toEqual({
      user: null,
      realm: null,
      is_linotp_admin: null,
      tokentype: null,
      serial: null,
    });
    await givenPolicies();
    expect((await check('anna', 'pin1000000')).detail).toBeUndefined();
  });
});

describe('policies of enrolment', () => {
  const enrollment = (action: string, more: Fields = {}) => ({ scope: 'enrollment', action, ...more });
  const remove = (serial: string) => admin.post('/admin/remove', { serial });

  it('maxtoken and maxtoken<TYPE>: a user has no more', async () => {
    await givenPolicies(enrollment('maxtoken=2, maxtokenHMAC=1', { user: 'carla' }));
    const carla = { user: 'carla', realm: 'home' };
    expect((await enrol('C1', carla)).result.value).toBe(true);
    expect((await enrol('C2', carla)).result.error).toEqual({
      code: 412,
      message:
        'ERR412: The maximum number of allowed tokens of type hmac per user is exceeded. Check the policies scope=enrollment, action=maxtokenHMAC',
    });
    expect((await enrol('C3', { ...carla, type: 'totp' })).result.value).toBe(true);
    const tooMany = {
      code: 411,
      message:
        'ERR411: The maximum number of allowed tokens per user is exceeded. Check the policies scope=enrollment, action=maxtoken',
    };
    expect((await enrol('C4', { ...carla, type: 'totp' })).result.error).toEqual(tooMany);
    expect((await enrol('C5', { type: 'spass' })).result.value).toBe(true);
    const assigned = await reply(admin.post('/admin/assign', { serial: 'C5', ...carla }));
    expect(assigned).toMatchObject({ id: 1, result: { error: tooMany } });
    for (const serial of ['C1', 'C3', 'C5']) await remove(serial);
  });

  it('limits of old data that cannot be read: nothing is enrolled, and the policy is named', async () => {
    await givenPolicies(enrollment('maxtoken=9', { user: 'h[' }), enrollment('maxtoken=9'));
    expect((await enrol('B1', { user: 'dora', realm: 'home' })).result.error).toEqual({
      code: 410,
      message:
        "ERR410: The policy 'p0' cannot be read, and may limit the number of tokens. Check the policies scope=enrollment, action=maxtoken",
    });
    expect((await enrol('B2')).result.value).toBe(true);
    await remove('B2');
  });

  it('tokencount: a realm has no more that are active', async () => {
    await givenPolicies(enrollment('tokencount=3', { realm: 'home' }));
    const home = { realm: 'home' };
    expect((await enrol('R1', home)).result.value).toBe(true);
    expect((await enrol('R2', home)).result.error).toEqual({
      code: 410,
      message:
        "ERR410: The maximum allowed number of tokens for the realm 'home' was reached. You can not init any more tokens. Check the policies scope=enrollment, action=tokencount.",
    });
    expect((await enrol('R3', { ...home, enable: 'false' })).result.value).toBe(true);
    expect((await reply(admin.post('/admin/enable', { serial: 'R3' }))).result.error).toEqual({
      code: 410,
      message: "ERR410: You may not enable any more tokens in realm home. Check the policy 'tokencount'",
    });
    await remove('R1');
    expect((await reply(admin.post('/admin/enable', { serial: 'R3' }))).result.value).toBe(1);
    await remove('R3');
  });

  it.each<{ action: string; owner: Fields; code: number }>([
    { action: 'maxtoken=1', owner: { user: 'dora', realm: 'home' }, code: 411 },
    { action: 'maxtokenHMAC=1', owner: { user: 'dora', realm: 'home' }, code: 412 },
    // Beside those of anna and bernd.
    { action: 'tokencount=3', owner: { realm: 'home' }, code: 410 },
  ])(
    '$action: of two enrolments at a time, on two nodes, one is done',
    async ({ action, owner, code }) => {
      await givenPolicies(enrollment(action));
      for (let round = 0; round < RACES; round++) {
        const replies = await Promise.all([enrol('X1', owner), enrol('X2', owner, admin2)]);
        const errors = replies.flatMap(({ result }) => (result.value === true ? [] : result.error));
        expect(errors).toEqual([expect.objectContaining({ code })]);
        await remove('X1');
        await remove('X2');
      }
    },
    WITHIN_MS,
  );

  it('otp_pin_random: the server makes the PIN, and tells it once', async () => {
    await givenPolicies(enrollment('otp_pin_random=8, otp_pin_random_content=n'));
    const pinOf = ({ detail }: Reply) => {
      const pins = detail?.['new_pins'];
      expect(pins).toEqual([{ serial: 'P1', pin: expect.stringMatching(/^\d{8}$/) }]);
      return (pins as { pin: string }[])[0]?.pin ?? '';
    };
    const enrolled = pinOf(await enrol('P1', { user: 'dora', realm: 'home', pin: 'mine' }));
    expect(await isAccepted(check('dora', `mine${hotpAt(0)}`))).toBe(false);
    expect(await isAccepted(check('dora', `${enrolled}${hotpAt(0)}`))).toBe(true);
    const assigned = pinOf(
      await reply(admin.post('/admin/assign', { serial: 'P1', user: 'carla', realm: 'home' })),
    );
    expect(await isAccepted(check('carla', `${assigned}${hotpAt(1)}`))).toBe(true);
    const { rows } = await database.query<{ record: string }>('SELECT a::text AS record FROM audit_record a');
    const told = rows.filter(({ record }) => record.includes(enrolled) || record.includes(assigned));
    expect(told).toEqual([]);
    await remove('P1');
  });

  it('otp_pin_encrypt: the PIN is good, and still sealed', async () => {
    await givenPolicies(enrollment('otp_pin_encrypt=1'));
    await enrol('E1', { user: 'dora', realm: 'home', pin: 'readable' });
    expect(await isAccepted(check('dora', `readabl${hotpAt(0)}`))).toBe(false);
    expect(await isAccepted(check('dora', `readable${hotpAt(0)}`))).toBe(true);
    const { rows } = await database.query<{ pin_sealed: Buffer }>(
      "SELECT pin_sealed FROM token WHERE serial = 'E1'",
    );
    expect(rows[0]?.pin_sealed.includes('readable')).toBe(false);
    await remove('E1');
  });

  it('tokenlabel and tokenissuer: names in the enrolment URL', async () => {
    await givenPolicies(enrollment('tokenissuer=My <r> Co, tokenlabel=<u>.<s>'));
    const url = async (serial: string, more: Fields) => {
      const { detail } = await enrol(serial, more);
      await remove(serial);
      return (detail?.['googleurl'] as { value: string } | undefined)?.value;
    };
    expect(await url('L1', { user: 'dora', realm: 'home' })).toMatch(
      /^otpauth:\/\/hotp\/My%20home%20Co:dora\.L1\?.*issuer=My%20home%20Co$/,
    );
    expect(await url('L2', {})).toMatch(/^otpauth:\/\/hotp\/My%20%20Co:\.L2\?/);
  });
});
