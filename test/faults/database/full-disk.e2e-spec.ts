import type pg from 'pg';

import { countOf, figure } from '../figures.js';
import { FileSizeLimit } from './file-size-limit.js';
import type { FilledDisk } from './filled-disk.js';
import { ServedDatabase } from './served-database.js';
import { CAN_MOUNT, SmallDisk } from './small-disk.js';

const ROUNDS = countOf('TWINLOCK_DATABASE_ROUNDS', 1);
const MEGABYTES = 200;
const WITHIN_MS = 120_000 + ROUNDS * 60_000;

const DISKS = [
  ...(CAN_MOUNT ? [{ disk: 'a small disk', open: () => SmallDisk.mount(MEGABYTES) }] : []),
  { disk: 'a limit of file sizes', open: () => FileSizeLimit.start() },
];

describe.each(DISKS)('a server whose PostgreSQL has no room left on $disk', ({ disk: name, open }) => {
  let disk: FilledDisk;
  let served: ServedDatabase;
  let database: pg.Client | undefined;

  beforeAll(async () => {
    disk = await open();
    served = await ServedDatabase.open(disk.server.asDatabase());
  }, WITHIN_MS);

  afterEach(async () => {
    await database?.end();
    database = undefined;
  });

  afterAll(async () => {
    await served?.close();
    await disk?.remove();
  }, WITHIN_MS);

  /** What still fits into the last pages is committed, and true. */
  async function refusedAtLast(serial: string): Promise<void> {
    for (let counter = 0; ; counter++) {
      const { status, isAccepted } = await served.login(serial, counter);
      if (status !== 200) return expect([status, isAccepted]).toEqual([503, false]);
    }
  }

  it.each([
    { what: 'for data', fill: () => disk.fillForData() },
    { what: 'for its log, and gives up', fill: () => disk.fillForLog() },
  ])(
    '$what accepts nobody meanwhile, and goes on with all that it said',
    async ({ what, fill }) => {
      const unused = await served.token();
      const logins = await served.givenLogins();
      const changes = served.givenChanges();
      const back: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await logins.has(40);
        await fill();
        expect(await served.says(503)).toContain('the database ');
        await refusedAtLast(unused);
        expect(await served.isAlive()).toBe(true);
        await disk.free();
        const freed = performance.now();
        await served.says(200, () => disk.server.revive());
        await logins.has(20);
        back.push(logins.secondsFrom(freed));
      }
      await Promise.all([logins.end(), changes.end()]);
      database = await disk.server.connect();
      await served.expectSound(database, logins, changes);
      figure(
        `PostgreSQL without room ${what} (${name}), ${ROUNDS} times: ${logins.acceptancesOf.size} logins accepted once, ` +
          `${changes.acknowledged.length} changes kept; accepted again within ${Math.max(...back).toFixed(1)} s`,
      );
    },
    WITHIN_MS,
  );
});
