import { randomUUID } from 'node:crypto';

import { Conflict, Invalid } from '@app/kernel';
import { EMPTY_PROFILE } from '@app/realms';
import type pg from 'pg';
import type { DataSource } from 'typeorm';

import { parseDatabaseUrl } from '../../../src/config/database-url.js';
import { SqlAdminSessions } from '../../../src/persistence/administrators/sql-admin-sessions.js';
import { SqlAdministratorStore } from '../../../src/persistence/administrators/sql-administrator-store.js';
import { SqlLegacySessions } from '../../../src/persistence/administrators/sql-legacy-sessions.js';
import { SqlLoginThrottle } from '../../../src/persistence/administrators/sql-login-throttle.js';
import { DatabaseAddress, PrimaryPool } from '../../../src/persistence/database.js';
import { createDataSource, queryableOf } from '../../../src/persistence/data-source.js';
import { createDatabase, type TestDatabase } from '../../support/database/database.js';
import { somebodyWaits } from '../../support/database/lock-waits.js';

let testDatabase: TestDatabase;
let address: DatabaseAddress;
let database: pg.Pool;

beforeAll(async () => {
  testDatabase = await createDatabase();
  address = new DatabaseAddress(parseDatabaseUrl(testDatabase.url));
  const source = createDataSource(address);
  await source.initialize();
  await source.runMigrations();
  await source.destroy();
  database = new PrimaryPool({ address, max: 8 });
});

afterAll(async () => {
  await database.end();
  await testDatabase.drop();
});

beforeEach(async () => {
  await database.query('TRUNCATE administrator, revoked_session, legacy_session, login_throttle');
});

