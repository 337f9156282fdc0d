import type pg from 'pg';

import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type GivenPolicy, givePolicies } from '../../support/domain/given-policies.js';
import { hotpAt } from '../../support/clients/otp.js';
import { envelopeOf, errorOf, newestRecord, storedToken, valueOf } from './answers.js';

/** What moves realms, PINs and owners, and what only looks who owns a token. */

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

const post = (path: string, form: Fields = {}) => admin.post(`/admin/${path}`, form);
const get = (path: string, query: Fields = {}) => admin.get(`/admin/${path}`, query);
const give = (...policies: GivenPolicy[]) => givePolicies(database, policies);
const grant = (action: string, realm: string): GivenPolicy => ({ scope: 'admin', action, realm });
const denied = (rest: string) => [`ERR410: You do not have the administrative right to ${rest}`, 1];
const stored = (serial: string) => storedToken(database, serial);

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  await givenUsers(admin, server.installation, ['anna', 'bernd']);
  const resolvers = 'useridresolver.PasswdIdResolver.IdResolver.file';
  for (const realm of ['other', 'third']) await changed(admin, '/system/setRealm', { realm, resolvers });
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

beforeEach(async () => {
  await give();
  await database.query('DELETE FROM token');
  await enrol(admin, 'ANNA', { user: 'anna', pin: 'annas pin' });
  await enrol(admin, 'BERND', { user: 'bernd@other', pin: 'bernds pin' });
  await enrol(admin, 'FREE');
});

describe('/admin/tokenrealm', () => {
  it('puts a token into other realms instead of its own, and drops names of none', async () => {
    const form = { serial: 'ANNA', realms: ' Other, nosuch ,third,' };
    await expect(valueOf(post('tokenrealm', form))).resolves.toBe(1);
    await expect(stored('ANNA')).resolves.toMatchObject({ realms: 'other,third', owner: '1000' });
    await expect(newestRecord(database)).resolves.toEqual({
      action: 'admin/tokenrealm',
      succeeded: true,
      serial: 'ANNA',
      token_type: 'HMAC',
      username: '',
      realm: 'other,third',
      detail: 'tokennum = 3',
      info: 'From staff to other,third',
    });
  });

  it('takes a token out of all realms', async () => {
    await expect(valueOf(post('tokenrealm', { serial: 'ANNA', realms: '' }))).resolves.toBe(1);
    await expect(stored('ANNA')).resolves.toMatchObject({ realms: '' });
    await expect(newestRecord(database)).resolves.toMatchObject({ info: 'From staff to /:no realm:/' });
  });

  it('says what is missing or unknown', async () => {
    await expect(errorOf(post('tokenrealm', {}))).resolves.toEqual([
      `ERR905: Missing parameter: 'serial'`,
      1,
    ]);
    await expect(errorOf(post('tokenrealm', { serial: 'ANNA' }))).resolves.toEqual([
      `ERR905: Missing parameter: 'realms'`,
      1,
    ]);
    await expect(errorOf(post('tokenrealm', { serial: 'NOSUCH', realms: 'staff' }))).resolves.toEqual([
      'ERR1102: No token with serial NOSUCH found',
      1,
    ]);
    expect((await get('tokenrealm')).status).toBe(405);
  });

  it('needs a right in each realm that the token is in, and in each that it comes into', async () => {
    const move = (serial: string, realms: string) => errorOf(post('tokenrealm', { serial, realms }));
    await give(grant('manageToken', 'staff'));
    await expect(move('BERND', 'staff')).resolves.toEqual(
      denied(`remove tokens from realm 'other'. Check the policies.`),
    );
    await expect(move('ANNA', 'staff,other')).resolves.toEqual(
      denied('add tokens to realm other. Check the policies.'),
    );
    await expect(move('ANNA', 'nosuch')).resolves.toEqual(
      denied('add tokens to realm nosuch. Check the policies.'),
    );
    await expect(move('FREE', 'staff')).resolves.toEqual(
      denied(`remove tokens from realm '/:no realm:/'. Check the policies.`),
    );
    await expect(stored('FREE')).resolves.toMatchObject({ realms: '', revision: 1 });
    await give(grant('manageToken', 'staff, other'));
    await expect(valueOf(post('tokenrealm', { serial: 'ANNA', realms: 'other' }))).resolves.toBe(1);
  });

  it('is refused where the realm is full; inactive tokens do not count', async () => {
    await give({ scope: 'enrollment', action: 'tokencount=1', realm: 'other' });
    const form = { serial: 'ANNA', realms: 'staff,other' };
    await expect(errorOf(post('tokenrealm', form))).resolves.toEqual([
      `ERR410: You may not put any more tokens in realm 'other'. Check the policy 'tokencount'`,
      1,
    ]);
    await expect(stored('ANNA')).resolves.toMatchObject({ realms: 'staff' });
    await expect(valueOf(post('tokenrealm', { serial: 'BERND', realms: 'other,third' }))).resolves.toBe(1);
    await valueOf(post('disable', { serial: 'ANNA' }));
    await expect(valueOf(post('tokenrealm', form))).resolves.toBe(1);
  });
});

