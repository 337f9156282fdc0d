import type pg from 'pg';

import { countOf, figure } from '../figures.js';
import { PostgresServer } from './postgres-server.js';
import { ServedDatabase } from './served-database.js';
import { CAN_MOUNT, SmallDisk } from './small-disk.js';

const ROUNDS = countOf('TWINLOCK_DATABASE_ROUNDS', 1);
const MEGABYTES = 200;
const WITHIN_MS = 120_000 + ROUNDS * 60_000;

const suite = CAN_MOUNT ? describe : describe.skip;

/** Data and write-ahead log on one disk that is used up. */
suite('a server whose PostgreSQL has no room left', () => {
  let disk: SmallDisk;
  let server: PostgresServer;
  let served: ServedDatabase;
  let database: pg.Client | undefined;

  beforeAll(async () => {
    disk = await SmallDisk.mount(MEGABYTES);
    server = await PostgresServer.start({ min_wal_size: '32MB', max_wal_size: '32MB' }, disk.path);
    served = await ServedDatabase.open(server.asDatabase());
  }, WITHIN_MS);

  afterEach(async () => {
    await database?.end();
    database = undefined;
  });

  afterAll(async () => {
    await served?.close();
    await server?.remove();
    await disk?.unmount();
  }, WITHIN_MS);

  /** What still fits into the last pages is committed, and true. */
  async function refusedAtLast(serial: string): Promise<void> {
    for (let counter = 0; ; counter++) {
      const { status, isAccepted } = await served.login(serial, counter);
      if (status !== 200) return expect([status, isAccepted]).toEqual([503, false]);
    }
  }

  it.each([
    { what: 'for data', exhaust: async () => undefined },
    { what: 'for its log, and gives up', exhaust: () => server.useUpLog() },
  ])(
    '$what accepts nobody meanwhile, and goes on with all that it said',
    async ({ what, exhaust }) => {
      const unused = await served.token();
      const logins = await served.givenLogins();
      const changes = served.givenChanges();
      const back: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await logins.has(40);
        await disk.fill();
        await exhaust();
        expect(await served.says(503)).toContain('the database ');
        await refusedAtLast(unused);
        expect(await served.isAlive()).toBe(true);
        await disk.free();
        if (!server.isRunning) await server.start();
        const freed = performance.now();
        await logins.has(20);
        back.push(logins.secondsFrom(freed));
        await served.says(200);
      }
      await Promise.all([logins.end(), changes.end()]);
      database = await server.connect();
      await served.expectSound(database, logins, changes);
      figure(
        `PostgreSQL without room ${what}, ${ROUNDS} times: ${logins.acceptancesOf.size} logins accepted once, ` +
          `${changes.acknowledged.length} changes kept; accepted again within ${Math.max(...back).toFixed(1)} s`,
      );
    },
    WITHIN_MS,
  );
});