describe('the throttle of logins', () => {
  const attempt = { account: 'admin', client: '192.0.2.7' };
  // One transaction a test: in it the database's time stands still.
  let client: pg.PoolClient;
  beforeEach(async () => {
    client = await database.connect();
    await client.query('BEGIN');
  });
  afterEach(async () => {
    await client.query('ROLLBACK');
    client.release();
  });

  const throttle = () => new SqlLoginThrottle(client);
  /** As if so many seconds had passed since everything that was counted. */
  const letPass = (seconds: number) =>
    client.query(
      `UPDATE login_throttle SET blocked_until = blocked_until - make_interval(secs => $1),
         expires_at = expires_at - make_interval(secs => $1)`,
      [seconds],
    );
  const kinds = async (count: number, by = attempt) => {
    const seen: string[] = [];
    for (let round = 0; round < count; round++) seen.push((await throttle().charge(by)).kind);
    return seen;
  };

  it('lets five failures through, then asks for a second, then for two', async () => {
    await expect(kinds(5)).resolves.toEqual(Array(5).fill('charged'));
    await expect(throttle().charge(attempt)).resolves.toEqual({ kind: 'throttled', retryAfterSeconds: 1 });
    await letPass(1);
    await expect(kinds(2)).resolves.toEqual(['charged', 'throttled']);
    await expect(throttle().charge(attempt)).resolves.toEqual({ kind: 'throttled', retryAfterSeconds: 2 });
  });

  it('does not count what it refuses', async () => {
    await kinds(50);
    const { rows } = await client.query<{ failures: number }>('SELECT failures FROM login_throttle');
    expect(rows.map(({ failures }) => failures)).toEqual([5, 5, 5]);
  });

  describe('of users', () => {
    const user = { ...attempt, isUser: true } as const;
    const counted = async () => {
      const { rows } = await client.query<{ counted: string }>(
        `SELECT split_part(subject, ':', 1) || ' ' || failures AS counted FROM login_throttle ORDER BY 1`,
      );
      return rows.map((row) => row.counted);
    };

    it('counts account and pair, apart from administrators of the same name', async () => {
      await expect(kinds(7, user)).resolves.toEqual([...Array(5).fill('charged'), 'throttled', 'throttled']);
      await expect(counted()).resolves.toEqual(['user-account 5', 'user-pair 5']);
      await expect(kinds(1)).resolves.toEqual(['charged']);
      await letPass(1);
      await expect(kinds(1, user)).resolves.toEqual(['charged']);
      await throttle().succeeded(user);
      await expect(counted()).resolves.toEqual(['account 1', 'network 1', 'pair 1', 'user-known 0']);
    });

    it('takes back what nobody could answer, with its delay', async () => {
      for (let round = 0; round < 8; round++) {
        await expect(kinds(1, user)).resolves.toEqual(['charged']);
        await throttle().withdraw(user);
      }
      await expect(counted()).resolves.toEqual(['user-account 0', 'user-pair 0']);
      await expect(kinds(5, user)).resolves.toEqual(Array(5).fill('charged'));
      await throttle().withdraw(user);
      await expect(kinds(2, user)).resolves.toEqual(['charged', 'throttled']);
    });
  });

  describe('of attempts that meet', () => {
    /** The second attempt begins while the first is charged and not yet committed. */
    const meet = async (first: () => Promise<unknown>) => {
      await first();
      // Blocks outlast a machine that is slow just now.
      await client.query(
        `UPDATE login_throttle SET blocked_until = blocked_until + interval '1 minute' WHERE blocked_until > now()`,
      );
      const second = new SqlLoginThrottle(database).charge(attempt);
      await somebodyWaits(database, second);
      await client.query('COMMIT');
      return second;
    };
    const failures = async () => {
      const { rows } = await database.query<{ failures: number }>('SELECT failures FROM login_throttle');
      return rows.map((row) => row.failures);
    };

    it('refuses the later one when the first takes the last place, and charges it nothing', async () => {
      await kinds(4);
      await client.query('COMMIT; BEGIN');
      await expect(meet(() => kinds(1))).resolves.toMatchObject({ kind: 'throttled' });
      await expect(failures()).resolves.toEqual([5, 5, 5]);
    });

    it('refuses the later one also when the name is new', async () => {
      await expect(meet(() => kinds(5))).resolves.toMatchObject({ kind: 'throttled' });
    });

    it('counts both where there is place', async () => {
      await expect(meet(() => kinds(1))).resolves.toMatchObject({ kind: 'charged' });
      await expect(failures()).resolves.toEqual([2, 2, 2]);
    });
  });

  it('grows to a quarter of an hour, and forgets an hour after', async () => {
    await kinds(5);
    for (let round = 0; round < 12; round++) {
      await letPass(900);
      await expect(kinds(1)).resolves.toEqual(['charged']);
    }
    await expect(throttle().charge(attempt)).resolves.toEqual({ kind: 'throttled', retryAfterSeconds: 900 });
    await letPass(900 + 3600);
    await expect(kinds(6)).resolves.toEqual([...Array(5).fill('charged'), 'throttled']);
  });

  it('locks a guesser out, and the administrator elsewhere not at all', async () => {
    await kinds(20);
    await expect(kinds(1, { account: 'admin', client: '203.0.113.1' })).resolves.toEqual(['charged']);
  });

  it('slows an account that many networks guess at, by half a minute at most', async () => {
    for (let network = 0; network < 40; network++) {
      await kinds(1, { account: 'admin', client: `10.0.${network}.1` });
      await letPass(30);
    }
    await kinds(1, { account: 'admin', client: '10.1.0.1' });
    const verdict = await throttle().charge({ account: 'admin', client: '10.2.0.1' });
    expect(verdict).toEqual({ kind: 'throttled', retryAfterSeconds: 30 });
  });

  it('does not slow an account from where it logged in lately', async () => {
    await throttle().charge(attempt);
    await throttle().succeeded(attempt);
    for (let network = 0; network < 25; network++) {
      await kinds(1, { account: 'admin', client: `10.0.${network}.1` });
      await letPass(30);
    }
    await kinds(1, { account: 'admin', client: '10.1.0.1' });
    await expect(kinds(1, { account: 'admin', client: '10.2.0.1' })).resolves.toEqual(['throttled']);
    await expect(kinds(1)).resolves.toEqual(['charged']);
  });

  it('locks a network that tries many names', async () => {
    for (let name = 0; name < 30; name++) await kinds(1, { account: `name${name}`, client: '192.0.2.9' });
    await expect(kinds(1, { account: 'fresh', client: '192.0.2.200' })).resolves.toEqual(['throttled']);
    await expect(kinds(1, { account: 'fresh', client: '192.0.3.200' })).resolves.toEqual(['charged']);
  });

  it('takes the charge of a success back', async () => {
    for (let login = 0; login < 100; login++) {
      await expect(kinds(1)).resolves.toEqual(['charged']);
      await throttle().succeeded(attempt);
    }
  });

  it('clears account and pair with a success, and not what others in the network failed', async () => {
    for (let name = 0; name < 28; name++) await kinds(1, { account: `name${name}`, client: '192.0.2.9' });
    await kinds(1);
    await throttle().succeeded(attempt);
    await expect(kinds(3)).resolves.toEqual(['charged', 'charged', 'throttled']);
  });

  it('tells the time and the version of the configuration', async () => {
    const verdict = await throttle().charge(attempt);
    expect(verdict).toMatchObject({ kind: 'charged', now: expect.any(Date), configurationVersion: 1 });
  });

  it('drops what has expired', async () => {
    await kinds(1);
    await letPass(3601);
    await throttle().purgeExpired();
    await expect(client.query('SELECT FROM login_throttle')).resolves.toMatchObject({ rowCount: 0 });
  });
});