describe.each(['copyTokenPin', 'copyTokenUser'])('/admin/%s', (path) => {
  it('says what is missing or unknown', async () => {
    await expect(errorOf(post(path, { to: 'ANNA' }))).resolves.toEqual([
      `ERR905: Missing parameter: 'from'`,
      1,
    ]);
    await expect(errorOf(post(path, { from: 'ANNA' }))).resolves.toEqual([
      `ERR905: Missing parameter: 'to'`,
      1,
    ]);
    for (const form of [
      { from: 'NOSUCH', to: 'ANNA' },
      { from: 'ANNA', to: 'NOSUCH' },
    ]) {
      await expect(errorOf(post(path, form))).resolves.toEqual([
        'ERR1102: No token with serial NOSUCH found',
        1,
      ]);
    }
  });

  it('needs rights on both tokens', async () => {
    await give(grant(path.toLowerCase(), 'staff'));
    const what = path === 'copyTokenPin' ? 'PIN' : 'user';
    for (const form of [
      { from: 'ANNA', to: 'BERND' },
      { from: 'BERND', to: 'ANNA' },
    ]) {
      await expect(errorOf(post(path, form))).resolves.toEqual(
        denied(`copy ${what} of token BERND. Check the policies.`),
      );
    }
    await expect(stored('ANNA')).resolves.toMatchObject({ revision: 1 });
    await give(grant(path.toLowerCase(), 'staff, other'));
    await expect(valueOf(post(path, { from: 'ANNA', to: 'BERND' }))).resolves.toBe(true);
  });
});

describe('/admin/copyTokenPin', () => {
  it('copies the PIN, sealed anew for its row, and nothing else', async () => {
    const before = await stored('BERND');
    await expect(valueOf(post('copyTokenPin', { from: 'ANNA', to: 'BERND' }))).resolves.toBe(true);
    const after = await stored('BERND');
    expect(after).toEqual({ ...before, revision: 2, pin_sealed: after['pin_sealed'] });
    expect(after['pin_sealed']).not.toEqual((await stored('ANNA'))['pin_sealed']);
    await expect(newestRecord(database)).resolves.toMatchObject({
      action: 'admin/copyTokenPin',
      succeeded: true,
      serial: 'BERND',
      token_type: 'HMAC',
      detail: 'from ANNA',
    });
    const login = (pin: string, counter: number) =>
      valueOf(admin.post('/validate/check_s', { serial: 'BERND', pass: `${pin}${hotpAt(counter)}` }));
    await expect(login('bernds pin', 0)).resolves.toBe(false);
    await expect(login('annas pin', 0)).resolves.toBe(true);
  });

  it('copies that there is no PIN', async () => {
    await expect(valueOf(post('copyTokenPin', { from: 'FREE', to: 'BERND' }))).resolves.toBe(true);
    await expect(stored('BERND')).resolves.toMatchObject({ pin_sealed: null });
  });
});

