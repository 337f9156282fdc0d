import { hostname } from 'node:os';

import { LoginPressure, MissBudget } from '@app/authentication';
import type { RandomSource } from '@app/kernel';
import { OwnTokens } from '@app/self-service';

import {
  type FirstAdministratorSurroundings,
  ensureFirstAdministrator,
} from '../administration/first-administrator.js';
import type { Settings } from '../config/settings.js';
import { type DeliveryObserver, NobodyListens } from '../delivery/delivery-observer.js';
import { Argon2Passwords } from '../directory/argon2-passwords.js';
import { type DirectoryObserver, NobodyObserves } from '../directory/directory-observer.js';
import { DirectoryImportedPasswords } from '../directory/managed/imported-passwords.js';
import { DirectoryPasswords } from '../directory/passwords/directory-passwords.js';
import { KeyringPolicySecrets } from '../keyring/keyring-policy-secrets.js';
import { SqlAdminSessions } from '../persistence/administrators/sql-admin-sessions.js';
import { SqlAdministratorChanges } from '../persistence/administrators/sql-administrator-changes.js';
import { SqlAdministratorStore } from '../persistence/administrators/sql-administrator-store.js';
import { SqlLegacySessions } from '../persistence/administrators/sql-legacy-sessions.js';
import { SqlLoginThrottle } from '../persistence/administrators/sql-login-throttle.js';
import { SqlAuditSearch } from '../persistence/audit/search/sql-audit-search.js';
import { SqlTrailCleanup } from '../persistence/audit/retention/sql-trail-cleanup.js';
import {
  NothingIsRemoved,
  type RetentionObserver,
  TrailRetention,
} from '../persistence/audit/retention/trail-retention.js';
import { type ClockObserver, NobodyMinds } from '../persistence/clock/clock-observer.js';
import { ClockWatch } from '../persistence/clock/clock-watch.js';
import { SqlConfiguration } from '../persistence/configuration/sql-configuration.js';
import { SqlConfigurationAdministration } from '../persistence/configuration/sql-configuration-administration.js';
import { queryableOf } from '../persistence/data-source.js';
import { HeadKeeper } from '../persistence/heads/head-keeper.js';
import { HeadRegister } from '../persistence/heads/head-register.js';
import { type HeadsObserver, NobodyWatches } from '../persistence/heads/heads-observer.js';
import { initialise } from '../persistence/initialise.js';
import { KeyRotation } from '../persistence/keys/key-rotation.js';
import { AdministrationLane } from '../persistence/lanes/administration-lane.js';
import type { CommitObserver } from '../persistence/lanes/commit-observer.js';
import { GroupCommitter } from '../persistence/lanes/group-committer.js';
import { LaneLedger } from '../persistence/lanes/lane-ledger.js';
import { NobodyIsTold, type RecordObserver } from '../persistence/lanes/record-observer.js';
import { SqlManagedUsers } from '../persistence/managed/sql-managed-users.js';
import { SqlTokenCounts } from '../persistence/reports/sql-token-counts.js';
import { SqlTokenReports } from '../persistence/reports/sql-token-reports.js';
import { Patience } from '../persistence/patience.js';
import { SqlPartitionKeys } from '../persistence/sql-partition-keys.js';
import { SqlReadiness } from '../persistence/sql-readiness.js';
import { WriteHealth } from '../persistence/write-health.js';
import { SqlChallengeList } from '../persistence/tokens/sql-challenge-list.js';
import { SqlLoginSnapshots } from '../persistence/tokens/sql-login-snapshots.js';
import { SqlTokenAdministration } from '../persistence/tokens/sql-token-administration.js';
import { SqlTokenList } from '../persistence/tokens/sql-token-list.js';
import { SqlTokenStore } from '../persistence/tokens/sql-token-store.js';
import { SqlUserSessions } from '../persistence/users/sql-user-sessions.js';
import { EventLoopDelay } from '../observability/event-loop-delay.js';
import { NobodyNotices, type RemoteObserver } from '../remote/remote-observer.js';
import type { DatabaseServer } from './database-servers.js';
import { openDelivery } from './delivery.js';
import { openRemote } from './remote.js';
import { SystemClock, SystemHostNames, SystemRandom } from './system.js';
import { openUserDirectory } from './user-directory.js';

/** What the server and the command line both stand on: every adapter, open and ready. */
export type Installation = Awaited<ReturnType<typeof openInstallation>>;

export interface InstallationOptions {
  readonly settings: Settings;
  readonly database: DatabaseServer;
  readonly observer: CommitObserver;
  /** Absent: records go nowhere else. */
  readonly recordObserver?: RecordObserver;
  /** Absent: nobody hears of resolvers that stop answering. */
  readonly directoryObserver?: DirectoryObserver;
  /** Absent: nobody hears of providers that stop answering. */
  readonly deliveryObserver?: DeliveryObserver;
  /** Absent: nobody hears of servers to forward to that stop answering. */
  readonly remoteObserver?: RemoteObserver;
  /** Absent: nobody hears whether heads of the audit trail can be kept. */
  readonly headsObserver?: HeadsObserver;
  /** Absent: nobody hears of a clock that is off. */
  readonly clockObserver?: ClockObserver;
  /** Absent: nobody hears of records that are too old. */
  readonly retentionObserver?: RetentionObserver;
  /** Where the first administrator is told of, who is made when there is none; `null`: none is made. */
  readonly surroundings: Omit<
    FirstAdministratorSurroundings,
    'passwordFile' | 'dataFolder' | 'random'
  > | null;
}

/**
 * Initialises the database where it needs it and opens all adapters on it.
 * @throws RestoreWasCut, KeyringMismatch, KeyringError, SchemaTooNew, Unavailable: with a message for an operator
 */