describe.each(['pg', 'TypeORM'])('the accounts of administrators, by %s', (driver) => {
  let source: DataSource;
  let store: SqlAdministratorStore;

  beforeAll(async () => {
    source = createDataSource(address);
    await source.initialize();
    store = new SqlAdministratorStore(driver === 'pg' ? database : queryableOf(source));
  });
  afterAll(() => source.destroy());

  it('are kept with name, profile and state', async () => {
    await store.add('zoe', null, { ...EMPTY_PROFILE, email: 'zoe@example.test' });
    await store.add('root@adomain', 'hash', EMPTY_PROFILE);
    await store.setProfile('zoe', { phone: '123', surname: 'Zo\0' });
    await store.setEnabled('zoe', false);
    await expect(store.list()).resolves.toEqual([
      { ...EMPTY_PROFILE, username: 'root@adomain', isEnabled: true, hasPassword: true },
      {
        ...EMPTY_PROFILE,
        username: 'zoe',
        email: 'zoe@example.test',
        phone: '123',
        surname: 'Zo\uFFFD',
        isEnabled: false,
        hasPassword: false,
      },
    ]);
    await expect(store.find('root@adomain')).resolves.toMatchObject({
      passwordHash: 'hash',
      isEnabled: true,
    });
    await expect(store.find('Root@adomain')).resolves.toBeNull();
    await expect(store.find('zo\0e')).resolves.toBeNull();
  });

  it('have one name each', async () => {
    await store.add('admin', 'one', EMPTY_PROFILE);
    await expect(store.add('admin', 'two', EMPTY_PROFILE)).rejects.toThrow(Conflict);
    await expect(store.find('admin')).resolves.toMatchObject({ passwordHash: 'one' });
  });

  it.each<[string, () => Promise<void>]>([
    ['setPassword', () => store.setPassword('nobody', 'hash')],
    ['setProfile', () => store.setProfile('nobody', {})],
    ['setEnabled', () => store.setEnabled('nobody', true)],
    ['remove', () => store.remove('nobody')],
    ['remove with a NUL', () => store.remove('no\0body')],
  ])('%s knows no unknown name', async (_name, change) => {
    await expect(change()).rejects.toThrow(Invalid);
  });

  it('kill older sessions when the password changes, each time anew, and when they are disabled', async () => {
    await store.add('admin', 'hash', EMPTY_PROFILE);
    const notBefore = async () => (await store.find('admin'))?.notBefore.getTime() ?? 0;
    const first = await notBefore();
    await store.setPassword('admin', 'other');
    const second = await notBefore();
    await store.setEnabled('admin', false);
    const third = await notBefore();
    await store.setEnabled('admin', true);
    await store.setProfile('admin', { phone: '1' });
    expect([first % 1000, second % 1000, third % 1000]).toEqual([0, 0, 0]);
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
    await expect(notBefore()).resolves.toBe(third);
  });
});

