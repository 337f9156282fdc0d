import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { UserDirectory } from '@app/realms';
import { TokenList } from '@app/tokens';
import type pg from 'pg';

import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { giveListedTokens } from '../../support/database/given-listed-tokens.js';

/** Lists that are longer than what is read at once, and what keeps them quick. */

const MANY = 1_250;
const serialOf = (place: number) => `L${String(place).padStart(5, '0')}`;

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  const file = join(server.installation.folder, 'passwd');
  const lines = Array.from({ length: MANY }, (_, place) => `üser${place}:x:${place}:1:::`);
  await writeFile(file, `${lines.join('\n')}\n`);
  await admin.post('/system/setResolver', { name: 'files', type: 'passwdresolver', fileName: file });
  await admin.post('/system/setRealm', { realm: 'r1', resolvers: 'passwdresolver.files' });
  await database.query(
    `INSERT INTO token (serial, type, description, owner_resolver, owner_resolver_type, owner_user_id, realms,
       secret_sealed, digits, hash, max_failures, look_ahead, sync_window)
     SELECT 'L' || lpad(n::text, 5, '0'), 'hotp', 'größe ' || n, 'files', 'passwd', n, '{r1}', '', 6, 'sha1', 10, 10, 1000
     FROM generate_series(0, ${MANY - 1}) n`,
  );
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

/** As it is rendered where it is not streamed. */
const rendered = (text: string) =>
  JSON.stringify(JSON.parse(text), null, 3).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

it('are the same text as short ones, with everything in order', async () => {
  const { text, headers } = await admin.get('/admin/show', { sortby: 'TokenSerialnumber', sortdir: 'desc' });
  expect(headers['content-length']).toBeUndefined();
  expect(text).toBe(rendered(text));
  const { value } = (
    JSON.parse(text) as {
      result: { value: { data: Record<string, unknown>[]; resultset: unknown } };
    }
  ).result;
  expect(value.data.map((row) => row['LinOtp.TokenSerialnumber'])).toEqual(
    Array.from({ length: MANY }, (_, place) => serialOf(MANY - 1 - place)),
  );
  expect(value.data.at(-1)).toMatchObject({ 'User.username': 'üser0', 'LinOtp.TokenDesc': 'größe 0' });
  expect(value.resultset).toEqual({ pages: 1, pagesize: MANY, tokens: MANY, page: 1 });
});

it('are streamed by v2 with pageSize=0', async () => {
  const { text } = await admin.get('/api/v2/tokens/', { pageSize: '0', realm: 'r*', searchTerm: 'L0' });
  expect(text).toBe(rendered(text));
  const { value } = (JSON.parse(text) as { result: { value: { pageRecords: { serial: string }[] } } }).result;
  expect(value).toMatchObject({ page: 0, pageSize: MANY, totalPages: 1, totalRecords: MANY });
  expect(new Set(value.pageRecords.map(({ serial }) => serial)).size).toBe(MANY);
});

it('are streamed as CSV', async () => {
  const { text, headers } = await admin.get('/admin/show', { outform: 'csv' });
  expect(headers['content-disposition']).toBe('attachment; filename=linotp-tokendata.csv');
  const lines = text.split('\n');
  expect(lines).toHaveLength(MANY + 2);
  expect(lines[0]).toMatch(/^'LinOtp\.TokenId'; 'LinOtp\.TokenDesc'; /);
  expect((await admin.get('/admin/show', { outform: 'csv', user: 'nobody' })).text).toBe('');
});

it('give their connection back, also when nobody reads them to the end', async () => {
  const tokens = server.app.get(TokenList);
  const query = { within: null, sort: { key: 'id', descending: false } } as const;
  for (let round = 0; round < 10; round++) {
    const reading = await tokens.read(query);
    expect(reading.total).toBe(MANY);
    for await (const batch of reading.batches) {
      expect(batch).toHaveLength(500);
      break;
    }
    await reading.close();
  }
});

