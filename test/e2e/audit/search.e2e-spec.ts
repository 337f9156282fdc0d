import type { AuditRecord } from '@app/audit';
import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { auditSigner, giveRecords, loginRecord } from '../../support/audit/given-records.js';

const MANY = 10_500;
const START = Date.UTC(2026, 2, 1);
const MINUTE_MS = 60_000;
/** Cells of a row. */
const CELL = { number: 0, date: 1, check: 2, action: 4, serial: 6, user: 8, administrator: 10, detail: 11 };

type Row = readonly (string | number)[];

/** A search by the parameter `user` is itself recorded with that user. */
const byColumns = (query: string, more: Fields = {}): Fields => ({ qtype: 'extsearch', query, ...more });

/** A record a minute, from the 1st of March 2026 on. */
function recordAt(place: number): AuditRecord {
  const isLogin = place % 50 !== 0;
  return loginRecord({
    at: new Date(START + place * MINUTE_MS),
    action: isLogin ? 'validate/check' : 'admin/init',
    succeeded: place % 3 !== 0,
    serial: `H${place % 500}`,
    user: isLogin ? `user${place % 1000}` : '',
    administrator: isLogin ? '' : `admin${place % 20}@linotp_admins (LinOTP_local_admins)`,
    detail: place % 4000 === 7 ? '100% wrong_otp' : '',
    client: `192.0.2.${place % 250}`,
  });
}
const RECORDS = Array.from({ length: MANY }, (_, place) => recordAt(place));
const countOf = (matches: (record: AuditRecord) => boolean) => RECORDS.filter(matches).length;
const isOn = (day: string) => (record: AuditRecord) => record.at.toISOString().startsWith(day);

