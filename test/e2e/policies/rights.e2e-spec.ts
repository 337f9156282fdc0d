import type pg from 'pg';

import { type LegacyRoute, userRightOf } from '../../../src/http/envelope/routes/legacy-route.js';
import { RouteCatalogue } from '../../../src/http/ops/ops.controller.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type GivenPolicy, givePolicies } from '../../support/domain/given-policies.js';
import { INSTALLATION_ROWS } from './rights/installation-rows.js';
import { body, type Call, isDone, NOT_SHOWN, type Rows } from './rights/row.js';
import { MANAGE_ROWS } from './rights/manage-rows.js';
import { REPORT_ROWS } from './rights/report-rows.js';
import { TOKEN_ROWS } from './rights/token-rows.js';
import { USER_ROWS } from './rights/user-rows.js';
import { V2_ROWS } from './rights/v2-rows.js';

/** What administrators may do on every route that there is: without a right, with one elsewhere, and with it. */
const ROWS: Rows = {
  ...TOKEN_ROWS,
  ...INSTALLATION_ROWS,
  ...V2_ROWS,
  ...MANAGE_ROWS,
  ...REPORT_ROWS,
  ...USER_ROWS,
};

/** For somebody else alone: the scope is in use, and grants the first administrator nothing. */
const FOR_OTHERS = { user: 'somebody' } as const;
const ELSEWHERE = 'two';
const HOTP_KEY = '3132333435363738393031323334353637383930';

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;
const routed = new Map<string, LegacyRoute>();

beforeAll(async () => {
  server = await startApplication({ env: { TWINLOCK_OLD_CLIENTS: 'true', DISABLE_CONTROLLERS: '' } });
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  for (const [resolver, realm, users] of [
    ['first', 'one', 'anna,1'],
    ['second', 'two', 'bert,1'],
  ] as const) {
    isDone(await admin.upload('/tools/import_users', { resolver, passwords_in_plaintext: 'true' }, users));
    const resolvers = `useridresolver.SQLIdResolver.IdResolver.${resolver}`;
    isDone(await admin.post('/system/setRealm', { realm, resolvers }));
  }
  isDone(await admin.post('/system/setDefaultRealm', { realm: 'one' }));
  isDone(await admin.post('/system/setConfig', { 'linotpGetotp.active': 'True' }));
  for (const { path, route } of server.app.get(RouteCatalogue).routes) routed.set(path, route);
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

const give = (...policies: GivenPolicy[]) => givePolicies(database, policies);

/** ONE and TWO belong to users of their realms, BOTH to both realms, NOWHERE to none. */
async function givenTokens(): Promise<void> {
  await give();
  await database.query('DELETE FROM token');
  const enrol = async (serial: string, form: Fields) =>
    isDone(await admin.post('/admin/init', { serial, otpkey: HOTP_KEY, ...form }));
  await enrol('ONE', { user: 'anna@one' });
  await enrol('MOTP', { type: 'motp', otppin: '1234', user: 'anna@one' });
  await enrol('TWO', { user: 'bert@two' });
  await enrol('BOTH', {});
  await enrol('NOWHERE', {});
  await database.query(`UPDATE token SET realms = '{one,two}' WHERE serial = 'BOTH'`);
}

/** Whatever requests could change, but for sessions and records. */
async function digest(): Promise<unknown> {
  const { rows } = await database.query(
    `SELECT (SELECT md5(string_agg(t::text, ' ' ORDER BY id)) FROM token t) AS tokens,
            (SELECT version FROM configuration_version) AS version,
            (SELECT md5(string_agg(a::text, ' ')) FROM administrator a) AS administrators`,
  );
  return rows;
}

async function expectRefusal(call: Call, message: string | null, status = 200): Promise<void> {
  const before = await digest();
  const answer = await call(admin);
  expect({ status: answer.status, error: body(answer).result.error?.message }).toEqual({
    status,
    error: message ?? undefined,
  });
  expect(await digest()).toEqual(before);
}

describe('the table of rights', () => {
  it('has a row for every route, and a route for every row', () => {
    expect([...routed.keys()].toSorted()).toEqual(Object.keys(ROWS).toSorted());
  });

  it('says the same as the routes of those that are public, or need no more than a login', () => {
    for (const [path, route] of routed) {
      const { right, isPublic } = route;
      expect([path, isPublic]).toEqual([path, ROWS[path] === 'public']);
      expect([path, right === 'login']).toEqual([path, ROWS[path] === 'login']);
      expect([path, userRightOf(route) !== null]).toEqual([path, ROWS[path] === 'users']);
    }
  });
});

const rowsOf = Object.entries(ROWS).flatMap(([path, rows]) =>
  typeof rows === 'string' ? [] : rows.map((row, place) => ({ path, place, row })),
);

describe.each(rowsOf)('$path ($place)', ({ row }) => {
  const { right, call, refusal, status = 200, elsewhere = refusal, isGlobal, done = isDone } = row;
  beforeEach(givenTokens);

  it('is refused without the right', async () => {
    await give({ ...right, action: '*', ...FOR_OTHERS });
    await expectRefusal(call, refusal, status);
    // Another right of the scope is not this one.
    if (refusal !== NOT_SHOWN) {
      await give({ ...right, action: `other, !${right.action}` });
      await expectRefusal(call, refusal, status);
    }
  });

  it(
    isGlobal
      ? 'is refused to clients and at times that the right is not for'
      : 'ends at the realms of the right',
    async () => {
      if (isGlobal) {
        await give({ ...right, client: '192.0.2.0/24' });
        await expectRefusal(call, refusal, status);
        await give({ ...right, time: '* * * * * 1999' });
        await expectRefusal(call, refusal, status);
        return;
      }
      await give({ ...right, realm: ELSEWHERE });
      if (typeof elsewhere !== 'function') await expectRefusal(call, elsewhere, status);
      else elsewhere(await call(admin));
    },
  );

  it('is done with the right', async () => {
    await give({ ...right, realm: isGlobal ? 'none, whatever' : 'ONE', user: 'admin@linotp_admins' });
    done(await call(admin));
  });
});

describe.each(Object.keys(ROWS).filter((path) => ROWS[path] === 'login'))('%s', (path) => {
  it('needs a login and no right', async () => {
    await give(
      ...['admin', 'system', 'audit', 'tools', 'monitoring', 'reporting.access'].map((scope) => ({
        scope,
        action: '*',
        ...FOR_OTHERS,
      })),
    );
    const mine = await adminAgent(server.url, server.installation);
    const answer = await (path.endsWith('setupSecurityModule') || path === '/admin/logout'
      ? mine.post(path)
      : mine.get(path));
    expect(answer.text).not.toContain('ERR410');
    expect(answer.status).toBe(200);
  });
});

describe.each(Object.keys(ROWS).filter((path) => ROWS[path] === 'users'))('%s', (path) => {
  it('is nothing that administrators do, whatever their rights', async () => {
    await give();
    const answer = await admin.post(path, { serial: 'ONE', session: '0'.repeat(64) });
    expect([answer.status, body(answer).result.error?.message]).toEqual([401, 'No valid session']);
  });
});
