import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { storedText } from '../../support/database/stored-text.js';

const START_WITHIN_MS = 60_000;
const MARKED = 'MarkedSecret4711';
const USERS = 'anna,1,Arndt,Anna,anna@example.test,,,annapw\nbert,2,Berg,Bert,,,,bertpw';

describe('policies that administrators store', () => {
  let installation: Installation;
  let nodes: readonly RunningApplication[];
  let admin: AdminAgent;
  let elsewhere: AdminAgent;
  let database: pg.Client;

  beforeAll(async () => {
    installation = await givenInstallation();
    const first = await startApplication({ installation });
    nodes = [first, await startApplication({ installation })];
    admin = await adminAgent(urlOf(0), installation);
    elsewhere = await adminAgent(urlOf(1), installation);
    database = await installation.database.connect();
    const people = { resolver: 'people', passwords_in_plaintext: 'true', format: 'csv' };
    await admin.upload('/tools/import_users', people, USERS).expect(200);
    const resolvers = 'useridresolver.SQLIdResolver.IdResolver.people';
    await admin.post('/system/setRealm', { realm: 'staff', resolvers }).expect(200);
    await admin.post('/system/setDefaultRealm', { realm: 'staff' }).expect(200);
  }, START_WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await Promise.all((nodes ?? []).map((node) => node.stop()));
    await installation?.remove();
  });

  afterEach(async () => {
    const names = Object.keys(await shown({ display_inactive: 'yes' })).join(',');
    await admin.post('/system/delPolicy', { name: names, enforce: 'true' }).expect(200);
  });

  const urlOf = (node: number): string => nodes[node]?.url ?? '';
  const set = async (form: Fields) => {
    const policy = { scope: 'authentication', realm: '*', user: '*', action: 'otppin=1', ...form };
    return (await admin.post('/system/setPolicy', policy)).body.result;
  };
  const given = async (form: Fields) => expect(await set(form)).toMatchObject({ status: true });
  const shown = async (query: Fields = {}): Promise<Readonly<Record<string, Fields>>> =>
    (await admin.get('/system/getPolicy', query)).body.result.value;
  const exported = async () =>
    (await admin.get('/system/getPolicy/policy.cfg', { export: 'true', display_inactive: '1' })).text;
  const imported = (file: string) => admin.upload('/system/importPolicy', {}, file);
  const newest = async () => {
    const { rows } = await database.query(
      'SELECT action, succeeded, info, detail FROM audit_record ORDER BY number DESC LIMIT 1',
    );
    return rows[0];
  };
  const isAccepted = async (node: number, user: string, pass: string) => {
    const response = await fetch(`${urlOf(node)}/validate/check`, {
      method: 'POST',
      body: new URLSearchParams({ user, pass }),
    });
    return ((await response.json()) as { result: { value: boolean } }).result.value;
  };

  it('are shown as they are understood', async () => {
    await given({ name: 'p', realm: 'Staff', client: '', time: '' });
    await expect(shown()).resolves.toEqual({
      p: {
        name: 'p',
        scope: 'authentication',
        action: 'otppin=1',
        realm: 'staff',
        user: '*',
        client: '*',
        time: '* * * * * *;',
        active: 'True',
      },
    });
    const { body } = await admin.get('/system/getConfig');
    expect(body.result.value).toMatchObject({ 'Policy.p.action': 'otppin=1', 'Policy.p.realm': 'staff' });
  });

  it('are recorded with what was sent', async () => {
    await given({ name: 'p' });
    await expect(newest()).resolves.toEqual({
      action: 'system/setPolicy',
      succeeded: true,
      info: '',
      detail: `{'scope': 'authentication', 'realm': '*', 'user': '*', 'action': 'otppin=1', 'name': 'p'}`,
    });
    await set({ name: 'p', action: 'nosuch' });
    await expect(newest()).resolves.toMatchObject({
      succeeded: false,
      info: `unsupported policy action 'nosuch' in policy 'p' `,
    });
    await admin.post('/system/delPolicy', { name: 'other,p' });
    await expect(newest()).resolves.toMatchObject({ action: 'system/delPolicy', succeeded: true, info: 'p' });
    await admin.post('/system/delPolicy', { name: 'p' });
    await expect(newest()).resolves.toMatchObject({ succeeded: false, info: 'p' });
  });

  it('are found by name, scope, realm, action and user', async () => {
    await given({ name: 'any' });
    await given({ name: 'ours', realm: 'staff, other', user: 'anna, ha*', action: 'passthru' });
    await given({ name: 'off', active: 'False' });
    await given({ name: 'rights', scope: 'admin', action: 'show', user: 'admin' });
    const found = async (query: Fields) => Object.keys(await shown(query));
    await expect(found({})).resolves.toEqual(['any', 'ours', 'rights']);
    await expect(found({ display_inactive: 'false' })).resolves.toEqual(['any', 'off', 'ours', 'rights']);
    await expect(found({ NAME: 'ours,any,nosuch' })).resolves.toEqual(['ours', 'any']);
    await expect(found({ scope: 'admin' })).resolves.toEqual(['rights']);
    await expect(found({ realm: 'OTHER' })).resolves.toEqual(['ours']);
    await expect(found({ realm: 'third' })).resolves.toEqual(['any', 'rights']);
    await expect(found({ realm: '' })).resolves.toEqual(['any', 'rights']);
    await expect(found({ action: 'passthru' })).resolves.toEqual(['ours']);
    await expect(found({ user: ' anna ' })).resolves.toEqual(['any', 'ours']);
    await expect(found({ user: 'hans' })).resolves.toEqual(['any']);
  });

  it('are rows of a table', async () => {
    await given({ name: 'a', action: 'smstext="<otp>"', user: 'zoe' });
    await given({ name: 'b', active: 'False', user: 'anna' });
    const table = async (query: Fields) => {
      const { text, type } = await admin.get('/system/policies_flexi', query);
      expect([type, text.includes('<')]).toEqual(['text/html', false]);
      return JSON.parse(text);
    };
    const b = { id: 'b', cell: [0, 'b', 'anna', 'authentication', 'otppin=1', '*', '*', '* * * * * *;'] };
    await expect(table({ sortname: 'user' })).resolves.toMatchObject({
      page: 1,
      total: 2,
      rows: [b, { id: 'a' }],
    });
    await expect(table({ sortname: 'name', sortorder: 'desc', rp: '1', page: '2' })).resolves.toEqual({
      page: 2,
      total: 2,
      rows: [
        {
          id: 'a',
          cell: [
            1,
            'a',
            'zoe',
            'authentication',
            'smstext=&quot;&lt;otp&gt;&quot;',
            '*',
            '*',
            '* * * * * *;',
          ],
        },
      ],
    });
    await expect(table({ sortname: 'name', scope: '' })).resolves.toEqual({ page: 1, total: 0, rows: [] });
    const { body } = await admin.get('/system/policies_flexi', { sortname: 'nosuch' });
    expect(body.result.error).toEqual({ code: -311, message: "'nosuch'" });
  });

  it('are the same after they were exported, removed and imported', async () => {
    await given({ name: 'a', action: `smstext="it's <otp>, #1", otppin=2`, user: '*, -bert' });
    await given({ name: 'b', scope: 'system', action: 'read, write', user: 'admin', client: '*' });
    await given({
      name: 'c',
      active: 'False',
      client: '10.0.0.0/8, -10.0.0.1',
      time: '* 7-17 * * 1-5 *; !* * 24 12 * *',
    });
    const before = await shown({ display_inactive: 'yes' });
    const file = await exported();
    await admin.post('/system/delPolicy', { name: 'a,b,c', enforce: 'true' });
    await expect(shown({ display_inactive: 'yes' })).resolves.toEqual({});
    const answer = await imported(file);
    expect(answer.type).toBe('text/xml');
    expect(answer.text).toContain('<status>True</status>\n        <value>3</value>');
    await expect(newest()).resolves.toMatchObject({
      succeeded: true,
      info: `Policies imported from file <FileStorage: 'users' ('application/octet-stream')>`,
    });
    await expect(shown({ display_inactive: 'yes' })).resolves.toEqual(before);
    await expect(exported()).resolves.toBe(file);
  });

  it.each<[string, Fields, number, string]>([
    ['without a name', { name: '' }, -311, 'The name of the policy must not be empty'],
    [
      'with a dot in its name',
      { name: 'a.b' },
      -311,
      'The name of the policy may only contain the characters  a-zA-Z0-9_.',
    ],
    ['without a realm', { name: 'p', realm: '' }, -311, 'Missing attribute realm in policy p'],
    [
      'that shuts its author out',
      { name: 'p', scope: 'system', action: 'write', user: 'eve' },
      -311,
      "Warning: potential lockout due to policy defintion: no active system policy with 'write' permission matches admin@linotp_admins!",
    ],
    [
      'with a value of another type',
      { name: 'p', scope: 'selfservice', action: 'delete=x' },
      -311,
      "Action value 'x' for selfservice.delete not of the expected type 'bool'",
    ],
    [
      'that ends within a quote',
      { name: 'p', action: `smstext="Code?secret=abc` },
      -311,
      `non terminated string value entry '"Code?secret=***`,
    ],
  ])('are refused %s', async (_case, form, code, message) => {
    const { error } = await set(form);
    expect(error).toEqual({ code, message });
    await expect(shown({ display_inactive: 'yes' })).resolves.toEqual({});
  });

  it('are refused with names of parameters in another case', async () => {
    const { body } = await admin.post('/system/setPolicy', {
      Name: 'p',
      scope: 'admin',
      action: '*',
      realm: '*',
    });
    expect(body.result.error).toEqual({ code: 905, message: 'ERR905: missing required parameter: name' });
  });

  it('are removed by names that policies can have', async () => {
    const { body } = await admin.post('/system/delPolicy', { name: 'a, b' });
    expect(body.result.error).toEqual({
      code: 8888,
      message: 'ERR8888: policy name may only contain the characters a-zA-Z0-9_',
    });
  });

  it('are imported whole or not at all', async () => {
    const { body } = await admin.post('/system/importPolicy');
    expect(body.result.error).toEqual({ code: 905, message: 'ERR905: missing input file' });
    for (const [file, message] of [
      ['', 'Error loading policy. File is empty!'],
      ['[a]\nscope = admin\naction = show\n[b]\nscope = admin', '&#39;action&#39;'],
      [
        '[a]\nscope = admin\naction = show\n[b]\nscope = admin\naction = "<script>"',
        'unsupported policy action &#39;&lt;script&gt;&#39; in policy &#39;b&#39; ',
      ],
    ] as const) {
      const answer = await imported(file);
      expect(answer.type).toBe('text/xml');
      expect(answer.text).toContain(`<code>-311</code>\n            <message>${message}</message>`);
      await expect(newest()).resolves.toMatchObject({ action: 'system/importPolicy', succeeded: false });
    }
    await expect(shown()).resolves.toEqual({});
  });

  it('keep the secrets of servers to themselves', async () => {
    const server = 'radius://radius.example.test:1812/';
    await given({ name: 'f', action: `passthru, forward_server=${server}?secret=${MARKED}` });
    await expect(newest()).resolves.toMatchObject({ detail: expect.stringContaining('?secret=***') });
    const action = (await shown())['f']?.['action'] ?? '';
    expect(action).toMatch(
      /^passthru, forward_server=radius:\/\/radius\.example\.test:1812\/\?encsecret=[\w-]+$/,
    );
    const file = await exported();
    const { text } = await admin.get('/system/getConfig');
    const stored = await storedText(database);
    expect([file, text, stored, action].map((each) => each.includes(MARKED))).not.toContain(true);
    // What is shown may be sent back, under another name too; the secret goes to no other server.
    await given({ name: 'g', action });
    expect((await imported(file)).text).toContain('<value>1</value>');
    const { error } = await set({ name: 'h', action: action.replace('radius.example', 'evil.example') });
    expect(error.message).toContain('was not made here for this server');
  });

  it('hold on all nodes from the next request on', async () => {
    await expect(isAccepted(1, 'anna', 'annapw')).resolves.toBe(false);
    await given({ name: 'pass', action: 'passthru', user: 'anna' });
    await expect(isAccepted(1, 'anna', 'annapw')).resolves.toBe(true);
    await expect(isAccepted(1, 'bert', 'bertpw')).resolves.toBe(false);
    await given({ name: 'rights', scope: 'admin', action: 'show', user: 'somebody' });
    const { body } = await elsewhere.post('/admin/disable', { serial: 'NONE' });
    expect(body.result.error.code).toBe(410);
    await admin.post('/system/delPolicy', { name: 'pass,rights' });
    await expect(isAccepted(1, 'anna', 'annapw')).resolves.toBe(false);
    expect((await elsewhere.get('/system/getPolicy')).body.result.value).toEqual({});
  });

  it('are checked as LinOTP checks them', async () => {
    const question = { user: 'anna', realm: 'staff', scope: 'admin', action: 'enable', client: '127.0.0.1' };
    const check = async (fields: Fields = {}) =>
      (await admin.get('/system/checkPolicy', { ...question, ...fields })).body.result.value;
    await expect(check()).resolves.toEqual({ allowed: true, policy: 'No policies in scope admin' });
    await expect(newest()).resolves.toMatchObject({ info: 'allowed since no policies in scope admin' });
    await given({ name: 'adm', scope: 'admin', action: 'enable', user: 'anna', realm: 'staff' });
    await given({ name: 'mail', action: 'passthru', user: '#email==anna@example.test' });
    await expect(check()).resolves.toMatchObject({ allowed: true, policy: { adm: { action: 'enable' } } });
    await expect(newest()).resolves.toMatchObject({
      info: `allowed by policy ['adm']`,
      detail: 'action = enable, realm = staff, scope = admin',
    });
    await expect(check({ realm: 'other' })).resolves.toEqual({ allowed: false, policy: {} });
    const login = { scope: 'authentication', action: 'passthru' };
    await expect(check(login)).resolves.toEqual({ allowed: false, policy: {} });
    await expect(check({ ...login, user: 'anna@staff' })).resolves.toMatchObject({
      allowed: true,
      policy: { mail: {} },
    });
  });

  it('are explained', async () => {
    await given({ name: 'a', action: 'otppin=1', user: 'people:', realm: 'staff', client: '10.0.0.0/8' });
    await given({ name: 'b', action: 'otppin=2' });
    await given({ name: 'c', action: 'otppin=3', active: 'False' });
    await given({ name: 'd', action: 'otppin=3', user: '#email==anna@example.test', time: '* * * 1 * *' });
    const explain = async (query: Fields) =>
      (await admin.get('/api/v2/policies/explain', { scope: 'authentication', action: 'otppin', ...query }))
        .body.result;
    const { value } = await explain({ user: 'anna', client: '10.1.1.1', time: '2026-11-22T12:00:00Z' });
    expect(value).toMatchObject({ scopeInUse: true, grants: true, value: '1', decidedBy: ['a'] });
    expect(value.query).toMatchObject({ realm: 'staff' });
    // Whom it is about, and not their record.
    expect(value.query.user).toEqual({ login: 'anna', realm: 'staff', resolvers: ['people'] });
    expect(value.policies.map(({ name, outcome }: Fields) => [name, outcome])).toEqual([
      ['a', 'decided'],
      ['b', 'outranked'],
      ['c', 'inactive'],
      ['d', 'unmatched'],
    ]);
    const conditions: readonly { condition: string; matches: boolean }[] = value.policies[3].conditions;
    expect(conditions.filter(({ matches }) => !matches).map(({ condition }) => condition)).toEqual(['time']);
    const january = await explain({ user: 'anna@staff', client: '192.0.2.1', time: '2027-01-22T12:00:00Z' });
    expect(january.value).toMatchObject({ value: '3', decidedBy: ['d'] });
    // As a login asks: by the login alone, but whom an entry excludes is excluded.
    const authorization = { scope: 'authorization', realm: '*' };
    await given({ name: 'who', ...authorization, action: 'authorize', user: 'anna@staff, bert, -*@other' });
    const mayLogIn = async (user: string) =>
      (await explain({ scope: 'authorization', action: 'authorize', user })).value;
    await expect(mayLogIn('bert')).resolves.toMatchObject({
      grants: true,
      decidedBy: ['who'],
      query: { user: { login: 'bert', realm: 'staff' } },
    });
    await expect(mayLogIn('anna')).resolves.toMatchObject({ grants: false, decidedBy: [] });
    await given({ name: 'which', ...authorization, action: 'serial=^X', time: '* * * 1 * *' });
    const serial = await explain({ scope: 'authorization', action: 'serial', user: 'anna' });
    expect(serial.value).toMatchObject({ value: '^X', decidedBy: ['which'], query: { time: null } });
    const nobody = await explain({ user: 'nosuch', client: '10.1.1.1' });
    expect(nobody.value).toMatchObject({ value: '2', decidedBy: ['b'] });
    await expect(explain({ scope: 'admin' })).resolves.toMatchObject({
      value: { scopeInUse: false, policies: [] },
    });
    await given({ name: 'e', scope: 'admin', action: 'show', user: '#email==anna@example.test' });
    await given({ name: 'f', scope: 'admin', action: 'show', user: 'admin', client: '' });
    const byAttribute = await explain({ scope: 'admin', action: 'show', user: 'anna@staff' });
    expect(byAttribute.value).toMatchObject({ grants: true, decidedBy: ['e'] });
    expect(byAttribute.value.query.user).toEqual({ login: 'anna', realm: 'staff', resolvers: ['people'] });
    const other = await explain({ scope: 'admin', action: 'show', user: 'bert@staff' });
    expect(other.value).toMatchObject({ grants: false });
    await expect(explain({ scope: '' })).resolves.toMatchObject({ error: { code: 905 } });
    await expect(explain({ time: 'noon' })).resolves.toMatchObject({
      error: { message: expect.stringContaining('ISO 8601') },
    });
  });

  it('keep the providers that they name', async () => {
    for (const name of ['first', 'second']) {
      const provider = {
        type: 'sms',
        name,
        timeout: '5',
        class: 'HttpSMSProvider',
        config: '{"URL": "http://localhost"}',
      };
      await admin.post('/system/setProvider', provider).expect(200);
    }
    await given({ name: 'pol1', action: 'sms_provider="first second"' });
    const remove = async () =>
      (await admin.post('/system/delProvider', { type: 'sms', name: 'second' })).body;
    await expect(remove()).resolves.toMatchObject({
      result: { value: false },
      detail: { message: 'Unable to delete - provider used in policies!\n[pol1]' },
    });
    await admin.post('/system/delPolicy', { name: 'pol1' });
    await expect(remove()).resolves.toMatchObject({ result: { value: true } });
  });
});
