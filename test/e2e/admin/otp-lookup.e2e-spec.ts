import type pg from 'pg';

import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type GivenPolicy, givePolicies } from '../../support/domain/given-policies.js';
import { hotpAt } from '../../support/clients/otp.js';
import { envelopeOf, errorOf, newestRecord, storedToken, valueOf } from './answers.js';

const OTHER_KEY = 'aa'.repeat(20);
const NOTHING = { success: true, serial: '', user_login: '', user_resolver: '' };

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

const get = (path: string, query: Fields = {}) => admin.get(`/admin/${path}`, query);
const post = (path: string, form: Fields = {}) => admin.post(`/admin/${path}`, form);
const give = (...policies: GivenPolicy[]) => givePolicies(database, policies);
const find = (query: Fields) => valueOf(get('getSerialByOtp', query));
const counterOf = async (serial: string) => (await storedToken(database, serial))['counter'];

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  await givenUsers(admin, server.installation, ['anna']);
  const resolvers = 'useridresolver.PasswdIdResolver.IdResolver.file';
  await changed(admin, '/system/setRealm', { realm: 'other', resolvers });
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

beforeEach(async () => {
  await give();
  await database.query('DELETE FROM token');
  await enrol(admin, 'H1', { user: 'anna' });
  await enrol(admin, 'H2', { otpkey: OTHER_KEY, realm: 'other' });
});

describe('/admin/getSerialByOtp', () => {
  it('finds the token, and spends the OTP of that one alone', async () => {
    await expect(find({ otp: hotpAt(4) })).resolves.toEqual({
      success: true,
      serial: 'H1',
      user_login: 'anna',
      user_resolver: 'useridresolver.PasswdIdResolver.IdResolver.file',
    });
    expect(await counterOf('H1')).toBe(5);
    expect(await storedToken(database, 'H2')).toMatchObject({ counter: 0, revision: 1 });
    await expect(newestRecord(database)).resolves.toEqual({
      action: 'admin/getSerialByOtp',
      succeeded: true,
      serial: 'H1',
      token_type: 'HMAC',
      username: 'anna',
      realm: 'staff',
      detail: '',
      info: '',
    });
    await expect(find({ otp: hotpAt(4) })).resolves.toEqual(NOTHING);
    await expect(newestRecord(database)).resolves.toMatchObject({ succeeded: false, serial: '' });
  });

  it('looks ten values ahead and no further', async () => {
    await expect(find({ otp: hotpAt(10) })).resolves.toEqual(NOTHING);
    await expect(valueOf(post('getSerialByOtp', { otp: hotpAt(9) }))).resolves.toMatchObject({
      serial: 'H1',
    });
    expect(await counterOf('H1')).toBe(10);
  });

  it.each<[string, Fields, boolean]>([
    ['hmac', { type: 'HMAC' }, true],
    ['totp', { type: 'totp' }, false],
    ['a type that nobody knows', { type: 'nosuch' }, false],
    ['a type without values to look for', { type: 'spass' }, false],
    ['its realm', { realm: 'Staff' }, true],
    ['another realm', { realm: 'other' }, false],
    ['a realm that nobody knows', { realm: 'nosuch' }, false],
    ['tokens with an owner', { assigned: '1' }, true],
    ['tokens without', { assigned: '0' }, false],
  ])('searches among %s', async (_title, query, isFound) => {
    await expect(find({ otp: hotpAt(0), ...query })).resolves.toMatchObject({ serial: isFound ? 'H1' : '' });
  });

  it('refuses to choose between two tokens, and spends nothing', async () => {
    await enrol(admin, 'H3');
    await expect(errorOf(get('getSerialByOtp', { otp: hotpAt(0) }))).resolves.toEqual([
      'ERR1200: get_token_by_otp: multiple tokens are matching this OTP value!',
      1,
    ]);
    expect([await counterOf('H1'), await counterOf('H3')]).toEqual([0, 0]);
  });

  it('goes on page by page, past tokens whose seals do not open', async () => {
    await database.query(
      `INSERT INTO token (serial, type, secret_sealed, digits, hash, max_failures, look_ahead, sync_window)
       SELECT 'COPY' || n, type, secret_sealed, digits, hash, max_failures, look_ahead, sync_window
       FROM token, generate_series(1, 1200) n WHERE serial = 'H1'`,
    );
    await database.query(`UPDATE token SET id = 1000000 WHERE serial = 'H2'`);
    await enrol(admin, 'H2', { otpkey: OTHER_KEY });
    await expect(find({ otp: hotpAt(1) })).resolves.toMatchObject({ serial: 'H1' });
    const { rows } = await database.query(
      `SELECT sum(counter)::int AS counters FROM token WHERE serial <> 'H1'`,
    );
    expect(rows[0].counters).toBe(0);
  });

  it('says what is missing or no value', async () => {
    await expect(errorOf(get('getSerialByOtp'))).resolves.toEqual([`ERR905: Missing parameter: 'otp'`, 1]);
    await expect(errorOf(get('getSerialByOtp', { otp: '1', assigned: 'maybe' }))).resolves.toEqual([
      'assigned must be 1 or 0',
      1,
    ]);
  });

  it('does not tell of tokens in realms without a right, nor move their counters', async () => {
    await give({ scope: 'admin', action: 'getserial', realm: 'other' });
    const denied = 'ERR410: You do not have the administrative right to get serials';
    // The default realm is `staff`.
    await expect(errorOf(get('getSerialByOtp', { otp: hotpAt(0) }))).resolves.toEqual([
      `${denied} by OTPs in this realm!`,
      1,
    ]);
    await give({ scope: 'admin', action: 'getserial', realm: 'staff' });
    const other = hotpAt(0, { keyHex: OTHER_KEY });
    await expect(errorOf(get('getSerialByOtp', { otp: other }))).resolves.toEqual([
      `${denied} from this realm!`,
      1,
    ]);
    expect(await counterOf('H2')).toBe(0);
  });
});

