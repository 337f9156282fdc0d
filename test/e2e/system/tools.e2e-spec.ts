import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { ADMINISTRATOR } from '../../support/application/installation.js';

let server: RunningApplication;
let admin: AdminAgent;

interface Answer {
  readonly result: {
    readonly status: boolean;
    readonly value?: unknown;
    readonly error?: { message: string };
  };
  readonly detail?: Readonly<Record<string, string>>;
}

const body = (answer: { body: unknown }) => answer.body as Answer;
const valueOf = (answer: { body: unknown }) => body(answer).result.value;
const messageOf = (answer: { body: unknown }) => body(answer).result.error?.message;

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
});

afterAll(() => server.stop());

const IMPORTED = '/tools/import_users';
const importCsv = async (resolver: string, csv: string, form: Fields = {}) =>
  admin.upload(IMPORTED, { resolver, passwords_in_plaintext: 'true', ...form }, csv);
const buckets = (created: object, updated: object, modified: object, deleted: object) => ({
  created,
  updated,
  modified,
  deleted,
});

/** A resolver with these users, in a realm of the same name. */
async function givenManaged(name: string, csv: string, form: Fields = {}): Promise<void> {
  expect(body(await importCsv(name, csv, form))).toMatchObject({ result: { status: true } });
  const resolvers = `useridresolver.SQLIdResolver.IdResolver.${name}`;
  expect(valueOf(await admin.post('/system/setRealm', { realm: name, resolvers }))).toBe(true);
}

async function usersOf(realm: string, search: Fields = { username: '*' }): Promise<string[]> {
  const { text } = await admin.get('/admin/userlist', { realm, ...search });
  const { result } = JSON.parse(text) as { result: { value: { username: string }[] } };
  return result.value.map(({ username }) => username);
}

async function enrol(serial: string, form: Fields): Promise<void> {
  const init = await admin.post('/admin/init', { serial, type: 'spass', pin: 'pin', ...form });
  expect(valueOf(init)).toBe(true);
}

async function ownerOf(serial: string): Promise<Record<string, unknown>> {
  const answer = await admin.get('/admin/show', { serial });
  const { data } = valueOf(answer) as { data: Record<string, unknown>[] };
  return data[0] ?? {};
}

