import type pg from 'pg';
import request from 'supertest';

import { type LegacyRoute, userRightOf } from '../../../src/http/envelope/routes/legacy-route.js';
import { RouteCatalogue } from '../../../src/http/ops/ops.controller.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { RFC_KEY_HEX } from '../../support/clients/otp.js';
import { type UserAgent, anonymousAgent, userAgent } from '../../support/clients/user-agent.js';
import { INSTALLATION_ROWS } from './fields/installation-rows.js';
import { LOGIN_ROWS } from './fields/login-rows.js';
import { READING_ROWS } from './fields/reading-rows.js';
import { ADMIN, type Columns, PASSWORD, RESOLVER, type Rows } from './fields/row.js';
import { TOKEN_ROWS } from './fields/token-rows.js';
import { USER_ROWS } from './fields/user-rows.js';

/** What each function's record holds, as the chapters of the specification say it. */
const ROWS: Rows = { ...TOKEN_ROWS, ...INSTALLATION_ROWS, ...READING_ROWS, ...LOGIN_ROWS, ...USER_ROWS };
const EMPTY: Columns = {
  succeeded: false,
  serial: '',
  tokenType: '',
  user: '',
  realm: '',
  administrator: '',
  detail: '',
  info: '',
};
const ACTION_LENGTH = 30;
const USER_RIGHTS =
  'enrollHMAC, enrollFIDO2, enrollOCRA2, activate_OCRA2, verify, enable, disable, delete, reset, unassign, assign, resync, setOTPPIN, setMOTPPIN, setDescription, getserial, history';

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;
const routed = new Map<string, LegacyRoute & { isRead: boolean }>();
let anna: UserAgent;

beforeAll(async () => {
  server = await startApplication({ env: { TWINLOCK_OLD_CLIENTS: 'true', DISABLE_CONTROLLERS: '' } });
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
  for (const { path, methods, route } of server.app.get(RouteCatalogue).routes) {
    routed.set(path, { ...route, isRead: methods.includes('GET') });
  }
  for (const [resolver, realm, users] of [
    ['first', 'one', `anna,1,,,,,,${PASSWORD}`],
    ['second', 'two', 'bert,1'],
  ] as const) {
    await admin.upload('/tools/import_users', { resolver, passwords_in_plaintext: 'true' }, users);
    await admin.post('/system/setRealm', { realm, resolvers: `${RESOLVER}${resolver}` });
  }
  await admin.post('/system/setDefaultRealm', { realm: 'one' });
  await admin.post('/system/setConfig', { 'linotpGetotp.active': 'True' });
  await admin.post('/system/setPolicy', {
    name: 'values',
    scope: 'gettoken',
    action: 'max_count_hotp=10',
    realm: '*',
    user: '*',
    client: '*',
  });
  const otpkey = RFC_KEY_HEX;
  const given: readonly Fields[] = [
    { serial: 'ONE', otpkey, pin: 'pin', user: 'anna@one' },
    { serial: 'MOTP', type: 'motp', otpkey: '1234567890123456', otppin: '1234', user: 'anna@one' },
    { serial: 'TWO', otpkey, pin: 'pin', user: 'bert@two' },
    { serial: 'SPARE', otpkey },
  ];
  for (const form of given) {
    const { body } = await admin.post('/admin/init', form);
    if (body.result.value !== true) throw new Error(JSON.stringify(body));
  }
  await database.query('CREATE TABLE given_token AS SELECT * FROM token');
  anna = await userAgent(server.url, 'anna', PASSWORD);
}, 60_000);

afterAll(async () => {
  await database?.end();
  await server?.stop();
});

const login = () => adminAgent(server.url, server.installation);

/** Each row finds the tokens as they were given. */
async function givenTokens(): Promise<void> {
  await database.query('DELETE FROM token');
  await database.query('INSERT INTO token OVERRIDING SYSTEM VALUE SELECT * FROM given_token');
}

/** Users may do everything: of the rows, some take policies away. */
async function givenUserRights(): Promise<void> {
  const everybody = { realm: '*', user: '*', client: '*' };
  const own = { name: 'own', scope: 'selfservice', action: USER_RIGHTS, ...everybody };
  const { body } = await admin.post('/system/setPolicy', own);
  if (body.result.status !== true) throw new Error(JSON.stringify(body));
}

/** What the work leaves in the trail. */
async function recordsOf(work: () => PromiseLike<unknown>): Promise<(Columns & { action: string })[]> {
  const { rows: before } = await database.query('SELECT coalesce(max(number), 0) AS last FROM audit_record');
  await work();
  const { rows } = await database.query(
    `SELECT action, succeeded, serial, token_type AS "tokenType", username AS "user", realm, administrator, detail, info
     FROM audit_record WHERE number > $1 ORDER BY number`,
    [before[0].last],
  );
  return rows;
}

/** `admin/init`; of longer ones the beginning. */
function actionOf(path: string): string {
  const action = path.slice(1);
  return action.length > ACTION_LENGTH ? `${action.slice(0, ACTION_LENGTH - 1)}…` : action;
}

describe('the table of records', () => {
  it('has rows for every route, and a route for every row', () => {
    expect(Object.keys(ROWS).toSorted()).toEqual([...routed.keys()].toSorted());
  });

  it('knows the routes that write none', () => {
    const silent = [...routed].filter(([, { isAudited }]) => !isAudited).map(([path]) => path);
    expect(Object.keys(ROWS).filter((path) => ROWS[path] === 'unrecorded')).toEqual(
      expect.arrayContaining(silent),
    );
    expect(silent).toHaveLength(Object.values(ROWS).filter((rows) => rows === 'unrecorded').length);
  });
});

const rowsOf = Object.entries(ROWS).flatMap(([path, rows]) =>
  typeof rows === 'string' ? [] : rows.map(([what, call, told]) => ({ path, what, call, told })),
);

it.each(rowsOf)('$path: $what', async ({ path, call, told }) => {
  await givenTokens();
  if (path.startsWith('/userservice/')) await givenUserRights();
  const stranger = anonymousAgent(server.url);
  const records = await recordsOf(() => call(admin, { login, anna, stranger }));
  const action = path.includes(':') ? expect.stringMatching(/^.+$/) : actionOf(path);
  const expected = [told].flat().map((each) => ({ ...EMPTY, administrator: ADMIN, action, ...each }));
  expect(records).toEqual(expected);
});

it('nothing that is asked for without a login is told, but that it was asked', async () => {
  const paths = [...routed].filter(([, { isPublic }]) => !isPublic);
  for (const [path, route] of paths) {
    const { isAudited, isRead } = route;
    const url = path.replaceAll(/:\w+/g, '1');
    const asked = request(server.url);
    const records = await recordsOf(() => (isRead ? asked.get(url) : asked.post(url)).expect(401));
    const action = actionOf(url);
    const info = userRightOf(route) ? 'No valid session' : '';
    expect({ path, records }).toEqual({ path, records: isAudited ? [{ ...EMPTY, action, info }] : [] });
  }
});

it('routes without records leave none', async () => {
  for (const [path, { isAudited }] of routed) {
    if (isAudited) continue;
    expect({ path, records: await recordsOf(() => admin.get(path, { serial: 'ONE' })) }).toEqual({
      path,
      records: [],
    });
  }
});
