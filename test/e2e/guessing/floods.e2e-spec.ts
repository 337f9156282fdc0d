import { MissBudget } from '@app/authentication';
import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { changed, enrol, givenUsers } from '../../faults/given-users.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { hotpAt } from '../../support/clients/otp.js';

const WITHIN_MS = 60_000;
const MOST_WAITING = 32;
/** Of each client: ten at once. */
const SETTINGS = { TWINLOCK_TRUSTED_PROXIES: '127.0.0.1', TWINLOCK_RECORDED_MISSES: '1' };

interface Answer {
  readonly status: number;
  readonly value: unknown;
  readonly text: string;
  readonly retryAfter: string | null;
}

describe('a flood', () => {
  let server: RunningApplication;
  let admin: AdminAgent;
  let database: pg.Client;
  let clients = 0;

  beforeAll(async () => {
    server = await startApplication({ env: SETTINGS });
    admin = await adminAgent(server.url, server.installation);
    database = await server.installation.database.connect();
    await givenUsers(admin, server.installation, ['anna', 'bernd', 'carla', 'dirk']);
  }, WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await server?.stop();
  }, WITHIN_MS);

  async function call(path: string, form: Fields, client = '203.0.113.7'): Promise<Answer> {
    const response = await fetch(`${server.url}/validate/${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { 'X-Forwarded-For': client },
    });
    const text = await response.text();
    return {
      status: response.status,
      value: (JSON.parse(text) as { result: { value?: unknown } }).result.value,
      text,
      retryAfter: response.headers.get('retry-after'),
    };
  }
  /** One whose budget is untouched. */
  const newClient = () => `198.51.100.${++clients}`;

  describe('of logins with one token', () => {
    beforeAll(async () => {
      await enrol(admin, 'FLOODED', { user: 'anna' });
      await enrol(admin, 'CALM', { user: 'bernd' });
    });

    /** Nobody commits anything about the token meanwhile. */
    async function whileHeld<T>(
      serial: string,
      work: (release: () => Promise<void>) => Promise<T>,
    ): Promise<T> {
      const holder = await server.installation.database.connect();
      try {
        await holder.query('BEGIN');
        await holder.query('SELECT 1 FROM token WHERE serial = $1 FOR UPDATE', [serial]);
        return await work(async () => void (await holder.query('ROLLBACK')));
      } finally {
        await holder.end();
      }
    }

    it(
      'turns away at once what exceeds 32, whatever names the token; nobody else waits for it',
      async () => {
        const answers = await whileHeld('FLOODED', async (release) => {
          let refused: () => void = () => undefined;
          const isRefused = new Promise<void>((resolve) => (refused = resolve));
          const sent = Array.from({ length: 2 * MOST_WAITING }, async (_, turn) => {
            const names: Fields = turn % 2 === 0 ? { serial: 'FLOODED' } : { user: 'anna' };
            const path = turn % 2 === 0 ? 'check_s' : 'check';
            const answer = await call(path, { ...names, pass: hotpAt(0) });
            if (answer.retryAfter === '1') refused();
            return answer;
          });
          await isRefused;
          expect((await call('check', { user: 'bernd', pass: hotpAt(0) })).value).toBe(true);
          await release();
          return Promise.all(sent);
        });
        const turnedAway = answers.filter(({ retryAfter }) => retryAfter === '1');
        expect(new Set(turnedAway.map(({ status }) => status))).toEqual(new Set([503]));
        expect(answers.filter(({ value }) => value === true).length).toBeLessThanOrEqual(1);
        // They cost nothing.
        const { rows } = await database.query(`SELECT failures FROM token WHERE serial = 'FLOODED'`);
        expect(rows[0].failures).toBeLessThanOrEqual(2 * MOST_WAITING - turnedAway.length);
      },
      WITHIN_MS,
    );
  });

  it(
    'of right PINs with wrong passwords keeps nobody else from theirs',
    async () => {
      await enrol(admin, 'PWFLOOD', { type: 'pw', otpkey: 'right one', pin: 'pin', user: 'carla' });
      await changed(admin, '/admin/set', { serial: 'PWFLOOD', MaxFailCount: '1000' });
      await enrol(admin, 'PWCALM', { type: 'pw', otpkey: 'right two', pin: 'pin' });
      await enrol(admin, 'OTPCALM', { pin: 'pin' });
      const flood = Array.from({ length: 90 }, () => call('check', { user: 'carla', pass: 'pinwrong one' }));
      const others = await Promise.all([
        call('check_s', { serial: 'PWCALM', pass: 'pinright two' }),
        call('check_s', { serial: 'OTPCALM', pass: `pin${hotpAt(0)}` }),
      ]);
      expect(others.map(({ value }) => value)).toEqual([true, true]);
      const answers = await Promise.all(flood);
      expect(answers.filter(({ value }) => value === true)).toEqual([]);
      expect(new Set([...answers.map(({ status }) => status), 200, 503])).toEqual(new Set([200, 503]));
    },
    WITHIN_MS,
  );

  describe('of requests that meet no token', () => {
    const flush = () => server.app.get(MissBudget).flush();

    /** Records of the client's own, and those that were counted. */
    async function recorded(client: string): Promise<{ own: number; counted: number }> {
      await flush();
      const { rows } = await database.query<{ detail: string }>(
        'SELECT detail FROM audit_record WHERE client = $1',
        [client],
      );
      const counts = rows.map(({ detail }) => /^(\d+) requests that met no token/.exec(detail)?.[1]);
      return {
        own: counts.filter((count) => count === undefined).length,
        counted: counts.reduce((sum, count) => sum + Number(count ?? 0), 0),
      };
    }

    const unknown: readonly (readonly [path: string, form: Fields])[] = [
      ['check', { user: 'nobody', pass: '1' }],
      ['check', { user: 'dirk', pass: '1' }],
      ['check', { user: 'bernd', serial: 'NONE', pass: '1' }],
      ['check_s', { serial: 'NONE', pass: '1' }],
      ['check_t', { transactionid: '123456789012', pass: '1' }],
      ['check_status', { transactionid: '123456789012', pass: '1' }],
      ['check_yubikey', { pass: 'vvccccccdefgcbtgevbiljtebvnuvgketutelifrlkjf' }],
      ['check_yubikey', { pass: 'x' }],
      ['check', { user: 'no\0body', pass: '1' }],
    ];

    it(
      'is answered as ever, and counted beyond the client’s budget',
      async () => {
        const client = newClient();
        const rounds = 6;
        const answers = await Promise.all(
          Array.from({ length: rounds }, () =>
            unknown.map(([path, form]) => call(path, form, client)),
          ).flat(),
        );
        for (const [place] of unknown.entries()) {
          const alike = answers.filter((_, turn) => turn % unknown.length === place);
          expect(new Set(alike.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
        }
        expect(answers.filter(({ value }) => value === true)).toEqual([]);
        const { own, counted } = await recorded(client);
        expect(own + counted).toBe(rounds * unknown.length);
        expect(own).toBeGreaterThanOrEqual(10);
        expect(counted).toBeGreaterThan(0);
        const { text } = await admin.get('/metrics');
        expect(text).toMatch(/twinlock_unrecorded_misses_total [1-9]/);
      },
      WITHIN_MS,
    );

    it('leaves the budgets of other clients alone', async () => {
      const [one, other] = [newClient(), newClient()];
      await Promise.all(Array.from({ length: 30 }, () => call('check', { user: 'nobody', pass: '1' }, one)));
      await call('check', { user: 'nobody', pass: '1' }, other);
      expect(await recorded(other)).toEqual({ own: 1, counted: 0 });
    });

    describe('from a client whose budget is spent', () => {
      let client = '';

      beforeEach(async () => {
        client = newClient();
        await Promise.all(
          Array.from({ length: 30 }, () => call('check', { user: 'nobody', pass: '1' }, client)),
        );
      });

      it('does not touch its logins with tokens', async () => {
        await enrol(admin, `SPENT${clients}`, { pin: 'pin' });
        const login = (pass: string) => call('check_s', { serial: `SPENT${clients}`, pass }, client);
        expect((await login('wrong')).value).toBe(false);
        expect((await login(`pin${hotpAt(0)}`)).value).toBe(true);
        const { rows } = await database.query(
          'SELECT succeeded FROM audit_record WHERE client = $1 AND serial = $2 ORDER BY number',
          [client, `SPENT${clients}`],
        );
        expect(rows).toEqual([{ succeeded: false }, { succeeded: true }]);
      });

      it('lets in, with a record each, whom settings and policies let in without a token', async () => {
        await changed(admin, '/system/setConfig', { PassOnUserNotFound: 'True' });
        await givePolicies(database, [{ scope: 'authentication', action: 'passOnNoToken' }]);
        for (const user of ['nobody', 'dirk', 'nobody', 'dirk']) {
          expect((await call('check', { user, pass: '1' }, client)).value).toBe(true);
        }
        const { rows } = await database.query(
          'SELECT count(*)::int AS count FROM audit_record WHERE client = $1 AND succeeded',
          [client],
        );
        expect(rows).toEqual([{ count: 4 }]);
        await changed(admin, '/system/delConfig', { key: 'PassOnUserNotFound' });
      });
    });
  });
});