describe('/tools/import_users', () => {
  it('makes a read-only resolver of the first file, and tells what each next one changes', async () => {
    const first = await importCsv(
      'people',
      'anna,1,Arndt,Anna,a@x.test,11,12,secret\nbernd,2,Braun,Bernd,,,,pw',
    );
    expect(valueOf(first)).toEqual(buckets({ 1: 'anna', 2: 'bernd' }, {}, {}, {}));

    const { value } = body(await admin.get('/system/getResolver', { resolver: 'people' })).result;
    expect(value).toMatchObject({
      type: 'sqlresolver',
      spec: 'useridresolver.SQLIdResolver.IdResolver.people',
      admin: false,
      immutable: false,
      readonly: true,
      data: {
        Server: '',
        Connect: '',
        Table: 'imported_user',
        Where: "groupid = 'people'",
        Limit: '1000',
        Map: '{"userid": "userid", "username": "username", "phone": "phone", "mobile": "mobile", "email": "email", "surname": "surname", "givenname": "givenname", "password": "password", "groupid": "groupid"}',
      },
    });

    const second = await importCsv(
      'people',
      'anna,1,Arndt,Anna,a@x.test,11,12,secret\ncarla,3,Cramer,Carla,,,,x',
    );
    expect(valueOf(second)).toEqual(buckets({ 3: 'carla' }, { 1: 'anna' }, {}, { 2: 'bernd' }));
    const third = await importCsv(
      'people',
      'anna,1,Arndt,Anna,a@x.test,11,12,other\ncarla,3,Kramer,Carla,,,,x',
    );
    expect(valueOf(third)).toEqual(buckets({}, {}, { 1: 'anna', 3: 'carla' }, {}));
  });

  it('changes nothing in a dry run, not even that there is no resolver', async () => {
    const dry = await importCsv('nothere', 'anna,1', { dryrun: 'true' });
    expect(valueOf(dry)).toEqual(buckets({ 1: 'anna' }, {}, {}, {}));
    const { value } = body(await admin.get('/system/getResolvers')).result;
    expect(value).not.toHaveProperty('nothere');
  });

  it('carries out what was previewed, and refuses it when the users have changed since', async () => {
    const preview = async (csv: string) =>
      body(await importCsv('viewed', csv, { dryrun: 'true' })).detail?.['preview'] ?? '';
    const seen = await preview('anna,1');
    expect(seen).not.toBe('');
    expect(messageOf(await importCsv('viewed', 'anna,1\nbernd,2', { preview: seen }))).toContain('preview');
    expect(valueOf(await importCsv('viewed', 'anna,1', { preview: seen }))).toMatchObject({
      created: { 1: 'anna' },
    });
    expect(messageOf(await importCsv('viewed', 'anna,1', { preview: seen }))).toContain('preview');
  });

  it('takes passwd files, and a field instead of a file', async () => {
    const line = 'erika:pw:3001:3001:Erika Gold,,+49111,+49222,erika@x.test:/home/erika:/bin/false\n';
    const form = { resolver: 'passwds', format: 'password', passwords_in_plaintext: 'true', file: line };
    expect(valueOf(await admin.post(IMPORTED, form))).toEqual(buckets({ 3001: 'erika' }, {}, {}, {}));
    const again = { ...form, format: 'passwd' };
    expect(valueOf(await admin.post(IMPORTED, again))).toMatchObject({ updated: { 3001: 'erika' } });
  });

  it('reads csv as it is told to', async () => {
    const csv = "id;login;mail\n7;'van; der Berg';v@x.test\n8;;nobody@x.test\n";
    const form = {
      delimiter: ';',
      quotechar: "'",
      skip_header: 'true',
      format: 'c',
      column_mapping: '{"userid": 0, "username": 1, "email": "2", "shoesize": 9}',
    };
    expect(valueOf(await importCsv('mapped', csv, form))).toEqual(
      buckets({ 7: 'van; der Berg' }, {}, {}, {}),
    );
  });

  it('takes 10,000 users with hashes at once', async () => {
    const hash = `$argon2id$v=19$m=19456,t=2,p=1$${'s'.repeat(22)}$${'h'.repeat(43)}`;
    const csv = Array.from(
      { length: 10_000 },
      (_user, i) => `user${i},${i},Surname${i},Given,u${i}@example.test,,,"${hash}"`,
    );
    const areHashes = { passwords_in_plaintext: 'false' };
    const answer = await importCsv('crowd', csv.join('\n'), areHashes);
    expect(Object.keys((valueOf(answer) as { created: object }).created)).toHaveLength(10_000);
    await givenManaged('crowd', csv.slice(0, 2000).join('\n'), areHashes);
    expect(await usersOf('crowd')).toHaveLength(2000);
    expect(await usersOf('crowd', { userid: 'between 1998,5000' })).toEqual(['user1998', 'user1999']);
  }, 60_000);

  it.each<[string, Fields, string, string]>([
    ['no file', {}, '', "ERR905: Missing parameter: 'file'"],
    ['a format that is none', { format: 'xml' }, 'anna,1', 'unspecified file foramt'],
    ['a short name', { resolver: 'abc' }, 'anna,1', 'Resolver name is invalid'],
    [
      'the administrators’ resolver',
      { resolver: 'LinOTP_local_admins' },
      'anna,1',
      'default admin resolver LinOTP_local_admins is not allowed to be overwritten!',
    ],
    [
      'the same user twice',
      {},
      'anna,1\nberta,1',
      'Violation of unique constraint - duplicate user in data: ',
    ],
    [
      'the same login twice',
      {},
      'anna,1\nanna,2',
      'Violation of unique constraint - duplicate user in data: ',
    ],
    ['a file of another format', {}, 'anna;1\nbernd;2', 'no line of the file has both'],
    [
      'passwords where hashes should be',
      { passwords_in_plaintext: 'false' },
      'anna,1,,,,,,secret',
      'in line 1',
    ],
    ['a dry run that is none', { dryrun: 'ture' }, 'anna,1', 'dryrun is neither true nor false'],
    ['a mapping without the login', { column_mapping: '{"userid": 0}' }, 'anna,1', 'column_mapping needs'],
    ['a mapping that is no JSON', { column_mapping: '{' }, 'anna,1', 'column_mapping is no JSON object'],
    [
      'a delimiter of two characters',
      { delimiter: '||' },
      'anna,1',
      '"delimiter" must be a 1-character string',
    ],
    ['a user id that no key can hold', {}, `anna,${'1'.repeat(300)}`, 'line 1 has a field of more than'],
  ])('refuses %s', async (_what, form, csv, message) => {
    const full = { resolver: 'refused', passwords_in_plaintext: 'true', ...form };
    const answer = csv === '' ? await admin.post(IMPORTED, full) : await admin.upload(IMPORTED, full, csv);
    expect(messageOf(answer)).toContain(message);
    expect(messageOf(answer)).not.toContain('secret');
    const { value } = body(await admin.get('/system/getResolvers')).result;
    expect(value).not.toHaveProperty('refused');
  });

  it('refuses a resolver of another kind', async () => {
    const fileName = `${server.installation.folder}/admin-password`;
    await admin.post('/system/setResolver', { name: 'filed', type: 'passwdresolver', fileName });
    expect(messageOf(await importCsv('filed', 'anna,1'))).toBe(
      "Unmanged resolver with same name: 'filed' already exists!",
    );
  });

  it('lets one of two imports that meet come first, and does the other one on top of it', async () => {
    const answers = await Promise.all([
      importCsv('contended', 'anna,1\nbernd,2'),
      importCsv('contended', 'anna,1\ncarla,3'),
    ]);
    for (const answer of answers) expect(body(answer).result.status).toBe(true);
    const last = valueOf(await importCsv('contended', 'anna,1', { dryrun: 'true' }));
    expect(Object.keys((last as { deleted: object }).deleted)).toHaveLength(1);
  });
});

