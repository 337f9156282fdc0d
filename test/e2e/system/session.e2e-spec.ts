import { EMPTY_PROFILE } from '@app/realms';
import type pg from 'pg';
import supertest from 'supertest';

import { SqlAdministratorStore } from '../../../src/persistence/administrators/sql-administrator-store.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { cookiesOf } from '../../support/application/given-sessions.js';
import {
  ADMINISTRATOR,
  givenInstallation,
  type Installation,
} from '../../support/application/installation.js';

interface BrowserSession {
  readonly cookie: string;
  readonly csrf: string;
}

/** Two nodes of one installation. */
describe('the sessions of administrators on two nodes', () => {
  let installation: Installation;
  let nodes: [RunningApplication, RunningApplication];
  let database: pg.Client;

  beforeAll(async () => {
    // Renewed at every request: the window is longer than the session.
    installation = await givenInstallation({ JWT_ACCESS_TOKEN_EXPIRES: '200' });
    nodes = [await startApplication({ installation }), await startApplication({ installation })];
    database = await installation.database.connect();
  });
  afterAll(async () => {
    await database.end();
    for (const node of nodes) await node.stop();
    await installation.remove();
  });
  beforeEach(() => database.query('TRUNCATE login_throttle'));

  const on = (node: 0 | 1) => supertest(nodes[node].url);
  const logIn = (node: 0 | 1, form: object) => on(node).post('/admin/login').type('form').send(form);
  const right = () => ({ username: ADMINISTRATOR, password: installation.password });
  const session = async (node: 0 | 1, form: object = right()): Promise<BrowserSession> => {
    const cookies = cookiesOf(await logIn(node, form).expect(200));
    const token = cookies.get('access_token_cookie') ?? '';
    return { cookie: `access_token_cookie=${token}`, csrf: cookies.get('csrf_access_token') ?? '' };
  };
  const show = (node: 0 | 1, { cookie }: BrowserSession) => on(node).get('/admin/show').set('cookie', cookie);

  it('are good on both', async () => {
    const mine = await session(0);
    await show(0, mine).expect(200);
    await show(1, mine).expect(200);
  });

  it('are dead on both after a logout on one', async () => {
    const mine = await session(0);
    await on(1).get('/admin/logout').set('cookie', mine.cookie).set('x-csrf-token', mine.csrf).expect(200);
    await show(0, mine).expect(401);
    await show(1, mine).expect(401);
  });

  it('are renewed by one of many requests on both nodes, and none of them fails', async () => {
    const mine = await session(0);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => show(turn % 2 === 0 ? 0 : 1, mine)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(answers.filter((answer) => cookiesOf(answer).has('access_token_cookie'))).toHaveLength(1);
  });

  it('end together with the successor that a late answer brings', async () => {
    const mine = await session(0);
    const renewed = cookiesOf(await show(0, mine).expect(200)).get('access_token_cookie') ?? '';
    const successor = { cookie: `access_token_cookie=${renewed}`, csrf: '' };
    expect(renewed).not.toBe('');
    await on(1).get('/admin/logout').set('cookie', mine.cookie).set('x-csrf-token', mine.csrf).expect(200);
    await show(0, successor).expect(401);
    await show(1, successor).expect(401);
  });

  it('end with the grace after their renewal', async () => {
    const mine = await session(0);
    await show(0, mine).expect(200);
    await database.query(`UPDATE revoked_session SET effective_at = now() - interval '1 second'`);
    await show(0, mine).expect(401);
    await show(1, mine).expect(401);
  });

  it.each<[string, (store: SqlAdministratorStore, name: string) => Promise<void>]>([
    ['gets another password', (store, name) => store.setPassword(name, 'another')],
    ['is disabled', (store, name) => store.setEnabled(name, false)],
    ['is removed', (store, name) => store.remove(name)],
    [
      'is removed and made anew',
      async (store, name) => {
        const hash = (await store.find(name))?.passwordHash ?? null;
        await store.remove(name);
        await store.add(name, hash, EMPTY_PROFILE);
      },
    ],
  ])('are dead on both as soon as their administrator %s', async (_case, change) => {
    const store = new SqlAdministratorStore(database);
    const hash = (await store.find(ADMINISTRATOR))?.passwordHash ?? null;
    const name = `eve-${Math.random()}`;
    await store.add(name, hash, EMPTY_PROFILE);
    await database.query(
      `UPDATE administrator SET not_before = now() - interval '1 day' WHERE username = $1`,
      [name],
    );
    const hers = await session(0, { username: name, password: installation.password });
    await show(1, hers).expect(200);
    await change(store, name);
    await show(0, hers).expect(401);
    await show(1, hers).expect(401);
  });

  it('begin anew at once after a change of the password', async () => {
    const store = new SqlAdministratorStore(database);
    const hash = (await store.find(ADMINISTRATOR))?.passwordHash ?? '';
    await store.setPassword(ADMINISTRATOR, hash);
    const first = await session(0);
    await show(1, first).expect(200);
    await store.setPassword(ADMINISTRATOR, hash);
    await show(1, first).expect(401);
    await show(1, await session(0)).expect(200);
  });

  it('outlive a restart', async () => {
    const mine = await session(1);
    await nodes[1].stop();
    nodes[1] = await startApplication({ installation });
    await show(1, mine).expect(200);
  });

  it('cannot be guessed at faster through two nodes', async () => {
    const guesses = await Promise.all(
      Array.from({ length: 40 }, (_, turn) =>
        logIn(turn % 2 === 0 ? 0 : 1, { ...right(), password: `guess${turn}` }),
      ),
    );
    expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401]));
    const { rows } = await database.query<{ failures: number }>(
      `SELECT max(failures)::int AS failures FROM login_throttle WHERE subject LIKE 'pair:%'`,
    );
    // What was not charged was not looked at: the 5 that are free, and one for each second that a slow machine needs.
    expect(rows[0]?.failures).toBeLessThanOrEqual(10);
    await database.query(`UPDATE login_throttle SET blocked_until = now() + interval '1 minute'`);
    const answer = await logIn(0, right()).expect(401);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(30);
    await database.query('UPDATE login_throttle SET blocked_until = now()');
    await logIn(1, right()).expect(200);
  });

  it('leave records that say who, and not the password', async () => {
    await logIn(0, { ...right(), password: 'a-wrong-password' });
    await logIn(0, right());
    const { rows } = await database.query(
      `SELECT succeeded, username, realm, administrator FROM audit_record WHERE action = 'admin/login' ORDER BY number DESC LIMIT 2`,
    );
    const admin = 'admin@linotp_admins (LinOTP_local_admins)';
    expect(rows).toEqual([
      { succeeded: true, username: 'admin', realm: 'linotp_admins', administrator: admin },
      { succeeded: false, username: 'admin', realm: 'linotp_admins', administrator: '' },
    ]);
    const everything = await database.query('SELECT a::text FROM audit_record a');
    expect(JSON.stringify(everything.rows)).not.toMatch(/a-wrong-password/);
    expect(JSON.stringify(everything.rows)).not.toContain(installation.password);
  });
});