describe('a search of the audit trail', () => {
  let running: RunningApplication;
  let database: pg.Client;
  let admin: AdminAgent;
  let lane: number;

  beforeAll(async () => {
    running = await startApplication();
    const { installation, url } = running;
    database = await installation.database.connect();
    lane = await giveRecords(database, await auditSigner(installation), RECORDS, 32);
    await database.query('ANALYZE audit_record');
    admin = await adminAgent(url, installation);
  }, 60_000);
  afterAll(async () => {
    await database?.end();
    await running?.stop();
  });

  const search = async (query: Fields) => (await admin.get('/audit/search', query).expect(200)).body;
  const cellsOf = (body: { rows: { cell: Row }[] }) => body.rows.map(({ cell }) => cell);
  const v2 = (query: Fields) => admin.get('/api/v2/auditlog/', query);
  // Those of the test itself are of today.
  const given = { node: 'elsewhere' };
  const log = async (query: Fields) =>
    (await v2({ linotpServer: given.node, ...query }).expect(200)).body.result.value;

  describe('by', () => {
    it.each<[what: string, query: Fields, matches: (record: AuditRecord) => boolean]>([
      ['a user', byColumns('user=user7'), ({ user }) => user === 'user7'],
      ['the beginning of a user', byColumns('user=user12%'), ({ user }) => user.startsWith('user12')],
      ['a part of a user', byColumns('user=%99'), ({ user }) => user.endsWith('99')],
      ['characters of a user', byColumns('user=user_1'), ({ user }) => /^user.1$/.test(user)],
      ['a serial', { serial: 'H12' }, ({ serial }) => serial === 'H12'],
      ['a day', { date: '2026-03-02%' }, isOn('2026-03-02')],
      ['a time', { date: '2026-03-02T10:1%' }, isOn('2026-03-02T10:1')],
      [
        'a time that is not at its beginning',
        { date: '%-03-0_T10:15:%' },
        ({ at }) => at.getUTCHours() === 10 && at.getUTCMinutes() === 15,
      ],
      [
        'a user and a day',
        byColumns('user=user7;date=2026-03-02%'),
        (one) => one.user === 'user7' && isOn('2026-03-02')(one),
      ],
      ['an action', { action: 'admin/init' }, ({ action }) => action === 'admin/init'],
      ['the beginning of an action', { action: 'admin/i%' }, ({ action }) => action === 'admin/init'],
      [
        'an administrator',
        { administrator: "'admin10@%" },
        ({ administrator }) => administrator.startsWith('admin10@'),
      ],
      [
        'a part of an administrator',
        { administrator: '%min10%' },
        ({ administrator }) => administrator.startsWith('admin10@'),
      ],
      ['nobody as administrator', byColumns("administrator='';user=user7"), ({ user }) => user === 'user7'],
      [
        'failures of a user',
        byColumns('user=user7;success=0'),
        (one) => one.user === 'user7' && !one.succeeded,
      ],
      ['a wildcard that is taken by its word', { action_detail: '100\\%%' }, ({ detail }) => detail !== ''],
      ['a client', { client: '192.0.2.249' }, ({ client }) => client === '192.0.2.249'],
      [
        'one column of query',
        { qtype: 'user', query: 'user7', serial: 'H1' },
        ({ user }) => user === 'user7',
      ],
      [
        'several columns of query',
        { qtype: 'extsearch', query: 'user=user7;success=0' },
        (one) => one.user === 'user7' && !one.succeeded,
      ],
      [
        'one of several',
        byColumns('user=user7;serial=H8', { or: 'true' }),
        ({ user, serial }) => user === 'user7' || serial === 'H8',
      ],
    ])('%s finds them, and how many there are', async (_what, query, matches) => {
      const expected = countOf(matches);
      expect(expected).toBeGreaterThan(0);
      const all = await search(query);
      expect(all.total).toBe(expected);
      expect(all.rows).toHaveLength(expected);
      const page = await search({ ...query, rp: '2', page: '1', sortorder: 'desc' });
      expect(page).toMatchObject({ page: 1, total: expected });
      expect(cellsOf(page).map((cell) => cell[CELL.number])).toEqual(
        cellsOf(all)
          .map((cell) => cell[CELL.number])
          .toReversed()
          .slice(0, 2),
      );
    });

    it('what more match than are counted says about how many', async () => {
      const page = await search({ linotp_server: 'elsewhere', rp: '3', page: '2' });
      expect(cellsOf(page).map((cell) => cell[CELL.serial])).toEqual(['H3', 'H4', 'H5']);
      expect(Math.abs(page.total - MANY)).toBeLessThan(MANY / 10);
      // On the last page it is known.
      const last = await search({ linotp_server: 'elsewhere', rp: '400', page: '27' });
      expect(last.rows).toHaveLength(MANY - 26 * 400);
      expect(last.total).toBe(MANY);
    });
  });

  describe('without a filter', () => {
    const everything = async () => {
      const { rows } = await database.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM audit_record',
      );
      return rows[0]?.count ?? 0;
    };

    it('knows how many there are', async () => {
      const count = await everything();
      expect(await search({ rp: '1' })).toMatchObject({ page: 1, total: count });
    });

    it.each([1, 5_000, 10_300])('shows what comes after %d records', async (passed) => {
      const page = await search({ rp: '1', page: String(passed + 1), sortorder: 'asc' });
      const { rows } = await database.query<{ number: string }>(
        'SELECT number FROM audit_record ORDER BY number OFFSET $1 LIMIT 1',
        [passed],
      );
      expect(page.rows[0].id).toBe(Number(rows[0]?.number));
    });

    it('ends where the records end', async () => {
      const count = await everything();
      const pages = Math.ceil(count / 7);
      const last = await search({ rp: '7', page: String(pages), sortorder: 'asc' });
      expect(last.total).toBe(count);
      expect(last.rows).toHaveLength(count - (pages - 1) * 7);
      expect((await search({ rp: '7', page: String(pages + 2) })).rows).toEqual([]);
    });

    it.each([
      ['date', 'asc', '2026-03-01T00:00:00.000+00:00'],
      ['serial', 'desc', 'H99'],
    ])('sorts by %s, %s', async (sortname, sortorder, first) => {
      const page = await search({ rp: '1', sortname, sortorder });
      expect(page.rows[0].cell).toContain(first);
    });

    it('refuses an order that has no index, and says so', async () => {
      const { body } = await admin.get('/audit/search', { rp: '5', sortname: 'client' }).expect(200);
      expect(body).toMatchObject({
        result: {
          status: false,
          error: {
            code: -311,
            message:
              'audit/search failed: more than 10000 records match: sorted by number, date, user and serial alone; ask for fewer',
          },
        },
        id: 0,
      });
      const few = await search({
        rp: '5',
        sortname: 'client',
        sortorder: 'desc',
        ...byColumns('user=user7'),
      });
      expect(few.total).toBe(countOf(({ user }) => user === 'user7'));
      const clients = cellsOf(few).map((cell) => String(cell[14]));
      expect(clients).toEqual(clients.toSorted().toReversed());
    });
  });

  describe('as CSV', () => {
    const lines = async (query: Fields) =>
      (
        await admin.get('/audit/search', { outform: 'csv', linotp_server: 'elsewhere', ...query }).expect(200)
      ).text.split('\n');

    it('streams all of them, each checked, and an empty line', async () => {
      const all = await lines({ headers: 'true' });
      expect(all).toHaveLength(MANY + 3);
      expect(all.at(0)).toMatch(/^"number", "date", "sig_check"/);
      expect(all.slice(-2)).toEqual(['', '']);
      const rows = all.slice(1, -2).map((line) => JSON.parse(`[${line}]`) as Row);
      expect(rows.every((row) => row[CELL.check] === 'OK')).toBe(true);
      expect(rows.map((row) => row[CELL.date])).toEqual(
        RECORDS.map(({ at }) => at.toISOString().replace('Z', '+00:00')),
      );
    }, 30_000);

    it('has no formulas, whoever chose the names', async () => {
      const names = ['=1+1', '@SUM(A1)', '+49 30', '-', 'a,=HYPERLINK("x")', 'a\t=1', 'plain'];
      await giveRecords(
        database,
        await auditSigner(running.installation),
        names.map((user) => loginRecord({ user, action: 'formulas' })),
      );
      const rows = (await lines({ action: 'formulas' }))
        .slice(0, -2)
        .map((line) => JSON.parse(`[${line}]`) as Row);
      expect(rows.map((row) => row[CELL.user])).toEqual([
        "'=1+1",
        "'@SUM(A1)",
        "'+49 30",
        "'-",
        "a,'=HYPERLINK('x')",
        "a\t'=1",
        'plain',
      ]);
    });
  });

  it('names rows that are not as they were written', async () => {
    const { rows } = await database.query<{ number: string }>(
      `UPDATE audit_record SET detail = 'somebody else' WHERE lane = $1 AND seq = 5 RETURNING number`,
      [lane],
    );
    const number = Number(rows[0]?.number);
    const found = await search({ number: String(number), rp: '1' });
    expect(found.rows[0].cell[CELL.check]).toBe('FAIL');
    expect(await log({ id: String(number) })).toMatchObject({ pageRecords: [{ signatureCheck: false }] });
  });

  describe('in v2', () => {
    it('gives the newest first, pages from 0, and says how many', async () => {
      const total = countOf(({ user }) => user === 'user7');
      const value = await log({ user: 'user7', pageSize: '2', page: '1' });
      expect(value).toMatchObject({
        page: 1,
        pageSize: 2,
        totalPages: Math.ceil(total / 2),
        totalRecords: total,
      });
      expect(value.pageRecords[0]).toEqual({
        id: expect.any(Number),
        timestamp: expect.stringMatching(/^2026-03-.*\+00:00$/),
        serial: 'H7',
        action: 'validate/check',
        actionDetail: '100% wrong_otp',
        success: expect.any(Boolean),
        tokenType: 'HMAC',
        user: 'user7',
        realm: 'one',
        administrator: "''",
        info: null,
        linotpServer: 'elsewhere',
        client: expect.stringMatching(/^192/),
        logLevel: 'INFO',
        clearanceLevel: 0,
        signatureCheck: true,
      });
      expect(value.pageRecords[0].id).toBeGreaterThan(value.pageRecords[1].id);
    });

    it.each<[query: Fields, matches: (record: AuditRecord) => boolean]>([
      [{ user: 'user12*' }, ({ user }) => user.startsWith('user12')],
      [{ user: 'user_1' }, () => false],
      [{ actionDetail: '100%*' }, ({ detail }) => detail !== ''],
      [{ success: 'false', user: 'user8' }, (one) => !one.succeeded && one.user === 'user8'],
      [{ success: 'true', user: 'user8' }, (one) => one.succeeded && one.user === 'user8'],
      [{ timestamp: '2026-03-02*', sortOrder: 'asc' }, isOn('2026-03-02')],
      [{ administrator: "'admin10@*" }, ({ administrator }) => administrator.startsWith('admin10@')],
    ])('finds %j', async (query, matches) => {
      const value = await log({ ...query, pageSize: '0' });
      expect(value).toMatchObject({ page: 0, totalRecords: countOf(matches), pageSize: countOf(matches) });
      expect(value.pageRecords).toHaveLength(countOf(matches));
    });

    it('sorts', async () => {
      const { pageRecords } = await log({
        user: 'user99*',
        sortBy: 'timestamp',
        sortOrder: 'asc',
        pageSize: '400',
      });
      const times = pageRecords.map(({ timestamp }: { timestamp: string }) => timestamp);
      expect(times).toEqual(times.toSorted());
      expect(times[0]).toMatch(/^2026-03-01/);
    });

    it('streams everything on one page', async () => {
      const value = await log({ pageSize: '0', sortOrder: 'asc', action: 'validate/check' });
      const count = countOf(({ action }) => action === 'validate/check');
      expect(value).toMatchObject({ page: 0, pageSize: count, totalPages: 1, totalRecords: count });
      expect(value.pageRecords).toHaveLength(count);
    }, 30_000);

    it.each([
      [{ page: 'x' }, "invalid literal for int() with base 10: 'x'"],
      [{ pageSize: 'all' }, "invalid literal for int() with base 10: 'all'"],
      [{ page: '-1' }, 'page must not be negative'],
      [{ sortBy: 'nothing' }, expect.stringMatching(/^sortBy: id, timestamp,/)],
    ])('refuses %j', async (query, message) => {
      const { body } = await v2(query).expect(200);
      expect(body.result).toEqual({ status: false, error: { code: -311, message } });
    });
  });

  it('is recorded itself', async () => {
    await search({ rp: '1' });
    const { rows } = await database.query(
      'SELECT action, succeeded FROM audit_record ORDER BY number DESC LIMIT 1',
    );
    expect(rows).toEqual([{ action: 'audit/search', succeeded: true }]);
  });

  it('needs the right to view', async () => {
    const policy = { scope: 'audit', action: 'view', user: 'somebody', realm: '*', active: 'True' };
    await admin.post('/system/setPolicy', { name: 'viewers', ...policy }).expect(200);
    const text =
      'You do not have the administrative right to view the audit trail. You are missing a policy scope=audit, action=view';
    const error = { code: 410, message: `ERR410: ${text}` };
    expect((await admin.get('/audit/search').expect(200)).body.result).toEqual({ status: false, error });
    expect((await admin.get('/api/v2/auditlog/').expect(403)).body.result).toEqual({ status: false, error });
    await admin.post('/system/delPolicy', { name: 'viewers' }).expect(200);
  });
});