describe('managed users', () => {
  beforeAll(() =>
    givenManaged(
      'staff',
      'anna,1,Arndt,Anna,anna@x.test,,,annapw\nBernd_B,22,Bräun,Bernd,b%b@x.test,,,\ndirk,3,Dörr,,,,,',
    ),
  );

  it.each<[Fields, string[]]>([
    [{ username: '*' }, ['anna', 'Bernd_B', 'dirk']],
    [{ username: 'ANNA' }, ['anna']],
    [{ username: 'a%' }, []],
    [{ username: '*_*' }, ['Bernd_B']],
    [{ email: '*%*' }, ['Bernd_B']],
    [{ surname: '*RÄ*' }, ['Bernd_B']],
    [{ username: "x' OR '1'='1" }, []],
    [{ username: '\\' }, []],
    [{ userid: '>=3' }, ['Bernd_B', 'dirk']],
    [{ userid: '<x' }, []],
    [{ searchTerm: '*arndt*' }, ['anna']],
    [{ searchTerm: '*', username: 'd*' }, ['dirk']],
  ])('are found by %j', async (search, expected) => {
    expect((await usersOf('staff', search)).toSorted()).toEqual(expected.toSorted());
  });

  it('log in with their tokens', async () => {
    await enrol('MANAGED1', { user: 'anna', realm: 'staff' });
    const check = await admin.get('/validate/check', { user: 'anna', realm: 'staff', pass: 'pin' });
    expect(valueOf(check)).toBe(true);
    expect(await ownerOf('MANAGED1')).toMatchObject({
      'LinOtp.Userid': '1',
      'LinOtp.IdResClass': 'useridresolver.SQLIdResolver.IdResolver.staff',
    });
  });

  it('are gone with their resolver', async () => {
    await importCsv('leaving', 'anna,1');
    expect(valueOf(await admin.post('/system/delResolver', { resolver: 'leaving' }))).toBe(true);
    expect(valueOf(await importCsv('leaving', 'anna,1', { dryrun: 'true' }))).toMatchObject({
      created: { 1: 'anna' },
    });
  });

  it('follow their resolver when it is renamed, and no setting of it can be changed', async () => {
    await importCsv('before', 'anna,1');
    const change = (form: Fields) =>
      admin.post('/system/setResolver', { type: 'sqlresolver', previous_name: 'before', ...form });
    expect(messageOf(await change({ name: 'before', Table: 'users' }))).toBe(
      'Readonly Resolver Change not allowed!',
    );
    expect(valueOf(await change({ name: 'after', Table: 'imported_user' }))).toBe(true);
    expect(valueOf(await importCsv('after', 'anna,1'))).toMatchObject({ updated: { 1: 'anna' } });
  });
});

