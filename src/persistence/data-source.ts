import pg from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';

import { type DatabaseAddress, PrimaryPool, type Queryable } from './database.js';
import { FirstSchema1795000000000 } from './migrations/1795000000000-first-schema.js';
import { Directory1795100000000 } from './migrations/1795100000000-directory.js';
import { Policies1795200000000 } from './migrations/1795200000000-policies.js';
import { TokenAttributes1795300000000 } from './migrations/1795300000000-token-attributes.js';
import { UserPin1795400000000 } from './migrations/1795400000000-user-pin.js';
import { TokenLists1795500000000 } from './migrations/1795500000000-token-lists.js';
import { Challenges1795600000000 } from './migrations/1795600000000-challenges.js';
import { SentChallenges1795700000000 } from './migrations/1795700000000-sent-challenges.js';
import { GuessDelays1795800000000 } from './migrations/1795800000000-guess-delays.js';
import { UnassignedTokens1795900000000 } from './migrations/1795900000000-unassigned-tokens.js';
import { AuditChain1796000000000 } from './migrations/1796000000000-audit-chain.js';
import { AuditSearch1796100000000 } from './migrations/1796100000000-audit-search.js';
import { TokenReports1796200000000 } from './migrations/1796200000000-token-reports.js';
import { ChallengeData1796300000000 } from './migrations/1796300000000-challenge-data.js';
import { UserSessions1796400000000 } from './migrations/1796400000000-user-sessions.js';
import { LoginReports1796450000000 } from './migrations/1796450000000-login-reports.js';
import { RoomForUpdates1796700000000 } from './migrations/1796700000000-room-for-updates.js';
import { RollOut1796800000000 } from './migrations/1796800000000-roll-out.js';
import { ConfirmedChallenges1796900000000 } from './migrations/1796900000000-confirmed-challenges.js';

/** Every migration, oldest first. */
export const MIGRATIONS = [
  FirstSchema1795000000000,
  Directory1795100000000,
  Policies1795200000000,
  TokenAttributes1795300000000,
  UserPin1795400000000,
  TokenLists1795500000000,
  Challenges1795600000000,
  SentChallenges1795700000000,
  GuessDelays1795800000000,
  UnassignedTokens1795900000000,
  AuditChain1796000000000,
  AuditSearch1796100000000,
  TokenReports1796200000000,
  ChallengeData1796300000000,
  UserSessions1796400000000,
  LoginReports1796450000000,
  RoomForUpdates1796700000000,
  RollOut1796800000000,
  ConfirmedChallenges1796900000000,
];

const POOL_SIZE = 8;
const STATEMENT_TIMEOUT_MS = 30_000;
// A connection that is silent for longer than any statement may take is dead.
const SILENCE_MS = STATEMENT_TIMEOUT_MS + 1_000;
// A transaction that lost us must not keep its locks.
const IDLE_TRANSACTION_MS = 5_000;

const PATIENCE = {
  statement_timeout: STATEMENT_TIMEOUT_MS,
  query_timeout: SILENCE_MS,
  idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
};

/**
 * TypeORM's view of the database: migrations and administration. Logins do not go through it.
 * @param patience for how long connections wait for statements, and the database for them; `{}`: for ever
 */
export function createDataSource(
  address: DatabaseAddress,
  patience: Partial<typeof PATIENCE> = PATIENCE,
): DataSource {
  return new DataSource({
    type: 'postgres',
    // TypeORM makes its own pool: ours finds the primary among several servers.
    driver: { ...pg, Pool: PrimaryPool },
    poolSize: POOL_SIZE,
    extra: { address, ...patience },
    poolErrorHandler: () => undefined,
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'all',
    synchronize: false,
  });
}

/** Plain SQL through TypeORM: on a runner's transaction, or on any connection of the source's pool. */
export function queryableOf(source: DataSource | QueryRunner): Queryable {
  return {
    async query<R>(query: string | { text: string; values?: unknown[] }, values?: unknown[]) {
      const { text, parameters } =
        typeof query === 'string'
          ? { text: query, parameters: values }
          : { text: query.text, parameters: query.values };
      if (!(source instanceof DataSource)) return structured<R>(source, text, parameters);
      const runner = source.createQueryRunner();
      try {
        return await structured<R>(runner, text, parameters);
      } finally {
        await runner.release();
      }
    },
  };
}

async function structured<R>(runner: QueryRunner, text: string, parameters: unknown[] | undefined) {
  const { records, affected } = await runner.query(text, parameters, true);
  return { rows: records as R[], rowCount: affected ?? null };
}