it('are refused clearly while too many are read, and only long ones', async () => {
  const tokens = server.app.get(TokenList);
  const query = { within: null, sort: { key: 'id', descending: false } } as const;
  const readings = [await tokens.read(query), await tokens.read(query)];
  expect((await admin.get('/admin/show')).status).toBe(503);
  expect((await admin.get('/admin/show', { serial: 'L0000*' })).status).toBe(200);
  for (const reading of readings) await reading.close();
  expect((await admin.get('/admin/show')).status).toBe(200);
});

it('show a moment: what is changed meanwhile is not in them', async () => {
  const reading = await server.app
    .get(TokenList)
    .read({ within: null, sort: { key: 'serial', descending: false } });
  await giveListedTokens(database, [{ serial: 'ZZZ' }]);
  let seen = 0;
  for await (const batch of reading.batches) seen += batch.length;
  expect([reading.total, seen]).toEqual([MANY, MANY]);
  await database.query(`DELETE FROM token WHERE serial = 'ZZZ'`);
});

it('ask a resolver once for all owners on a page', async () => {
  const directory = server.app.get(UserDirectory);
  const asked: [string, number][] = [];
  const { byIds, byId } = directory;
  directory.byIds = (resolver, userIds) => {
    asked.push([resolver.name, userIds.length]);
    return byIds.call(directory, resolver, userIds);
  };
  directory.byId = () => Promise.reject(new Error('nobody is to be asked for alone'));
  for (const path of [
    '/admin/show?page=2&pagesize=300&sortby=TokenId',
    '/api/v2/tokens/?page=1&pageSize=300',
    '/manage/tokenview_flexi?page=2&rp=300',
  ]) {
    expect((await admin.get(path)).text).toContain('L00599');
  }
  Object.assign(directory, { byIds, byId });
  expect(asked).toEqual([
    ['files', 300],
    ['files', 300],
    ['files', 300],
  ]);
});

describe('pages of very many tokens', () => {
  const COUNT = 11_000;
  beforeAll(async () => {
    await database.query(
      `INSERT INTO token (serial, type, secret_sealed, digits, max_failures, look_ahead, sync_window)
       SELECT letter || lpad(n::text, 5, '0'), 'totp', '', 6, 10, 10, 1000
       FROM generate_series(0, ${COUNT - 1}) n, unnest('{K,Z}'::text[]) letter`,
    );
  });
  afterAll(() => database.query(`DELETE FROM token WHERE serial !~ '^L'`));

  it.each<[string, string, number, string]>([
    ['K', '', COUNT, '1'],
    ['Z', '', COUNT, '1'],
    ['Z', '', COUNT, '3'],
    ['Z', 'desc', COUNT, '1'],
    ['K', 'desc', COUNT, '220'],
  ])('of those with %s are right, %s, of %d, page %s', async (filter, sortdir, tokens, page) => {
    const query = { filter, sortdir, page, pagesize: '50', sortby: 'TokenSerialnumber' };
    const { text } = await admin.get('/admin/show', query);
    const { value } = (
      JSON.parse(text) as { result: { value: { data: Record<string, unknown>[]; resultset: object } } }
    ).result;
    expect(value.resultset).toMatchObject({ tokens });
    const all = Array.from({ length: COUNT }, (_, place) => `${filter}${String(place).padStart(5, '0')}`);
    const ordered = sortdir === 'desc' ? all.toReversed() : all;
    const start = (Number(page) - 1) * 50;
    expect(value.data.map((row) => row['LinOtp.TokenSerialnumber'])).toEqual(
      ordered.slice(start, start + 50),
    );
  });
});

