import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { countRoundTrips } from '../../support/database/counted-round-trips.js';
import { giveListedTokens } from '../../support/database/given-listed-tokens.js';
import { somebodyWaits } from '../../support/database/lock-waits.js';

/** What administrators do often costs few waits for the database, on any machine. */

const trips = countRoundTrips();
const SOME = 5;
const TOKENS = 30;

let server: RunningApplication;
let admin: AdminAgent;

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  const database = await server.installation.database.connect();
  await giveListedTokens(
    database,
    Array.from({ length: TOKENS }, (_, place) => ({ serial: `T${String(place).padStart(2, '0')}` })),
  );
  await database.end();
});

afterAll(() => server.stop());

const shown = async (asked: Fields) => {
  const { text } = await admin.get('/admin/show', { pagesize: '10', sortby: 'TokenSerialnumber', ...asked });
  const { value } = (JSON.parse(text) as { result: { value: { data: object[]; resultset: object } } }).result;
  return value;
};

describe('a page of tokens', () => {
  // The session, the page with the total, the record.
  it.each([
    ['the first', { page: '1' }, 3],
    ['the last', { page: '3' }, 3],
    ['in another order', { page: '1', sortby: 'FailCount' }, 3],
    // Resolvers may be called by what is searched for.
    ['of a search', { page: '1', filter: 'T1' }, 4],
  ])('%s', async (_title, asked, expected) => {
    expect((await shown(asked)).data).toHaveLength(10);
    expect(await trips.least(SOME, () => shown(asked))).toBe(expected);
  });

  it('tells the total beside it', async () => {
    expect((await shown({ page: '2', pagesize: '25' })).resultset).toEqual({
      pages: 2,
      pagesize: 25,
      tokens: TOKENS,
      page: 2,
    });
  });
});

describe('an enrolment', () => {
  const enrolled = async (asked: Fields) => {
    const { body } = await admin.post('/admin/init', { genkey: '1', ...asked });
    const { result } = body as { result: { value?: boolean } };
    expect(result.value).toBe(true);
  };

  // The session; the beginning with its lock; what there is; the token; the record; the end.
  it.each([
    ['with a serial', (place: number): Fields => ({ serial: `E${place}` })],
    ['with one that is drawn', (): Fields => ({})],
  ])('%s', async (_title, asked) => {
    let place = 0;
    expect(await trips.least(SOME, () => enrolled(asked(place++)))).toBe(6);
  });

  it('records how many tokens are active then', async () => {
    const database = await server.installation.database.connect();
    const told = async () => {
      const { rows } = await database.query<{ noted: string; count: number }>(
        `SELECT (SELECT detail FROM audit_record ORDER BY number DESC LIMIT 1) AS noted,
           (SELECT count(*)::int FROM token WHERE active AND type <> 'forward') AS count`,
      );
      return rows[0];
    };
    const wishes: readonly Fields[] = [
      { serial: 'A1' },
      { serial: 'A2', enable: 'false' },
      { serial: 'A2', enable: 'true' },
      { serial: 'A3', type: 'forward', 'forward.serial': 'A1' },
      { type: 'totp' },
    ];
    for (const asked of wishes) {
      await enrolled(asked);
      const { noted, count } = (await told()) ?? {};
      expect(noted).toBe(`tokennum = ${count}`);
    }
    await database.end();
  });

  it('sees what another node had begun to enrol under its serial', async () => {
    const other = await server.installation.database.connect();
    await other.query('BEGIN');
    await other.query(`SELECT pg_advisory_xact_lock(hashtextextended('token limit serial O''1', 0))`);
    await giveListedTokens(other, [{ serial: "O'1", type: 'totp' }]);
    const answer = admin.post('/admin/init', { genkey: '1', serial: "O'1" }).then(({ text }) => text);
    const watcher = await server.installation.database.connect();
    try {
      await somebodyWaits(watcher, answer);
      await other.query('COMMIT');
    } finally {
      await Promise.all([other.end(), watcher.end()]);
    }
    expect(await answer).toContain("already exist with type 'TOTP'");
  });
});
