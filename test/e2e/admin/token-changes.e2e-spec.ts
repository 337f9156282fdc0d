import type pg from 'pg';

import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { hotpAt } from '../../support/clients/otp.js';
import { envelopeOf, errorOf, newestRecord, storedToken, valueOf } from './answers.js';

/** Every sentence of the notes on assign … resync that is about what is missing, unknown or nothing. */

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

const post = (path: string, form: Fields = {}) => admin.post(`/admin/${path}`, form);
const stored = (serial: string) => storedToken(database, serial);
const UNKNOWN = 'ERR1102: No token with serial NOSUCH found';

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  await givenUsers(admin, server.installation, ['anna', 'bernd', 'carla']);
  const resolvers = 'useridresolver.PasswdIdResolver.IdResolver.file';
  await changed(admin, '/system/setRealm', { realm: 'other', resolvers });
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

beforeEach(async () => {
  await database.query('DELETE FROM token');
  await enrol(admin, 'A1', { user: 'anna', pin: 'pin1' });
  await enrol(admin, 'A2', { user: 'anna' });
  await enrol(admin, 'B1', { user: 'bernd' });
  await enrol(admin, 'FREE');
  await database.query('UPDATE token SET failures = 4');
});

describe('/admin/assign', () => {
  it('gives several tokens to a user, in their realm instead of others, and counts them in the id', async () => {
    const { result, id } = await envelopeOf(
      post('assign?serial[]=A1&serial[]=FREE', { user: 'bernd', realm: 'other' }),
    );
    expect([result.value, id]).toEqual([true, 2]);
    for (const serial of ['A1', 'FREE']) {
      await expect(stored(serial)).resolves.toMatchObject({ owner: '1001', realms: 'other', failures: 0 });
    }
    await expect(newestRecord(database)).resolves.toMatchObject({
      action: 'admin/assign',
      succeeded: true,
      serial: 'A1 FREE',
      token_type: 'HMAC',
      username: 'bernd',
      realm: 'other',
      detail: 'tokennum = 4',
    });
  });

  it('takes tokens away from everybody where no user is named', async () => {
    const { result, id } = await envelopeOf(post('assign', { serial: 'A1', user: '' }));
    expect([result.value, id]).toEqual([true, 1]);
    await expect(stored('A1')).resolves.toMatchObject({ owner: null, realms: '', failures: 0 });
  });

  it('has nothing to do without a serial', async () => {
    const { result, id } = await envelopeOf(post('assign', { user: 'anna' }));
    expect([result.value, id]).toEqual([true, 0]);
  });

  it('sets a PIN, also an empty one, and leaves it where none is given', async () => {
    const { pin_sealed: before } = await stored('A1');
    await valueOf(post('assign', { serial: 'A1', user: 'anna' }));
    expect((await stored('A1'))['pin_sealed']).toEqual(before);
    await valueOf(post('assign', { serial: 'A1', user: 'anna', pin: '' }));
    const pass = hotpAt(0);
    await expect(valueOf(admin.post('/validate/check_s', { serial: 'A1', pass }))).resolves.toBe(true);
  });

  it('changes nothing where a serial or the user is unknown', async () => {
    await expect(errorOf(post('assign?serial[]=FREE&serial[]=NOSUCH', { user: 'anna' }))).resolves.toEqual([
      UNKNOWN,
      0,
    ]);
    await expect(errorOf(post('assign', { serial: 'FREE', user: 'nobody' }))).resolves.toEqual([
      expect.stringMatching(/^ERR1112: getUserResolverId failed: .*no user >nobody< found!/),
      0,
    ]);
    await expect(stored('FREE')).resolves.toMatchObject({ owner: null, revision: 1 });
  });
});

describe('/admin/unassign', () => {
  it('takes the owner and the failures, and leaves realms and PIN; the record names the owner', async () => {
    const { pin_sealed: pin } = await stored('A1');
    await expect(valueOf(post('unassign', { serial: 'A1' }))).resolves.toBe(true);
    await expect(stored('A1')).resolves.toMatchObject({
      owner: null,
      realms: 'staff',
      failures: 0,
      pin_sealed: pin,
    });
    await expect(newestRecord(database)).resolves.toMatchObject({
      succeeded: true,
      serial: 'A1',
      token_type: 'HMAC',
      username: 'anna',
      realm: 'staff',
    });
  });

  it('does not ask whether the user that is named is the owner', async () => {
    await expect(valueOf(post('unassign', { serial: 'A1', user: 'bernd' }))).resolves.toBe(true);
  });

  it('says what is missing or unknown', async () => {
    await expect(errorOf(post('unassign'))).resolves.toEqual([`ERR905: Missing parameter: 'serial'`, 1]);
    await expect(errorOf(post('unassign', { serial: 'NOSUCH' }))).resolves.toEqual([UNKNOWN, 1]);
  });
});

describe('/admin/enable', () => {
  it('enables, counts, and names the owners in the record', async () => {
    await valueOf(post('disable', { serial: '*' }));
    await expect(valueOf(post('enable', { serial: 'A*' }))).resolves.toBe(2);
    await expect(newestRecord(database)).resolves.toEqual({
      action: 'admin/enable',
      succeeded: true,
      serial: 'A1 A2',
      token_type: 'HMAC',
      username: 'anna',
      realm: 'staff',
      detail: 'tokennum = 2',
      info: '',
    });
    await expect(stored('B1')).resolves.toMatchObject({ active: false });
    await expect(valueOf(post('enable', { user: 'bernd' }))).resolves.toBe(1);
  });

  it('knows no token of an unknown serial', async () => {
    await expect(errorOf(post('enable', { serial: 'NOSUCH' }))).resolves.toEqual([UNKNOWN, 1]);
  });
});

