import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { countRoundTrips } from '../../support/database/counted-round-trips.js';
import { giveListedTokens } from '../../support/database/given-listed-tokens.js';

/** What administrators do often costs few waits for the database: figures of docs/benchmarks.md that no machine changes. */

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
