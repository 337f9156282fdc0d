import type pg from 'pg';

import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { LoginClient } from '../../faults/login-client.js';
import { LONG, NUL, REFUSALS } from '../../faults/refusals.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { hotpAt } from '../../support/clients/otp.js';

const START_WITHIN_MS = 60_000;
const WITHIN_MS = 60_000;
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

    it(
      'fails alone and costs no other login',
      async () => {
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
      },
      WITHIN_MS,
    );

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