describe.each(['disable', 'reset'])('/admin/%s', (path) => {
  it.each<[Fields, number, string | undefined]>([
    [{ serial: 'NOSUCH' }, 0, 'No token with serial NOSUCH'],
    [{ user: 'carla' }, 0, 'No tokens for this user'],
    [{ user: 'nobody' }, 0, 'No tokens for this user'],
    [{}, 0, undefined],
    [{ serial: 'A1' }, 1, undefined],
    [{ serial: 'A*' }, 2, undefined],
    [{ user: 'anna' }, 2, undefined],
    // Selected by its serial, and as one of the user's.
    [{ serial: 'A1', user: 'anna' }, 2, undefined],
    [{ user: 'anna', realm: 'other' }, 0, 'No tokens for this user'],
  ])('counts for %j: %d', async (form, count, message) => {
    const { result, detail } = await envelopeOf(post(path, form));
    expect([result.value, detail]).toEqual([count, message === undefined ? undefined : { message }]);
    await expect(newestRecord(database)).resolves.toMatchObject({
      action: `admin/${path}`,
      succeeded: count > 0,
    });
  });

  it('changes those tokens alone', async () => {
    await valueOf(post(path, { serial: 'A*' }));
    const expected = path === 'disable' ? { active: false } : { failures: 0 };
    await expect(stored('A1')).resolves.toMatchObject(expected);
    await expect(stored('B1')).resolves.toMatchObject({ active: true, failures: 4 });
  });
});

describe.each(['remove', 'delete'])('/admin/%s', (path) => {
  it('removes tokens by serials, and all of a user', async () => {
    await expect(valueOf(post(`${path}?serial[]=FREE`, { user: 'anna' }))).resolves.toBe(3);
    const { rows } = await database.query('SELECT serial FROM token');
    expect(rows).toEqual([{ serial: 'B1' }]);
    await expect(newestRecord(database)).resolves.toMatchObject({
      succeeded: true,
      serial: 'FREE A1 A2',
      username: 'anna',
      realm: 'staff',
      token_type: 'HMAC',
    });
  });

  it('names the owners of what it removed in the record', async () => {
    await expect(valueOf(post(`${path}?serial[]=B1&serial[]=A1&serial[]=FREE`))).resolves.toBe(3);
    await expect(newestRecord(database)).resolves.toMatchObject({
      serial: 'B1 A1 FREE',
      username: 'bernd anna',
    });
  });

  it('removes nothing where one serial is unknown', async () => {
    await expect(errorOf(post(`${path}?serial[]=A1&serial[]=NOSUCH`))).resolves.toEqual([UNKNOWN, 1]);
    await expect(stored('A1')).resolves.toMatchObject({ owner: '1000' });
  });

  it('says that nothing is meant, or that a user has nothing', async () => {
    await expect(errorOf(post(path))).resolves.toEqual(['ERR905: missing parameter user or serial!', 1]);
    for (const user of ['carla', 'ghost']) {
      const { result, detail } = await envelopeOf(post(path, { user }));
      expect([result.value, detail]).toEqual([0, { message: `No tokens for this user '${user}'` }]);
      await expect(newestRecord(database)).resolves.toMatchObject({ succeeded: false });
    }
  });
});

describe('/admin/resync', () => {
  const resync = (form: Fields) => valueOf(post('resync', form));

  it('puts the counter behind the second value, once', async () => {
    const values = { otp1: '254676', otp2: '287922' };
    await expect(resync({ serial: 'A1', ...values })).resolves.toBe(true);
    await expect(stored('A1')).resolves.toMatchObject({ counter: 7 });
    await expect(resync({ serial: 'A1', ...values })).resolves.toBe(false);
    await expect(stored('A1')).resolves.toMatchObject({ counter: 7 });
  });

  it('does it for all tokens that are selected', async () => {
    await expect(resync({ user: 'anna', otp1: hotpAt(1), otp2: hotpAt(2) })).resolves.toBe(true);
    await expect(stored('A1')).resolves.toMatchObject({ counter: 3 });
    await expect(stored('A2')).resolves.toMatchObject({ counter: 3 });
    await expect(stored('B1')).resolves.toMatchObject({ counter: 0 });
  });

  it.each<[string, Fields]>([
    ['an unknown serial', { serial: 'NOSUCH', otp1: hotpAt(1), otp2: hotpAt(2) }],
    ['values that do not follow each other', { serial: 'A1', otp1: hotpAt(1), otp2: hotpAt(3) }],
    ['values beyond the window', { serial: 'A1', otp1: hotpAt(1000), otp2: hotpAt(1001) }],
    ['no token', { otp1: hotpAt(1), otp2: hotpAt(2) }],
  ])('says no for %s', async (_title, form) => {
    await expect(resync(form)).resolves.toBe(false);
    await expect(stored('A1')).resolves.toMatchObject({ counter: 0 });
  });

  it('says which value is missing', async () => {
    await expect(errorOf(post('resync', { serial: 'A1', otp2: '1' }))).resolves.toEqual([
      `ERR905: Missing parameter: 'otp1'`,
      1,
    ]);
    await expect(errorOf(post('resync', { serial: 'A1', otp1: '1' }))).resolves.toEqual([
      `ERR905: Missing parameter: 'otp2'`,
      1,
    ]);
  });
});