describe('/admin/copyTokenUser', () => {
  it('copies the owner, and the realms instead of those of the other token', async () => {
    await expect(valueOf(post('copyTokenUser', { from: 'ANNA', to: 'BERND' }))).resolves.toBe(true);
    await expect(stored('BERND')).resolves.toMatchObject({ owner: '1000', realms: 'staff' });
    await expect(newestRecord(database)).resolves.toMatchObject({
      action: 'admin/copyTokenUser',
      serial: 'BERND',
      realm: 'staff',
      detail: 'from ANNAtokennum = 3',
    });
  });

  it('takes the owner away where the other token has none', async () => {
    await expect(valueOf(post('copyTokenUser', { from: 'FREE', to: 'ANNA' }))).resolves.toBe(true);
    await expect(stored('ANNA')).resolves.toMatchObject({ owner: null, realms: '' });
  });

  it('needs a right in every realm that the token leaves or joins, and room in those that it joins', async () => {
    await valueOf(post('tokenrealm', { serial: 'BERND', realms: 'other,third' }));
    await give(grant('copytokenuser', 'staff, other'));
    const form = { from: 'ANNA', to: 'BERND' };
    const refusal = denied('copy user of token BERND. Check the policies.');
    await expect(errorOf(post('copyTokenUser', form))).resolves.toEqual(refusal);
    await expect(errorOf(post('copyTokenUser', { from: 'BERND', to: 'ANNA' }))).resolves.toEqual(
      denied('copy user of token ANNA. Check the policies.'),
    );
    await give({ scope: 'enrollment', action: 'tokencount=1', realm: 'staff' });
    await expect(errorOf(post('copyTokenUser', form))).resolves.toEqual([
      `ERR410: You may not put any more tokens in realm 'staff'. Check the policy 'tokencount'`,
      1,
    ]);
    await expect(stored('BERND')).resolves.toMatchObject({ owner: '1001', realms: 'other,third' });
  });
});

describe('/admin/check_serial', () => {
  it('gives a serial that is free, and the first free one beside one that is not', async () => {
    const check = (serial: string) => valueOf(get('check_serial', { serial }));
    await expect(check('X')).resolves.toEqual({ unique: true, new_serial: 'X' });
    await enrol(admin, 'X');
    await expect(check('X')).resolves.toEqual({ unique: false, new_serial: 'X_01' });
    await enrol(admin, 'X_01');
    await enrol(admin, 'X_03');
    await expect(valueOf(post('check_serial', { serial: 'X' }))).resolves.toEqual({
      unique: false,
      new_serial: 'X_02',
    });
    await expect(newestRecord(database)).resolves.toMatchObject({
      action: 'admin/check_serial',
      succeeded: true,
      detail: `False - 'X_02'`,
    });
  });

  it('says what is missing, or no serial at all', async () => {
    await expect(errorOf(get('check_serial'))).resolves.toEqual([`ERR905: Missing parameter: 'serial'`, 1]);
    const [message] = await errorOf(get('check_serial', { serial: 'x'.repeat(41) }));
    expect(message).toMatch(/^a serial has 1 to 40 characters/);
  });
});