describe('sessions of administrators', () => {
  const sessions = () => new SqlAdminSessions(database);
  const inAnHour = () => new Date(Date.now() + 3_600_000);

  it('are read with the account, the version and the time in one go', async () => {
    const store = new SqlAdministratorStore(database);
    await store.add('admin', 'hash', EMPTY_PROFILE);
    const account = await store.find('admin');
    await expect(sessions().read(randomUUID(), 'admin')).resolves.toEqual({
      now: expect.any(Date),
      configurationVersion: 1,
      isRevoked: false,
      isSuperseded: false,
      account: { isEnabled: true, notBefore: account?.notBefore },
    });
    await expect(sessions().read(null, 'nobody')).resolves.toMatchObject({ account: null, isRevoked: false });
  });

  it.each([
    ['at a time', inAnHour()],
    ['never', null],
  ])('are dead once revoked, those that end %s', async (_case, end) => {
    const id = randomUUID();
    await sessions().revoke(id, end);
    await sessions().revoke(id, end);
    await sessions().purgeExpired();
    await expect(sessions().read(id, 'admin')).resolves.toMatchObject({ isRevoked: true });
    await expect(sessions().read(randomUUID(), 'admin')).resolves.toMatchObject({ isRevoked: false });
  });

  it('get one successor, however many ask, and live on for the grace', async () => {
    const id = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => sessions().supersede(id, 60, inAnHour())),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    await expect(sessions().read(id, 'admin')).resolves.toMatchObject({
      isRevoked: false,
      isSuperseded: true,
    });
    await database.query(`UPDATE revoked_session SET effective_at = now() - interval '1 second'`);
    await expect(sessions().read(id, 'admin')).resolves.toMatchObject({
      isRevoked: true,
      isSuperseded: false,
    });
  });

  it('are dead at once when revoked within the grace', async () => {
    const id = randomUUID();
    await sessions().supersede(id, 60, inAnHour());
    await sessions().revoke(id, inAnHour());
    await expect(sessions().read(id, 'admin')).resolves.toMatchObject({ isRevoked: true });
  });

  it('are forgotten after their end', async () => {
    await sessions().revoke(randomUUID(), new Date(Date.now() - 1000));
    await sessions().purgeExpired();
    await expect(database.query('SELECT FROM revoked_session')).resolves.toMatchObject({ rowCount: 0 });
  });
});

describe('sessions of old clients', () => {
  const sessions = () => new SqlLegacySessions(database);
  const hash = Buffer.alloc(32, 7);

  it('belong to one administrator until they are dropped', async () => {
    await sessions().open(hash, 'admin@linotp_admins (LinOTP_local_admins)', 60);
    await expect(sessions().administratorOf(hash)).resolves.toBe('admin@linotp_admins (LinOTP_local_admins)');
    await expect(sessions().administratorOf(Buffer.alloc(32))).resolves.toBeNull();
    await sessions().drop(hash);
    await expect(sessions().administratorOf(hash)).resolves.toBeNull();
  });

  it('end by themselves', async () => {
    await sessions().open(hash, 'admin', -1);
    await expect(sessions().administratorOf(hash)).resolves.toBeNull();
    await sessions().purgeExpired();
    await expect(database.query('SELECT FROM legacy_session')).resolves.toMatchObject({ rowCount: 0 });
  });
});
