import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import { countOf, figure } from '../figures.js';
import { PostgresServer } from './postgres-server.js';
import { ServedDatabase } from './served-database.js';

// `npm test` takes two of them, and one round.
const IS_LONG = process.env['TWINLOCK_FIGURES'] === '1';
const ROUNDS = countOf('TWINLOCK_DATABASE_ROUNDS', 1);
const STANDSTILL_MS = 20_000;
const WITHIN_MS = 120_000 + ROUNDS * 60_000;

interface Outage {
  readonly what: string;
  /** @returns what ends it */
  begin(server: PostgresServer): Promise<() => Promise<void> | void>;
  readonly says: string;
  readonly isQuick?: boolean;
}

const OUTAGES: readonly Outage[] = [
  {
    what: 'is stopped, and ends its sessions first',
    begin: async (server) => {
      await server.stop('fast');
      return () => server.start();
    },
    says: 'the database does not answer',
  },
  {
    what: 'is stopped, and drops everything',
    isQuick: true,
    begin: async (server) => {
      await server.stop('immediate');
      return () => server.start();
    },
    says: 'the database does not answer',
  },
  {
    what: 'is killed with all its processes',
    begin: async (server) => {
      await server.kill();
      return () => server.start();
    },
    says: 'the database does not answer',
  },
  {
    what: 'takes no writes any more',
    isQuick: true,
    begin: async (server) => {
      await server.set('default_transaction_read_only', 'on');
      return () => server.set('default_transaction_read_only', 'off');
    },
    says: 'the database ',
  },
  {
    what: 'stands still, with all its connections open',
    begin: (server) => server.freeze('everything'),
    says: 'the database does not answer',
  },
];

/** In a stream of logins and changes: what is answered while a real PostgreSQL is away, and what is there when it is back. */
describe('a server whose PostgreSQL', () => {
  let server: PostgresServer;
  let served: ServedDatabase;
  let database: pg.Client | undefined;

  beforeAll(async () => {
    server = await PostgresServer.start();
    served = await ServedDatabase.open(server.asDatabase());
  }, WITHIN_MS);

  afterEach(async () => {
    await database?.end();
    database = undefined;
  });

  afterAll(async () => {
    await served?.close();
    await server?.remove();
  }, WITHIN_MS);

  const connected = async () => (database = await server.connect());

  it.each(OUTAGES.filter(({ isQuick = false }) => IS_LONG || isQuick))(
    '$what accepts nobody meanwhile, and goes on by itself with all that it said',
    async ({ what, begin, says }) => {
      const unused = await served.token();
      const logins = await served.givenLogins();
      const changes = served.givenChanges();
      const away: number[] = [];
      const back: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await logins.has(40);
        const end = await begin(server);
        expect(await served.says(503)).toContain(says);
        const answer = await served.login(unused, 0);
        expect(answer).toMatchObject({ status: 503, isAccepted: false });
        away.push(answer.milliseconds);
        expect(await served.isAlive()).toBe(true);
        const before = logins.acceptedAt.length;
        await end();
        const ended = performance.now();
        await logins.has(20);
        expect(logins.acceptedAt.slice(0, before).filter((at) => at > ended)).toEqual([]);
        back.push(logins.secondsFrom(ended));
        await served.says(200);
      }
      await Promise.all([logins.end(), changes.end()]);
      await served.expectSound(await connected(), logins, changes);
      const longest = Math.max(...away, ...logins.answers.map(({ milliseconds }) => milliseconds));
      figure(
        `PostgreSQL ${what}, ${ROUNDS} times: ${logins.acceptancesOf.size} logins accepted once, ` +
          `${changes.acknowledged.length} changes kept, ${logins.lost} logins and ${changes.refused} changes nobody was told of; ` +
          `refused within ${(longest / 1000).toFixed(1)} s, accepted again within ${Math.max(...back).toFixed(1)} s`,
      );
    },
    WITHIN_MS,
  );

  it(
    'ends all sessions of the server again and again tells every login what became of it',
    async () => {
      const logins = await served.givenLogins();
      const changes = served.givenChanges();
      for (let round = 0; round < 5 * ROUNDS; round++) {
        await logins.has(20);
        await server.ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'twinlock'`);
      }
      await logins.has(20);
      await Promise.all([logins.end(), changes.end()]);
      await served.expectSound(await connected(), logins, changes);
      expect(logins.lost).toBe(0);
      figure(
        `${5 * ROUNDS} times all sessions ended: ${logins.acceptancesOf.size} logins accepted once and all of them told, ` +
          `${changes.acknowledged.length} changes kept`,
      );
    },
    WITHIN_MS,
  );

  const long = IS_LONG ? it : () => undefined;
  long(
    'lets all open sessions stand still goes on, and spends nothing twice when they move again',
    async () => {
      const logins = await served.givenLogins();
      const changes = served.givenChanges();
      await logins.has(40);
      const thaw = await server.freeze('sessions');
      const frozen = performance.now();
      // Over new sessions, unless those that stand still hold locks that PostgreSQL itself needs.
      const goesOn = await Promise.race([
        logins.has(20).then(() => true),
        pause(STANDSTILL_MS, false),
      ]).finally(thaw);
      await logins.has(20);
      await Promise.all([logins.end(), changes.end()]);
      await served.expectSound(await connected(), logins, changes);
      figure(
        `sessions that stand still: accepted ${goesOn ? 'over new ones' : 'once they moved again,'} after ` +
          `${logins.longestGapFrom(frozen).toFixed(1)} s, ${logins.acceptancesOf.size} logins accepted once`,
      );
    },
    WITHIN_MS,
  );
});