export async function openInstallation(options: InstallationOptions) {
  const { settings, database, observer, surroundings } = options;
  const {
    directoryObserver = new NobodyObserves(),
    deliveryObserver = new NobodyListens(),
    remoteObserver = new NobodyNotices(),
    headsObserver = new NobodyWatches(),
    clockObserver = new NobodyMinds(),
    retentionObserver = new NothingIsRemoved(),
    recordObserver = new NobodyIsTold(),
  } = options;
  const { address } = database;
  const names = { realm: settings.adminRealm, resolver: settings.adminResolver };
  const node = hostname();
  const random: RandomSource = new SystemRandom();
  const passwords = new Argon2Passwords();
  const register = new HeadRegister();
  const ledger = new LaneLedger(address, node, register);
  const initialisation = { address, keyringFile: settings.keyringFile, names };

  const { dataSource, keyring, keys } = await initialise(initialisation, async (initialised) => {
    if (!surroundings) return;
    const store = new SqlAdministratorStore(queryableOf(initialised.dataSource));
    await ensureFirstAdministrator(store, passwords, {
      ...surroundings,
      passwordFile: settings.adminPasswordFile,
      dataFolder: settings.dataFolder,
      random,
    });
  });

  const queryable = queryableOf(dataSource);
  const source = { names, keyring };
  const patience = new Patience({ milliseconds: settings.longestDatabaseWaitMs });
  const configuration = await SqlConfiguration.load(dataSource, source, patience);
  const lane = new AdministrationLane(dataSource, ledger, keys.audit, node, recordObserver);
  const health = new WriteHealth();
  const committer = new GroupCommitter(
    { address, ledger, signer: keys.audit, keyring, observer, recordObserver, health, node },
    patience,
  );
  const loop = new EventLoopDelay();
  const pressure = new LoginPressure({
    longestWaitMs: settings.longestLoginWaitMs,
    now: () => performance.now(),
    loopDelayMs: () => loop.sinceLastMs(),
  });
  const clock = new SystemClock();
  const clockWatch = new ClockWatch(queryable, clock, clockObserver);
  const { recordedMisses } = settings;
  const misses = new MissBudget(committer, clock, {
    perSecond: recordedMisses === 0 ? null : recordedMisses,
  });
  const heads = new HeadKeeper({
    folder: settings.auditHeadsFolder,
    node,
    keyId: keys.audit.keyId,
    register,
    database: queryable,
    observer: headsObserver,
  });
  const trailCleanup = new SqlTrailCleanup(lane, queryable, address, keys.audit);
  const { auditRetentionDays } = settings;
  const retention = new TrailRetention({
    days: auditRetentionDays === 0 ? null : auditRetentionDays,
    cleanup: trailCleanup,
    address,
    clock,
    observer: retentionObserver,
  });
  const snapshots = new SqlLoginSnapshots(address, keyring, patience);
  const administrators = new SqlAdministratorStore(queryable);
  // What logins ask beside their tokens.
  const bounded = patience.bounding(queryable);
  const policySecrets = new KeyringPolicySecrets(keyring);
  const directoryPasswords = new DirectoryPasswords(passwords);
  const managedUsers = new SqlManagedUsers(queryable);
  const tokenList = new SqlTokenList(dataSource);
  const users = openUserDirectory({
    settings,
    configuration,
    administrators: new SqlAdministratorStore(bounded),
    managedUsers: new SqlManagedUsers(bounded),
    passwords,
    directoryPasswords,
    observer: directoryObserver,
  });
  return {
    settings,
    clock,
    random,
    passwords,
    hostNames: new SystemHostNames(),
    ...openDelivery(settings, configuration, deliveryObserver),
    keys,
    queryable,
    configuration,
    configurationAdministration: new SqlConfigurationAdministration(lane, configuration, queryable, source),
    directory: users.directory,
    policySecrets,
    ...openRemote(settings, policySecrets, remoteObserver),
    managedUsers,
    importedPasswords: new DirectoryImportedPasswords(passwords, directoryPasswords),
    committer,
    misses,
    snapshots,
    pressure,
    challengeList: new SqlChallengeList(queryable),
    tokenAdministration: new SqlTokenAdministration(lane, keyring),
    tokenStore: new SqlTokenStore(queryable, keyring),
    partitionKeys: new SqlPartitionKeys(bounded, keyring),
    tokenList,
    ownTokens: new OwnTokens({ find: (query) => patience.during(tokenList.find(query)) }),
    tokenCounts: new SqlTokenCounts(queryable),
    tokenReports: new SqlTokenReports(dataSource, lane),
    heads,
    auditSearch: new SqlAuditSearch(queryable, keys.audit),
    trailCleanup,
    retention,
    administrators,
    administratorChanges: new SqlAdministratorChanges(lane),
    adminSessions: new SqlAdminSessions(queryable),
    legacySessions: new SqlLegacySessions(queryable),
    loginThrottle: new SqlLoginThrottle(bounded),
    userSessions: new SqlUserSessions(bounded, queryable),
    clockWatch,
    readiness: new SqlReadiness(queryable, keyring, clockWatch, health),
    keyring,
    keyRotation: new KeyRotation(address, lane, keyring),
    /** Call it when no request runs any more: commits what waits, closes the lanes, lets go of the database last. */
    async close(): Promise<void> {
      clockWatch.stop();
      await retention.stop();
      await committer.close();
      await lane.close();
      await heads.close();
      await recordObserver.close();
      await snapshots.close();
      await users.close();
      await dataSource.destroy();
      await database.release();
    },
  };
}