describe('/admin/totp_lookup', () => {
  const STEP = 30;
  const stepOf = (secondsAgo: number) => Math.floor((Date.now() / 1000 - secondsAgo) / STEP);
  const lookUp = (otp: string, query: Fields = {}) =>
    envelopeOf(get('totp_lookup', { serial: 'T1', otp, ...query }));

  beforeEach(() => enrol(admin, 'T1', { type: 'totp', user: 'anna' }));

  it.each(['24h', 'PT2H', '120m', 'P1D', '7200', ''])(
    'tells when a value was valid, within %s',
    async (window) => {
      const step = stepOf(3600);
      const { result, detail } = await lookUp(hotpAt(step), window === '' ? {} : { window });
      expect(result.value).toBe(true);
      expect(detail).toEqual({
        serial: 'T1',
        otp: hotpAt(step),
        counter: step,
        time: new Date(step * STEP * 1000).toISOString().slice(0, 19),
        seconds: step * STEP,
        span: STEP,
      });
      await expect(newestRecord(database)).resolves.toMatchObject({
        action: 'admin/totp_lookup',
        succeeded: true,
        serial: 'T1',
        token_type: 'TOTP',
      });
      expect(await counterOf('T1')).toBe(0);
    },
  );

  it('tells nothing of values before the window, of now, or to come', async () => {
    for (const [otp, query] of [
      [hotpAt(stepOf(3600)), { window: '10m' }],
      [hotpAt(stepOf(-STEP)), {}],
      [hotpAt(stepOf(-3600)), {}],
    ] as const) {
      const { result, detail } = await lookUp(otp, query);
      expect([result.value, detail]).toEqual([false, undefined]);
    }
    await expect(newestRecord(database)).resolves.toMatchObject({ succeeded: false, info: '' });
  });

  it('says no for a token of another type, and for none', async () => {
    for (const serial of ['H1', 'NOSUCH']) {
      await expect(valueOf(get('totp_lookup', { serial, otp: hotpAt(0) }))).resolves.toBe(false);
      await expect(newestRecord(database)).resolves.toMatchObject({ info: 'no token found' });
    }
  });

  it('says what is missing or no duration', async () => {
    await expect(errorOf(get('totp_lookup', { otp: '1' }))).resolves.toEqual([
      `ERR905: Missing parameter: 'serial'`,
      0,
    ]);
    await expect(errorOf(get('totp_lookup', { serial: 'T1' }))).resolves.toEqual([
      `ERR905: Missing parameter: 'otp'`,
      0,
    ]);
    const [noDuration] = await errorOf(get('totp_lookup', { serial: 'T1', otp: '1', window: 'long' }));
    expect(noDuration).toMatch(/^window must be a duration/);
    const [tooLong] = await errorOf(get('totp_lookup', { serial: 'T1', otp: '1', window: 'P1Y' }));
    expect(tooLong).toBe('window must not be longer than 90 days');
  });
});

describe('/admin/setPin', () => {
  it('changes the PIN that the device asks for, in LinOTP’s order of complaints', async () => {
    await changed(admin, '/admin/init', {
      type: 'motp',
      serial: 'M1',
      otpkey: '1234567890123456',
      otppin: '1234',
      user: 'anna',
    });
    const sealed = async () =>
      (await database.query(`SELECT user_pin_sealed AS pin FROM token WHERE serial = 'M1'`)).rows[0].pin;
    const before = await sealed();
    await expect(errorOf(post('setPin', { userpin: '1' }))).resolves.toEqual([
      `ERR905: Missing parameter: 'serial'`,
      0,
    ]);
    await expect(errorOf(post('setPin', { serial: 'NOSUCH' }))).resolves.toEqual([
      'ERR1102: No token with serial NOSUCH found',
      0,
    ]);
    await expect(errorOf(post('setPin', { serial: 'H1' }))).resolves.toEqual([
      'This type of pin cannot be set for a HMAC token.',
      0,
    ]);
    await expect(errorOf(post('setPin', { serial: 'M1' }))).resolves.toEqual([
      `ERR905: Missing parameter: 'userpin'`,
      0,
    ]);
    await give({ scope: 'admin', action: 'setMOTPPIN', realm: 'other' });
    await expect(errorOf(post('setPin', { serial: 'H1' }))).resolves.toEqual([
      'ERR410: You do not have the administrative right to set mOTP PIN for token H1. Check the policies.',
      1,
    ]);
    await expect(errorOf(post('setPin', { serial: 'M1', userpin: '9' }))).resolves.toEqual([
      'ERR410: You do not have the administrative right to set mOTP PIN for token M1. Check the policies.',
      1,
    ]);
    expect(await sealed()).toEqual(before);
    await give();
    await expect(valueOf(post('setPin', { Serial: 'M1', UserPin: '77777777' }))).resolves.toEqual({
      'set userpin': 1,
    });
    expect(await sealed()).not.toEqual(before);
    await expect(newestRecord(database)).resolves.toMatchObject({
      action: 'admin/setPin',
      succeeded: true,
      serial: 'M1',
      token_type: 'mOTP',
    });
  });
});
