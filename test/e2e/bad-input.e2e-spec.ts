import type pg from 'pg';

import { changed, enrol, givenUsers } from '../faults/given-users.js';
import { LoginClient } from '../faults/login-client.js';
import { type AdminAgent, type Fields, adminAgent } from '../support/admin-agent.js';
import { type RunningApplication, startApplication } from '../support/application.js';
import { RFC_KEY_HEX, hotpAt } from '../support/otp.js';

const START_WITHIN_MS = 60_000;
const LONG = 'x'.repeat(64_000);
const NUL = 'a\0b';
const LONE_SURROGATE = 'a\ud83d';

describe('bad input', () => {
  let running: RunningApplication;
  let admin: AdminAgent;
  let client: LoginClient;
  let database: pg.Client;

  beforeAll(async () => {
    running = await startApplication();
    const { url, installation } = running;
    admin = await adminAgent(url, installation);
    client = new LoginClient(url);
    database = await installation.database.connect();
    await givenUsers(admin, installation, ['anna', 'bernd']);
    await enrol(admin, 'HOTP1', { user: 'anna' });
    await enrol(admin, 'TOTP1', { type: 'totp' });
  }, START_WITHIN_MS);

  afterAll(async () => {
    client?.close();
    await database?.end();
    await running?.stop();
  });

  /** Everything that is stored, but for the audit trail. */
  async function stored(): Promise<Record<string, string>> {
    const { rows: tables } = await database.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = 'public' AND table_name NOT LIKE 'audit%' ORDER BY 1`,
    );
    const contents: Record<string, string> = {};
    for (const { name } of tables) {
      const { rows } = await database.query(
        `SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') AS text FROM "${name}" t`,
      );
      contents[name] = rows[0].text;
    }
    return contents;
  }

  const records = async (): Promise<number> => {
    const { rows } = await database.query('SELECT count(*)::int AS records FROM audit_record');
    return rows[0].records;
  };

  const json = async (path: string, body: unknown, headers: Fields = {}) => {
    const response = await fetch(new URL(path, running.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      // JSON.stringify writes a lone surrogate as an escape, which is how it gets here at all.
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  };

  describe('among logins that share a batch', () => {
    const culprits: readonly { what: string; send(): Promise<{ status: number | null; text: string }> }[] = [
      {
        what: 'a NUL in the serial',
        send: () => client.post('/validate/check_s', { serial: NUL, pass: 'x' }),
      },
      { what: 'a NUL in the user', send: () => client.post('/validate/check', { user: NUL, pass: 'x' }) },
      {
        what: 'a NUL in the realm',
        send: () => client.post('/validate/check', { user: 'anna', realm: NUL, pass: 'x' }),
      },
      {
        what: 'a NUL in the password',
        send: () => client.post('/validate/check_s', { serial: 'NOSUCH', pass: NUL }),
      },
      {
        what: 'half a character as serial',
        send: () => json('/validate/check_s', { serial: LONE_SURROGATE, pass: 'x' }),
      },
      {
        what: 'half a character as user',
        send: () => json('/validate/check', { user: LONE_SURROGATE, pass: 'x' }),
      },
      {
        what: 'half a character as password',
        send: () => json('/validate/check_s', { serial: 'NOSUCH', pass: LONE_SURROGATE }),
      },
      {
        what: 'a serial of 64 KB',
        send: () => client.post('/validate/check_s', { serial: LONG, pass: 'x' }),
      },
      { what: 'a user of 64 KB', send: () => client.post('/validate/check', { user: LONG, pass: 'x' }) },
      {
        what: 'a password of 64 KB',
        send: () => client.post('/validate/check_s', { serial: 'NOSUCH', pass: LONG }),
      },
      {
        what: 'a password of 64 KB for a user',
        send: () => client.post('/validate/check', { user: 'bernd', pass: LONG }),
      },
      {
        what: 'a client address that is none',
        send: () => json('/validate/check_s', { serial: 'NOSUCH', pass: 'x', client: NUL }),
      },
      {
        what: 'an object as password',
        send: () => json('/validate/check_s', { serial: 'NOSUCH', pass: { $gt: '' } }),
      },
    ];

    it('fails alone and costs no other login', async () => {
      const serials = Array.from({ length: 3 * culprits.length }, (_, place) => `BATCH${place}`);
      for (const serial of serials) await enrol(admin, serial);
      await client.warmUp(serials.length + culprits.length);
      const before = await records();
      const sent = culprits.flatMap(({ send }, place) => [
        ...serials.slice(3 * place, 3 * place + 2).map((serial) => right(serial)),
        send(),
        right(serials[3 * place + 2] ?? ''),
      ]);
      const answers = await Promise.all(sent);
      answers.forEach(({ status, text }, place) => {
        // Of four, the third is the culprit's.
        const isCulprit = place % 4 === 2;
        expect({ place, status, isAccepted: text.includes('"value": true') }).toEqual({
          place,
          status: 200,
          isAccepted: !isCulprit,
        });
      });
      expect(await records()).toBe(before + sent.length);
    });

    const right = (serial: string) => client.post('/validate/check_s', { serial, pass: hotpAt(0) });

    it('is refused before it gets there when it is longer than a request may be', async () => {
      const pass = 'x'.repeat(70_000);
      const [tooLong, other] = await Promise.all([
        client.post('/validate/check_s', { serial: 'HOTP1', pass }),
        client.post('/validate/check_s', { serial: 'HOTP1', pass: hotpAt(0) }),
      ]);
      expect(tooLong).toMatchObject({ status: 413, isAccepted: false });
      expect(other).toMatchObject({ status: 200, isAccepted: true });
    });
  });

  interface Refusal {
    readonly path: string;
    readonly form: Fields;
    /** The error's code, or the value of an answer that is none. */
    readonly code?: number;
    readonly message?: string | RegExp;
    readonly value?: unknown;
  }

  const KEY = { otpkey: RFC_KEY_HEX };
  const NO_USER = /^ERR1112: getUserResolverId failed: .*no user >nosuch< found/;
  const NO_TOKEN = 'ERR1102: No token with serial NOSUCH found';

  // spec/admin-api §1.4, §3; spec/system-api §3, §4; recordings 23 … 347.
  const REFUSALS: readonly Refusal[] = [
    { path: '/system/setResolver', form: {}, code: 905, message: /missing required parameter.*name/ },
    { path: '/system/setResolver', form: { name: 'new1' }, code: -311, message: "'type'" },
    {
      path: '/system/setResolver',
      form: { name: 'new1', type: 'nosuch' },
      code: -311,
      message: /no such resolver type/,
    },
    {
      path: '/system/setResolver',
      form: { name: 'new1', type: 'passwdresolver' },
      code: -311,
      message: /Unable to instantiate the resolver 'new1'/,
    },
    {
      path: '/system/setResolver',
      form: { name: 'a b!', type: 'passwdresolver', fileName: '/etc/passwd' },
      code: -311,
      message: /Resolver name is invalid/,
    },
    {
      path: '/system/setResolver',
      form: { name: NUL, type: 'passwdresolver', fileName: '/etc/passwd' },
      code: -311,
    },
    {
      path: '/system/setResolver',
      form: { name: 'new1', type: 'passwdresolver', fileName: NUL },
      code: -311,
    },
    {
      path: '/system/setRealm',
      form: { realm: 'r' },
      code: 905,
      message: /missing required parameter: resolvers/,
    },
    {
      path: '/system/setRealm',
      form: { resolvers: 'passwdresolver.file' },
      code: 905,
      message: /missing required parameter: realm/,
    },
    {
      path: '/system/setRealm',
      form: { realm: 'r', resolvers: 'passwdresolver.nosuch' },
      code: -311,
      message: /unknown resolver or invalid resolver class/,
    },
    {
      path: '/system/setRealm',
      form: { realm: 'r', resolvers: '' },
      code: -311,
      message: /unknown resolver or invalid resolver class/,
    },
    {
      path: '/system/setRealm',
      form: { realm: 'r!', resolvers: 'passwdresolver.file' },
      code: -311,
      message: /non conformant characters in realm name/,
    },
    { path: '/system/setRealm', form: { realm: NUL, resolvers: 'passwdresolver.file' }, code: -311 },
    { path: '/system/setDefaultRealm', form: { realm: 'nosuch' }, value: false },
    {
      path: '/admin/init',
      form: { serial: 'NEW1' },
      code: 905,
      message: "ERR905: Missing parameter: 'otpkey'",
    },
    {
      path: '/admin/init',
      form: { serial: 'NEW1', otpkey: 'nothex' },
      code: -311,
      message: /non-hexadecimal/,
    },
    {
      path: '/admin/init',
      form: { serial: 'NEW1', otpkey: '123' },
      code: -311,
      message: 'Odd-length string',
    },
    {
      path: '/admin/init',
      form: { serial: 'NEW1', type: 'nosuch', ...KEY },
      code: 1610,
      message: /unknown token type 'nosuch'/,
    },
    {
      path: '/admin/init',
      form: { serial: 'NEW1', genkey: 'x' },
      code: -311,
      message: /invalid literal for int/,
    },
    {
      path: '/admin/init',
      form: { serial: 'NEW1', genkey: '2' },
      code: -311,
      message: /only genkey in range/,
    },
    { path: '/admin/init', form: { serial: 'NEW1', genkey: '1', ...KEY }, code: 344 },
    { path: '/admin/init', form: { serial: 'NEW1', user: 'nosuch', ...KEY }, code: 1112, message: NO_USER },
    {
      path: '/admin/init',
      form: { serial: 'NEW1', user: 'nosuch', realm: 'staff', ...KEY },
      code: 1112,
      message: NO_USER,
    },
    { path: '/admin/init', form: { serial: 'NEW1', user: 'anna', realm: 'nosuch', ...KEY }, code: 1112 },
    {
      path: '/admin/init',
      form: { serial: 'HOTP1', type: 'totp', ...KEY },
      code: 10,
      message: /already exist with type 'HMAC'/,
    },
    { path: '/admin/init', form: { serial: LONG, ...KEY } },
    { path: '/admin/init', form: { serial: NUL, ...KEY } },
    { path: '/admin/init', form: { serial: 'NEW1', type: 'pw' }, code: 905, message: /otpkey/ },
    {
      path: '/admin/init',
      form: { serial: 'NEW1', otplen: '7', ...KEY },
      code: -311,
      message: /unsupported digits/,
    },
    { path: '/admin/init', form: { serial: 'NEW1', otplen: 'x', ...KEY }, code: -311 },
    { path: '/admin/assign', form: { serial: 'HOTP1', user: 'nosuch' }, code: 1112, message: NO_USER },
    { path: '/admin/assign', form: { serial: 'NOSUCH', user: 'anna' }, code: 1102, message: NO_TOKEN },
    { path: '/admin/assign', form: { user: 'anna' }, value: true },
    { path: '/admin/assign', form: { serial: NUL, user: 'anna' }, code: 1102 },
    { path: '/admin/unassign', form: {}, code: 905, message: "ERR905: Missing parameter: 'serial'" },
    { path: '/admin/unassign', form: { serial: 'NOSUCH' }, code: 1102, message: NO_TOKEN },
    { path: '/admin/unassign', form: { serial: LONG }, code: 1102 },
    { path: '/admin/enable', form: { serial: 'NOSUCH' }, code: 1102, message: NO_TOKEN },
    { path: '/admin/enable', form: {}, value: 0 },
    { path: '/admin/disable', form: { serial: 'NOSUCH' }, value: 0 },
    { path: '/admin/disable', form: { serial: NUL }, value: 0 },
    { path: '/admin/disable', form: { serial: LONG }, value: 0 },
    { path: '/admin/disable', form: {}, value: 0 },
    { path: '/admin/remove', form: {}, code: 905, message: 'ERR905: missing parameter user or serial!' },
    { path: '/admin/remove', form: { serial: 'NOSUCH' }, code: 1102, message: NO_TOKEN },
    { path: '/admin/remove', form: { 'serial[]': 'NOSUCH' }, code: 1102, message: NO_TOKEN },
    { path: '/admin/remove', form: { user: 'nosuch' }, value: 0 },
    { path: '/admin/remove', form: { serial: NUL }, code: 1102 },
    { path: '/admin/delete', form: {}, code: 905 },
    {
      path: '/admin/set',
      form: { serial: 'HOTP1' },
      code: 77,
      message: /^ERR77: Usage: set: parameters are/,
    },
    { path: '/admin/set', form: { serial: 'HOTP1', nosuch: '1' }, code: 77 },
    {
      path: '/admin/set',
      form: { serial: 'HOTP1', MaxFailCount: 'abc' },
      code: -311,
      message: /^\[set\] setting MaxFailCount failed: ValueError/,
    },
    {
      path: '/admin/set',
      form: { serial: 'HOTP1', SyncWindow: 'abc' },
      code: -311,
      message: /^\[set\] setting SyncWindow failed/,
    },
    { path: '/admin/set', form: { serial: 'HOTP1', CounterWindow: '' }, code: -311 },
    { path: '/admin/set', form: { serial: 'HOTP1', OtpLen: '1e9' }, code: -311 },
    { path: '/admin/set', form: { serial: 'HOTP1', pin: 'new', MaxFailCount: 'abc' }, code: -311 },
    { path: '/admin/set', form: { serial: 'HOTP1', MaxFailCount: '99999999999999999999' }, code: -311 },
    { path: '/admin/set', form: { serial: 'NOSUCH', MaxFailCount: '5' }, value: { 'set MaxFailCount': 0 } },
    { path: '/admin/reset', form: { serial: 'NOSUCH' }, value: 0 },
    { path: '/admin/reset', form: {}, value: 0 },
    {
      path: '/admin/resync',
      form: { serial: 'HOTP1' },
      code: 905,
      message: "ERR905: Missing parameter: 'otp1'",
    },
    {
      path: '/admin/resync',
      form: { serial: 'HOTP1', otp1: '000000' },
      code: 905,
      message: "ERR905: Missing parameter: 'otp2'",
    },
    { path: '/admin/resync', form: { serial: 'HOTP1', otp1: '000000', otp2: '111111' }, value: false },
    { path: '/admin/resync', form: { serial: 'HOTP1', otp1: NUL, otp2: LONG }, value: false },
    { path: '/admin/resync', form: { serial: 'NOSUCH', otp1: '000000', otp2: '111111' }, value: false },
    { path: '/admin/show', form: { sortby: 'nosuch' }, code: -311, message: /can't be sorted by nosuch/ },
    { path: '/admin/show', form: { page: '99' }, code: -311, message: /^404 Not Found/ },
    { path: '/validate/check', form: { user: 'nosuch', pass: 'x' }, value: false },
    { path: '/validate/check', form: { user: 'anna', realm: 'nosuch', pass: 'x' }, value: false },
    { path: '/validate/check', form: { user: 'anna', resConf: 'nosuch', pass: 'x' }, value: false },
    { path: '/validate/check', form: { pass: 'x' }, value: false },
    { path: '/validate/check', form: { user: 'anna' }, value: false },
    { path: '/validate/check', form: {}, value: false },
    { path: '/validate/check', form: { user: 'anna', pass: 'x', token_type: 'nosuch' }, value: false },
    { path: '/validate/check_s', form: { serial: 'NOSUCH', pass: 'x' }, value: false },
    { path: '/validate/check_s', form: { pass: 'x' }, value: false },
    { path: '/validate/check_s', form: { serial: 'HOTP1' }, value: false },
    { path: '/audit/search', form: { page: 'x', rp: 'y' } },
  ];

  describe('gets LinOTP’s answer and changes nothing but the audit trail', () => {
    const titled = REFUSALS.map((refusal) => ({
      ...refusal,
      title: `${refusal.path} ${shown(refusal.form)}`,
    }));

    it.each(titled)('$title', async ({ path, form, code, message, value }) => {
      const before = { stored: await stored(), records: await records() };
      const { status, body } = await admin.post(path, form);
      expect(status).toBe(200);
      if (code !== undefined) {
        expect(body.result).toMatchObject({ status: false, error: { code } });
        if (message !== undefined) {
          expect(body.result.error.message).toMatch(message);
        }
      }
      if (value !== undefined) expect(body.result.value).toEqual(value);
      expect(JSON.stringify(body)).not.toMatch(/internal error|division|syntax|invalid byte/i);
      expect({ stored: await stored(), records: await records() }).toEqual({
        stored: before.stored,
        records: before.records + 1,
      });
    });

    it.each<{ path: string; query: Fields; code?: number; message?: RegExp }>([
      { path: '/api/v2/tokens/', query: { page: 'x' }, code: -311, message: /invalid literal for int/ },
      { path: '/api/v2/tokens/', query: { page: '99' }, code: -311, message: /^404 Not Found/ },
      {
        path: '/api/v2/tokens/',
        query: { sortBy: 'nosuch' },
        code: -311,
        message: /can't be sorted by nosuch/,
      },
      {
        path: '/api/v2/tokens/',
        query: { resolverName: 'nosuch' },
        code: -311,
        message: /Could not find a resolver/,
      },
      { path: '/api/v2/tokens/NOSUCH', query: {} },
      { path: '/api/v2/tokens/a%00b', query: {} },
    ])('GET $path $query', async ({ path, query, code, message }) => {
      const before = await stored();
      const { status, body } = await admin.get(path, query);
      expect(status).toBe(200);
      if (code === undefined) expect(body.result).toEqual({ status: true, value: {} });
      else
        expect(body.result).toMatchObject({
          status: false,
          error: { code, message: expect.stringMatching(message ?? '') },
        });
      expect(await stored()).toEqual(before);
    });

    it.each([
      { what: 'broken JSON', type: 'application/json', body: '{"serial": "HOTP1', status: 400 },
      { what: 'JSON that is no object', type: 'application/json', body: '["serial"]', status: 200 },
      { what: 'multipart without its boundary', type: 'multipart/form-data', body: 'x', status: 400 },
      {
        what: 'multipart that ends in the middle',
        type: 'multipart/form-data; boundary=b',
        body: '--b\r\nContent-Disp',
        status: 400,
      },
      { what: 'a type that nobody knows', type: 'text/x-nosuch', body: 'serial=HOTP1', status: 200 },
      {
        what: 'percent signs that encode nothing',
        type: 'application/x-www-form-urlencoded',
        body: 'serial=%zz%&pass=%',
        status: 200,
      },
      {
        what: 'bytes that are no UTF-8',
        type: 'application/x-www-form-urlencoded',
        body: 'serial=%ff%fe&pass=%c3',
        status: 200,
      },
    ])('a body of $what', async ({ type, body, status }) => {
      const before = await stored();
      const response = await fetch(`${running.url}/validate/check_s`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      expect(response.status).toBe(status);
      expect(await response.text()).not.toMatch(/"value": true|internal error/);
      expect(await stored()).toEqual(before);
    });
  });

  it('ends no right login: the token that all of it was about still works', async () => {
    await changed(admin, '/admin/reset', { serial: 'HOTP1' });
    expect(await client.post('/validate/check', { user: 'anna', pass: hotpAt(1) })).toMatchObject({
      isAccepted: true,
    });
  });
});

/** Short and printable, for the name of a test. */
function shown(form: Fields): string {
  return JSON.stringify(form, (_name, value) =>
    typeof value === 'string' && value.length > 80 ? `${value.slice(0, 3)}… (${value.length})` : value,
  );
}
