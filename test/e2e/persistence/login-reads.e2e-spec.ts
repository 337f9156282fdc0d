import { setImmediate as nextTurn } from 'node:timers/promises';

import { parseDatabaseUrl } from '../../../src/config/database-url.js';
import { Keyring } from '../../../src/keyring/keyring.js';
import { createDataSource } from '../../../src/persistence/data-source.js';
import { DatabaseAddress, type PrimaryClient, connectPrimary } from '../../../src/persistence/database.js';
import { Patience } from '../../../src/persistence/patience.js';
import { SqlLoginSnapshots } from '../../../src/persistence/tokens/sql-login-snapshots.js';
import { type TestDatabase, createDatabase } from '../../support/database/database.js';

const READERS = 2;

describe('reads of logins behind a lock', () => {
  let database: TestDatabase;
  let holder: PrimaryClient;
  let snapshots: SqlLoginSnapshots;
  let look: () => boolean;
  let now = 0;

  beforeAll(async () => {
    database = await createDatabase();
    const address = new DatabaseAddress(parseDatabaseUrl(database.url));
    const source = await createDataSource(address).initialize();
    await source.runMigrations();
    await source.destroy();
    holder = await connectPrimary(address);
    const keepLooking = (looking: () => boolean) => (look = looking);
    const patience = new Patience({ milliseconds: 1_000, now: () => now, keepLooking });
    snapshots = new SqlLoginSnapshots(address, new Keyring([Keyring.generate()]), patience);
  });
  beforeEach(() => holder.query('BEGIN; LOCK TABLE token IN ACCESS EXCLUSIVE MODE'));
  afterAll(async () => {
    await snapshots.close();
    await holder.end();
    await database.drop();
  });

  it('fail together when the statement takes too long, and are not asked for one by one', async () => {
    const reads = ['A', 'B', 'C'].map((serial) => snapshots.load({ serial }));
    await Promise.race(reads).catch(() => undefined);
    await holder.query('ROLLBACK');
    const outcomes = await Promise.allSettled(reads);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('are not done any more for those who gave up', async () => {
    const given: Promise<unknown>[] = [];
    for (let reader = 0; reader < READERS; reader++) {
      given.push(snapshots.load({ serial: 'A' }));
      await nextTurn();
    }
    let isAsked = false;
    const late = {
      get serial() {
        isAsked = true;
        return 'B';
      },
    };
    given.push(snapshots.load(late));
    now += 2_000;
    look();
    for (const { status } of await Promise.allSettled(given)) expect(status).toBe('rejected');
    const live = snapshots.load({ serial: 'C' });
    await holder.query('ROLLBACK');
    expect((await live).tokens).toEqual([]);
    expect(isAsked).toBe(false);
  });
});
