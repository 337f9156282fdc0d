import type pg from 'pg';

import { RouteCatalogue } from '../../../src/http/ops/ops.controller.js';
import { PIN, enrolTokens, serialOf } from '../../bench/seed/tokens.mjs';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { hotpAt } from '../../support/clients/otp.js';

const WITHIN_MS = 60_000;
const TOKENS = 200;
/** As many as the lanes take along in two goes: never turned away. */
const LET_IN = 128;
/** No database is so fast that those would be through by then. */
const SETTINGS = { TWINLOCK_LOGIN_WAIT_MILLISECONDS: '10' };

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

const isAccepted = ({ text }: Answer) => /"value": true/.test(text);
const isTurnedAway = ({ status, retryAfter }: Answer) => status === 503 && retryAfter === '1';

describe('more logins than the database can serve', () => {
  let server: RunningApplication;
  let admin: AdminAgent;
  let database: pg.Client;

  beforeAll(async () => {
    server = await startApplication({ env: SETTINGS });
    admin = await adminAgent(server.url, server.installation);
    database = await server.installation.database.connect();
    await enrolTokens(database, server.installation.folder, TOKENS);
  }, WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await server?.stop();
  }, WITHIN_MS);

  async function ask(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    const response = await fetch(`${server.url}${path}`, { method: 'POST', body: new URLSearchParams(form) });
    return {
      status: response.status,
      text: await response.text(),
      retryAfter: response.headers.get('retry-after'),
    };
  }
  const login = (place: number, counter: number) =>
    ask('/validate/check_s', { serial: serialOf(place), pass: `${PIN}${hotpAt(counter)}` });

  /** Nobody reads a token meanwhile; a login of each token comes. */
  async function whileHeld(counter: number, work: () => Promise<void>): Promise<readonly Answer[]> {
    const holder = await server.installation.database.connect();
    let turnedAway = 0;
    let full: () => void = () => undefined;
    const isFull = new Promise<void>((resolve) => (full = resolve));
    try {
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE token IN ACCESS EXCLUSIVE MODE');
      const answers = Array.from({ length: TOKENS }, async (_, place) => {
        const answer = await login(place, counter);
        // The other case: this machine is so slow that the database gives up on those that wait.
        if (!isTurnedAway(answer) || ++turnedAway === TOKENS - LET_IN) full();
        return answer;
      });
      await isFull;
      await work();
      await holder.query('ROLLBACK');
      return await Promise.all(answers);
    } finally {
      await holder.end();
    }
  }

  it(
    'are turned away as they come, but for those that are under way; no OTP is lost or passes twice',
    async () => {
      const answers = await whileHeld(0, async () => undefined);
      const turnedAway = answers.filter(isTurnedAway).length;
      expect(turnedAway).toBeGreaterThan(0);
      expect(turnedAway).toBeLessThanOrEqual(TOKENS - LET_IN);
      expect(answers.filter((answer) => answer.status === 200 && !isAccepted(answer))).toEqual([]);
      const again = [];
      for (const [place, answer] of answers.entries()) {
        again.push({ before: isAccepted(answer), now: isAccepted(await login(place, 0)) });
      }
      expect(again.filter(({ before, now }) => before === now)).toEqual([]);
      const { rows } = await database.query(
        `SELECT (SELECT count(*)::int FROM audit_record WHERE action = 'validate/check_s' AND succeeded) AS accepted,
           (SELECT array_agg(DISTINCT counter::int) FROM token) AS counters`,
      );
      expect(rows).toEqual([{ accepted: TOKENS, counters: [1] }]);
    },
    WITHIN_MS,
  );

  it(
    'are answered as whatever else is unavailable; administrators and load balancers are served, and it is counted',
    async () => {
      const { text: before } = await admin.get('/metrics');
      const told: Answer[] = [];
      await whileHeld(1, async () => {
        const form = { serial: serialOf(0), user: 'nobody', pass: '1' };
        for (const path of ['check', 'check?httperror=418', 'simplecheck', 'check_status', 'check/']) {
          told.push(await ask(`/validate/${path}`, form));
        }
        told.push(await ask('/userservice/login', { login: 'nobody', password: '1' }));
        for (const path of ['/healthz', '/readyz']) {
          expect((await fetch(`${server.url}${path}`)).status).toBe(200);
        }
        const { text } = await admin.get('/metrics');
        expect(text).toMatch(/^twinlock_logins_waiting [1-9]/m);
        expect(turnedAwayIn(text) - turnedAwayIn(before)).toBeGreaterThan(told.length);
        expect(text).toMatch(/twinlock_requests_total\{route="\/validate\/check",status="503"\} 3$/m);
        expect(text).toMatch(/nodejs_eventloop_lag_p99_seconds \d/);
      });
      const [check, page, simple, status, slash, portal] = told;
      for (const answer of [check, status, slash, portal]) {
        expect(answer).toMatchObject({ status: 503, retryAfter: '1' });
        expect(JSON.parse(answer?.text ?? '')).toMatchObject({
          result: { status: false, error: { code: -311, message: expect.stringContaining('not available') } },
          version: 'LinOTP 3.4.4',
          id: 1,
        });
      }
      expect(page).toMatchObject({ status: 503, retryAfter: '1' });
      expect(page?.text).toContain('<h1>418 418');
      expect(simple).toEqual({ status: 503, text: ':-(', retryAfter: '1' });
    },
    WITHIN_MS,
  );

  it('are whatever asks for a login, and nothing else', () => {
    const { routes } = server.app.get(RouteCatalogue);
    const logins = routes.filter(({ route }) => route.isLogin).map(({ path }) => path);
    expect(logins.toSorted()).toEqual([
      '/userservice/auth',
      '/userservice/login',
      '/validate/accept_transaction',
      '/validate/check',
      '/validate/check_s',
      '/validate/check_status',
      '/validate/check_t',
      '/validate/check_yubikey',
      '/validate/reject_transaction',
      '/validate/samlcheck',
      '/validate/simplecheck',
      '/validate/smspin',
    ]);
  });

  it('are served again once there is room', async () => {
    for (const counter of [2, 3]) {
      const answers = [];
      for (let place = 0; place < 10; place++) answers.push(await login(place, counter));
      expect(answers.filter(isAccepted)).toHaveLength(10);
    }
  });
});

function turnedAwayIn(metrics: string): number {
  return Number(/^twinlock_logins_turned_away_total (\d+)/m.exec(metrics)?.[1]);
}
