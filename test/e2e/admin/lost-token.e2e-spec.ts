import type pg from 'pg';

import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type GivenPolicy, givePolicies } from '../../support/domain/given-policies.js';
import { hotpAt } from '../../support/clients/otp.js';
import { errorOf, newestRecord, storedToken, valueOf } from './answers.js';

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

const post = (path: string, form: Fields = {}) => admin.post(`/admin/${path}`, form);
const give = (...policies: GivenPolicy[]) => givePolicies(database, policies);
const check = (serial: string, pass: string) => valueOf(admin.post('/validate/check_s', { serial, pass }));
const replace = async (serial: string, form: Fields = {}) =>
  (await valueOf(post('losttoken', { serial, ...form }))) as { password: string; end_date: string };

/** `dd/mm/yy` so many days from now, as UTC has it. */
function dayIn(days: number): string {
  const date = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${date.slice(8, 10)}/${date.slice(5, 7)}/${date.slice(2, 4)}`;
}

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  await givenUsers(admin, server.installation, ['anna', 'bernd']);
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
  await enrol(admin, 'H1', { user: 'anna', pin: 'pin1' });
});

describe('/admin/losttoken', () => {
  it('gives the owner a password for ten days, with the PIN as before, and disables what is lost', async () => {
    const value = await replace('H1');
    expect(Object.entries(value)).toEqual([
      ['serial', 'lostH1'],
      ['init', true],
      ['user', 1],
      ['pin', 1],
      ['valid_to', 'xxxx'],
      ['password', expect.stringMatching(/^[a-zA-Z0-9]{10}$/)],
      ['end_date', `${dayIn(10)} 23:59`],
      ['token_typ', 'pw'],
      ['disable', 1],
    ]);
    await expect(newestRecord(database)).resolves.toEqual({
      action: 'admin/losttoken',
      succeeded: true,
      serial: 'lostH1',
      token_type: 'pw',
      username: 'anna',
      realm: 'staff',
      detail: 'from H1tokennum = 1',
      info: '',
    });
    await expect(storedToken(database, 'H1')).resolves.toMatchObject({ active: false, owner: '1000' });
    await expect(storedToken(database, 'lostH1')).resolves.toMatchObject({
      active: true,
      owner: '1000',
      realms: 'staff',
      description: 'temporary replacement for H1',
    });
    const { rows } = await database.query(`SELECT valid_until FROM token WHERE serial = 'lostH1'`);
    expect(rows[0].valid_until.toISOString()).toMatch(/T23:59:00\.000Z$/);
    await expect(check('H1', `pin1${hotpAt(0)}`)).resolves.toBe(false);
    await expect(check('lostH1', value.password)).resolves.toBe(false);
    await expect(check('lostH1', `pin1${value.password}`)).resolves.toBe(true);
  });

  it('does it again with another password: the old one is over', async () => {
    const first = await replace('H1');
    const second = await replace('H1');
    expect(second.password).not.toBe(first.password);
    await expect(check('lostH1', `pin1${first.password}`)).resolves.toBe(false);
    await expect(check('lostH1', `pin1${second.password}`)).resolves.toBe(true);
    const { rows } = await database.query('SELECT count(*)::int AS tokens FROM token');
    expect(rows[0].tokens).toBe(2);
  });

  it.each(['email', 'sms', 'whatever'])('falls back to a password for the type %s', async (type) => {
    // Anna's record has neither.
    const value = await replace('H1', { type, ...(type === 'whatever' && { mobile: '+4917' }) });
    expect(value).toMatchObject({ token_typ: 'pw', password: expect.stringMatching(/^\w{10}$/) });
  });

  it.each<{ type: string; form: Fields; told: string; info: object }>([
    {
      type: 'email',
      form: { email: 'anna@example.test' },
      told: 'Please check your emails',
      info: { email_address: 'anna@example.test' },
    },
    { type: 'sms', form: { mobile: '+4917' }, told: 'Please check your phone', info: { phone: '+4917' } },
  ])('gives a token of the type $type, with the PIN as before', async ({ type, form, told, info }) => {
    const value = await replace('H1', { type, ...form });
    expect(value).toMatchObject({ serial: 'lostH1', pin: 1, token_typ: type, password: told });
    const stored = async () =>
      (
        await database.query(
          `SELECT type, info, counter::int, valid_until FROM token WHERE serial = 'lostH1'`,
        )
      ).rows[0];
    expect(await stored()).toEqual({ type, info, counter: 0, valid_until: expect.any(Date) });
    await database.query(`UPDATE token SET counter = 4, failures = 3 WHERE serial = 'lostH1'`);
    await replace('H1', { type, ...form });
    expect(await stored()).toMatchObject({ info, counter: 0 });
    const [otherType] = await errorOf(post('losttoken', { serial: 'H1' }));
    expect(otherType).toMatch(/already exist with type/);
  });

  it('copies no PIN of a token that is nothing but its PIN', async () => {
    await changed(admin, '/admin/init', { type: 'spass', serial: 'S1', pin: 'all of it', user: 'anna' });
    const value = await replace('S1');
    expect(value).not.toHaveProperty('pin');
    await expect(check('lostS1', `all of it${value.password}`)).resolves.toBe(false);
    await expect(check('lostS1', value.password)).resolves.toBe(true);
  });

  it('follows policies about the password and its end', async () => {
    await give({
      scope: 'enrollment',
      action: 'lostTokenPWLen=6, lostTokenPWContents=n, lostTokenValid=3',
      realm: 'staff',
    });
    await expect(replace('H1')).resolves.toMatchObject({
      password: expect.stringMatching(/^\d{6}$/),
      end_date: `${dayIn(3)} 23:59`,
    });
    await give({ scope: 'enrollment', action: 'lostTokenValid=P3DT2H', realm: 'staff' });
    const { end_date } = await replace('H1');
    const inThreeDays = Date.now() + (3 * 24 + 2) * 3_600_000;
    const [day = '', month = '', year = '', time = ''] = end_date.split(/[/ ]/);
    const end = Date.parse(`20${year}-${month}-${day}T${time}:00Z`);
    expect(Math.abs(end - inThreeDays)).toBeLessThan(120_000);
  });

  it('says what is missing, unknown, or nobody’s', async () => {
    await enrol(admin, 'FREE');
    await enrol(admin, 'x'.repeat(37), { user: 'anna' });
    await expect(errorOf(post('losttoken'))).resolves.toEqual([`'serial'`, 1]);
    await expect(errorOf(post('losttoken', { serial: 'NOSUCH' }))).resolves.toEqual([
      'ERR1102: No token with serial NOSUCH found',
      1,
    ]);
    await expect(errorOf(post('losttoken', { serial: 'FREE' }))).resolves.toEqual([
      'You can only define a lost token for an assigned token.',
      1,
    ]);
    const [tooLong] = await errorOf(post('losttoken', { serial: 'x'.repeat(37) }));
    expect(tooLong).toMatch(/^a serial has 1 to 40 characters/);
    await enrol(admin, 'lostH1');
    const [otherType] = await errorOf(post('losttoken', { serial: 'H1' }));
    expect(otherType).toMatch(/^ERR10: initToken failed: token 'lostH1' already exist with type 'HMAC'/);
    await database.query(`UPDATE token SET owner_user_id = '77' WHERE serial = 'H1'`);
    const [orphaned] = await errorOf(post('losttoken', { serial: 'H1' }));
    expect(orphaned).toBe('the resolver of the owner of token H1 does not know them any more');
    await expect(storedToken(database, 'H1')).resolves.toMatchObject({ active: true });
  });

  it('does not take a temporary token out of realms that the administrator has no right in', async () => {
    await changed(admin, '/admin/init', { type: 'pw', serial: 'lostH1', otpkey: 'x', realm: 'other' });
    await give({ scope: 'admin', action: 'losttoken', realm: 'staff' });
    await expect(errorOf(post('losttoken', { serial: 'H1' }))).resolves.toEqual([
      'ERR410: You do not have the administrative right to run the losttoken workflow for token lostH1. Check the policies.',
      1,
    ]);
    await expect(storedToken(database, 'H1')).resolves.toMatchObject({ active: true });
  });

  it('has no password in the record or anywhere in the database', async () => {
    const { password } = await replace('H1');
    const { rows } = await database.query('SELECT to_jsonb(r)::text AS text FROM audit_record r');
    expect(rows.map(({ text }) => text).join('')).not.toContain(password);
  });
});
