import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import { ADMINISTRATOR } from '../../support/application/installation.js';
import { countOf, figure } from '../figures.js';
import { storedLogins } from '../login-stream.js';
import { PostgresServer, urlOf } from './postgres-server.js';
import { ServedDatabase } from './served-database.js';

const POLL_MS = 20;
const ROUNDS = countOf('TWINLOCK_DATABASE_ROUNDS', 1);
const WITHIN_MS = 120_000 + ROUNDS * 60_000;

/** Two PostgreSQL, of which one follows the other synchronously, and a server that knows both. */
describe('a server on a primary with a synchronous standby', () => {
  let primary: PostgresServer;
  let standby: PostgresServer;
  let served: ServedDatabase;
  let database: pg.Client | undefined;

  beforeAll(async () => {
    primary = await PostgresServer.start();
    standby = await primary.standby();
    served = await ServedDatabase.open(primary.asDatabase(urlOf([primary, standby])));
  }, WITHIN_MS);

  afterEach(async () => {
    await database?.end();
    database = undefined;
  });

  afterAll(async () => {
    await served?.close();
    await primary?.remove();
    await standby?.remove();
  }, WITHIN_MS);

  const onPrimary = async () => (database = await primary.connect());

  /** The one that took over follows nobody; the other one becomes its standby. */
  const swap = async () => {
    [primary, standby] = [standby, primary];
    await standby.follow(primary);
    await served.says(200);
  };

  it(
    'whose primary is killed under load goes on at the standby that is promoted, with all that it said',
    async () => {
      const logins = await served.givenLogins();
      const changes = served.givenChanges();
      const back: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await primary.set('synchronous_commit', round % 2 === 0 ? 'on' : 'remote_apply');
        await logins.has(60);
        const killed = performance.now();
        await primary.kill();
        await standby.promote();
        await logins.has(20);
        back.push(logins.longestGapFrom(killed));
        if (round + 1 < ROUNDS) await swap();
      }
      await Promise.all([logins.end(), changes.end()]);
      database = await standby.connect();
      await served.expectSound(database, logins, changes);
      figure(
        `${ROUNDS} primaries killed, standbys promoted: ${logins.acceptancesOf.size} logins accepted once, all of them known to ` +
          `the standby, ${changes.acknowledged.length} changes kept, ${logins.lost} logins nobody was told of; ` +
          `accepted again within ${Math.max(...back).toFixed(1)} s`,
      );
      await swap();
    },
    WITHIN_MS,
  );

  describe('while the standby is away, and an operator ends what waits for it,', () => {
    let serial: string;

    beforeEach(async () => {
      serial = await served.token();
      // Its lane is open from here on.
      expect(await served.login(serial, 0)).toMatchObject({ isAccepted: true });
      await standby.stop('fast');
    });
    afterEach(() => standby.start(), WITHIN_MS);

    const cancelled = async <T>(request: PromiseLike<T>): Promise<T> => {
      const answered = new AbortController();
      const answer = Promise.resolve(request).finally(() => answered.abort());
      // Whoever finds out what became of the commit waits for the standby as well.
      while (!answered.signal.aborted) await Promise.all([primary.cancelWaiting(), pause(POLL_MS)]);
      return answer;
    };

    it(
      'accepts no login, and its value is spent all the same',
      async () => {
        expect(await cancelled(served.login(serial, 1))).toMatchObject({ status: 503, isAccepted: false });
        expect(await served.says(503)).toContain('does not commit');
        expect(await storedLogins(await onPrimary(), serial)).toEqual({ acceptances: 2, counter: 2 });
        await standby.start();
        expect(await served.login(serial, 1)).toMatchObject({ status: 200, isAccepted: false });
        expect(await served.login(serial, 2)).toMatchObject({ status: 200, isAccepted: true });
        await standby.stop('fast');
      },
      WITHIN_MS,
    );

    it(
      'acknowledges no change',
      async () => {
        const form = { type: 'hmac', serial: 'INDOUBT', genkey: '1' };
        expect((await cancelled(served.admin.post('/admin/init', form))).status).toBe(503);
      },
      WITHIN_MS,
    );

    it(
      'lets no administrator in',
      async () => {
        const { password } = served.installation;
        const answer = await cancelled(
          served.client.post('/admin/login', { username: ADMINISTRATOR, password }),
        );
        expect(answer).toMatchObject({ status: 503, isAccepted: false, cookies: [] });
      },
      WITHIN_MS,
    );
  });

  it(
    'does a login again on the standby that takes over, where its commit got to the primary alone',
    async () => {
      const serial = await served.token();
      expect(await served.login(serial, 0)).toMatchObject({ isAccepted: true });
      await standby.stop('fast');
      const answer = served.login(serial, 1);
      await primary.holdsWaiting();
      await primary.kill();
      await standby.start();
      await standby.promote();
      const { status, isAccepted } = await answer;
      database = await standby.connect();
      const { acceptances, counter } = await storedLogins(database, serial);
      // Found out in time or not: what was said is what the new primary knows.
      expect([200, 503]).toContain(status);
      expect(acceptances).toBe(counter);
      expect(acceptances).toBe(isAccepted ? 2 : 1);
      expect(await served.bystander.verifyAudit()).toMatchObject({ faults: [] });
      await swap();
    },
    WITHIN_MS,
  );

  it(
    'leaves a primary that takes no writes any more, with all its open connections, for the one that was promoted',
    async () => {
      await served.login(await served.token(), 0);
      await primary.set('synchronous_standby_names', '');
      await primary.set('default_transaction_read_only', 'on');
      await standby.promote();
      // Of this token only the new primary knows.
      const serial = await enrolled(() => served.token());
      for (let counter = 0; counter < 4; counter++) {
        expect(await served.login(serial, counter)).toMatchObject({ status: 200, isAccepted: true });
      }
      database = await standby.connect();
      expect(await storedLogins(database, serial)).toEqual({ acceptances: 4, counter: 4 });
      expect(await served.bystander.verifyAudit()).toMatchObject({ faults: [] });
    },
    WITHIN_MS,
  );

  /** The first requests find out that the primary is none any more. */
  async function enrolled(enrol: () => Promise<string>): Promise<string> {
    for (;;) {
      try {
        return await enrol();
      } catch {
        await pause(POLL_MS);
      }
    }
  }
});