describe('a page of any size', () => {
  const asked = async (path: string) =>
    (JSON.parse((await admin.get(path)).text) as { result: { value?: object; error?: { message: string } } })
      .result;

  it('is all that there is, as long as that fits', async () => {
    const { value } = await asked('/admin/show?page=1&pagesize=9007199254740991');
    expect(value).toMatchObject({ resultset: { pages: 1, tokens: MANY } });
  });

  it.each([
    '/admin/show?page=9007199254740991&pagesize=9007199254740991',
    '/api/v2/tokens/?page=9007199254740991&pageSize=9007199254740991',
    '/manage/tokenview_flexi?page=9007199254740991&rp=9007199254740991',
  ])('is far behind the last one: %s', async (path) => {
    const { error } = await asked(path);
    expect(error?.message).toMatch(/^404 Not Found/);
  });

  it.each([
    '/admin/show?page=1&pagesize=20000',
    '/admin/show?page=1&pagesize=20000&outform=csv',
    '/api/v2/tokens/?pageSize=20000',
    '/manage/tokenview_flexi?rp=20000',
  ])('is refused where it would not: %s', async (path) => {
    await database.query(
      `INSERT INTO token (serial, type, secret_sealed, digits, max_failures, look_ahead, sync_window)
       SELECT 'P' || n, 'totp', '', 6, 10, 10, 1000 FROM generate_series(1, 10000) n ON CONFLICT DO NOTHING`,
    );
    const { error } = await asked(path);
    expect(error?.message).toMatch(/^the page has more than 10000 tokens: ask for smaller pages/);
    await database.query(`DELETE FROM token WHERE serial ~ '^P'`);
  });
});

describe('the tally', () => {
  const KINDS = 'realms, active, type, owner_resolver, owner_resolver_type';
  async function differences(): Promise<unknown[]> {
    const { rows } = await database.query(
      `SELECT ${KINDS}, sum(tokens) AS difference FROM (
         SELECT ${KINDS}, tokens FROM token_tally UNION ALL SELECT ${KINDS}, -1 FROM token
       ) t GROUP BY ${KINDS} HAVING sum(tokens) <> 0`,
    );
    return rows;
  }

  it('is right after every kind of change, folded or not', async () => {
    const steps = [
      `UPDATE token SET active = false WHERE id % 3 = 0`,
      `UPDATE token SET realms = '{r1,r2}' WHERE id % 5 = 0`,
      `UPDATE token SET owner_resolver = NULL, owner_resolver_type = NULL, owner_user_id = NULL WHERE id % 7 = 0`,
      `UPDATE token SET owner_resolver = 'other' WHERE id % 11 = 0 AND owner_resolver IS NOT NULL`,
      `UPDATE token SET failures = failures + 1, counter = counter + 1`,
      `DELETE FROM token WHERE id % 13 = 0`,
      `INSERT INTO token (serial, type, secret_sealed, digits, max_failures, look_ahead, sync_window)
       SELECT 'M' || n, 'totp', '', 6, 10, 10, 1000 FROM generate_series(1, 100) n`,
      'SELECT token_tally_fold()',
      `UPDATE token SET active = true`,
      'SELECT token_tally_fold()',
    ];
    for (const step of steps) {
      await database.query(step);
      await expect(differences()).resolves.toEqual([]);
    }
    const { rows } = await database.query<{ count: string }>('SELECT count(*) FROM token_tally');
    expect(Number(rows[0]?.count)).toBeLessThan(30);
  });

  it('takes back what is rolled back, and is folded by two at once without waiting', async () => {
    const other = await server.installation.database.connect();
    await database.query('BEGIN');
    await database.query(`UPDATE token SET active = NOT active`);
    await database.query('SELECT token_tally_fold()');
    await other.query(`SET lock_timeout = '5s'`);
    await other.query(`INSERT INTO token (serial, type, secret_sealed, digits, max_failures, look_ahead, sync_window)
       VALUES ('P1', 'hotp', '', 6, 10, 10, 1000)`);
    await other.query('SELECT token_tally_fold()');
    await database.query('ROLLBACK');
    await expect(differences()).resolves.toEqual([]);
    await other.end();
  });

  it('knows nothing of a truncated table', async () => {
    await database.query('BEGIN');
    await database.query('TRUNCATE token');
    await expect(differences()).resolves.toEqual([]);
    await database.query('ROLLBACK');
    await expect(differences()).resolves.toEqual([]);
  });
});