describe('/tools/migrate_resolver', () => {
  it('gives the tokens to the same logins of another resolver', async () => {
    await givenManaged('source', 'anna,1\nbernd,2');
    await givenManaged('target', 'anna,100');
    await enrol('MOVED1', { user: 'anna', realm: 'source' });
    await enrol('STAYS1', { user: 'bernd', realm: 'source' });
    const answer = await admin.post('/tools/migrate_resolver', { from: 'source', to: 'target' });
    const resolver = (name: string) => ({
      resolvername: name,
      entry: `linotp.sqlresolver.Where.${name}`,
      type: 'sqlresolver',
      spec: `useridresolver.SQLIdResolver.IdResolver.${name}`,
      admin: false,
      immutable: false,
      readonly: true,
    });
    expect(valueOf(answer)).toEqual({
      src: resolver('source'),
      target: resolver('target'),
      value: true,
      message: '1 tokens of 2 migrated',
    });
    expect(await ownerOf('MOVED1')).toMatchObject({
      'LinOtp.Userid': '100',
      'LinOtp.IdResClass': 'useridresolver.SQLIdResolver.IdResolver.target',
    });
    expect(await ownerOf('STAYS1')).toMatchObject({ 'LinOtp.Userid': '2' });
  });

  it.each<[Fields, string]>([
    [{}, "'from'"],
    [{ from: 'source' }, "'to'"],
    [{ from: 'source', to: 'nowhere' }, 'Src or Target resolver is undefined!'],
    [
      { from: 'source', to: 'LinOTP_local_admins' },
      'tokens are not moved from or to LinOTP_local_admins, the resolver of the local administrators',
    ],
  ])('refuses %j', async (form, message) => {
    expect(messageOf(await admin.post('/tools/migrate_resolver', form))).toBe(message);
  });
});

describe('/tools/setPassword', () => {
  const NEW_PASSWORD = 'a new password';

  it.each<[Fields, string]>([
    [{}, "'new_password'"],
    [{ new_password: NEW_PASSWORD }, "'old_password'"],
    [{ old_password: 'wrong', new_password: 'x' }, 'old password missmatch!'],
  ])('refuses %j', async (form, message) => {
    expect(messageOf(await admin.post('/tools/setPassword', form))).toBe(message);
  });

  it('refuses a new password that is too short', async () => {
    const form = { old_password: server.installation.password, new_password: 'short' };
    expect(messageOf(await admin.post('/tools/setPassword', form))).toContain('8 to 1024 characters');
  });

  it('changes it: other sessions are over, this one goes on', async () => {
    const other = await adminAgent(server.url, server.installation);
    const form = { old_password: server.installation.password, new_password: NEW_PASSWORD };
    const answer = await admin.post('/tools/setPassword', form);
    expect(body(answer)).toMatchObject({
      result: { value: true },
      detail: { detail: `password updated for '${ADMINISTRATOR}'` },
    });
    await other.get('/admin/show').expect(401);
    await admin.get('/admin/show').expect(200);
    expect(body(await admin.post('/tools/migrate_resolver')).result.status).toBe(false);

    await expect(adminAgent(server.url, server.installation)).rejects.toThrow('login refused');
    await adminAgent(server.url, server.installation, { username: ADMINISTRATOR, password: NEW_PASSWORD });
    const back = { old_password: NEW_PASSWORD, new_password: server.installation.password };
    expect(valueOf(await admin.post('/tools/setPassword', back))).toBe(true);
  });
});