describe('/admin/getTokenOwner', () => {
  it('gives the record of the owner, and nothing for a token without', async () => {
    await expect(valueOf(get('getTokenOwner', { serial: 'ANNA' }))).resolves.toEqual({
      username: 'anna',
      userid: '1000',
      description: 'anna',
      email: '',
      givenname: 'anna',
      surname: '',
      phone: '',
      mobile: '',
    });
    await expect(newestRecord(database)).resolves.toMatchObject({
      succeeded: true,
      serial: 'ANNA',
      username: 'anna',
      realm: 'staff',
    });
    await expect(valueOf(post('getTokenOwner', { serial: 'FREE' }))).resolves.toEqual({});
  });

  it('says what is missing or unknown', async () => {
    await expect(errorOf(get('getTokenOwner'))).resolves.toEqual([`'serial'`, 1]);
    await expect(errorOf(get('getTokenOwner', { serial: 'NOSUCH' }))).resolves.toEqual([
      'ERR1102: No token with serial NOSUCH found',
      1,
    ]);
  });

  it('says why there is no single owner', async () => {
    await valueOf(post('tokenrealm', { serial: 'ANNA', realms: 'staff,other' }));
    const [several] = await errorOf(get('getTokenOwner', { serial: 'ANNA' }));
    expect(several).toBe(`get_token_owner: The user 'anna' is in several realms of the token`);
    await database.query(`UPDATE token SET owner_user_id = '77' WHERE serial = 'ANNA'`);
    const [gone] = await errorOf(get('getTokenOwner', { serial: 'ANNA' }));
    expect(gone).toBe(`get_token_owner: The user '77' is not known to its resolver any more`);
    await database.query(`UPDATE token SET owner_user_id = '1000', realms = '{gone}' WHERE serial = 'ANNA'`);
    const [none] = await errorOf(get('getTokenOwner', { serial: 'ANNA' }));
    expect(none).toBe(`get_token_owner: The user 'anna' is in none of the realms of the token`);
  });

  it('asks for a right in the realms of the token', async () => {
    await give(grant('tokenowner', 'other'));
    await expect(errorOf(get('getTokenOwner', { serial: 'ANNA', realm: 'other' }))).resolves.toEqual(
      denied(`get the token owner in realm 'other'.`),
    );
    await expect(valueOf(get('getTokenOwner', { serial: 'BERND' }))).resolves.toMatchObject({
      username: 'bernd',
    });
  });
});

describe('/admin/checkstatus', () => {
  it('needs something to look for', async () => {
    const { result, id } = await envelopeOf(get('checkstatus', { open: 'true' }));
    expect(result.error?.code).toBe(77);
    expect(result.error?.message).toMatch(/^ERR77: Usage: checkstatus: /);
    expect(id).toBe(0);
  });

  it.each<Fields>([
    { transactionid: '123' },
    { state: '123' },
    { serial: 'ANNA' },
    { serial: 'NOSUCH' },
    { user: 'anna', open: 'true' },
  ])('finds nothing for %j', async (query) => {
    await expect(valueOf(get('checkstatus', query))).resolves.toEqual({ values: {} });
    await expect(newestRecord(database)).resolves.toMatchObject({
      action: 'admin/checkstatus',
      succeeded: true,
    });
  });
});

describe('/admin/unpair', () => {
  const unpair = async (form: Fields) => {
    const { result, id } = await envelopeOf(post('unpair', form));
    expect({ result, id }).toEqual({ result: { status: false, value: false }, id: 0 });
    return newestRecord(database);
  };

  it.each<[string, Fields]>([
    ['No token found. Unpairing not possible', {}],
    ['No token found. Unpairing not possible', { serial: 'NOSUCH' }],
    ['No token found. Unpairing not possible', { user: 'nobody' }],
    ['Multiple tokens found. Unpairing not possible', { serial: '*' }],
    [`token type HMAC doesn't support unpairing `, { serial: 'ANNA' }],
    [`token type HMAC doesn't support unpairing `, { user: 'anna' }],
  ])('fails in one form alone; the record says "%s" of %j', async (info, form) => {
    await expect(unpair(form)).resolves.toMatchObject({ action: 'admin/unpair', succeeded: false, info });
  });

  it('says in the record alone that the right is missing', async () => {
    await give(grant('unpair', 'other'));
    const refusal = 'ERR410: You do not have the administrative right to unpair token';
    await expect(unpair({ serial: 'ANNA' })).resolves.toMatchObject({
      info: `${refusal} 'ANNA'. Check the policies.`,
    });
    await expect(unpair({ user: 'anna' })).resolves.toMatchObject({
      info: `${refusal} None. Check the policies.`,
    });
    await expect(unpair({ user: 'bernd@other' })).resolves.toMatchObject({
      info: `token type HMAC doesn't support unpairing `,
    });
  });
});
