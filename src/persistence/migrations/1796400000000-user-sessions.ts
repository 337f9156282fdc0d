import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions of users in the self-service, for all nodes. */
export class UserSessions1796400000000 implements MigrationInterface {
  readonly name = 'UserSessions1796400000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE user_session');
  }
}

const STATEMENTS = [
  `CREATE TABLE user_session (
     -- SHA-256 of the cookie's value.
     hash bytea PRIMARY KEY,
     state text NOT NULL CHECK (state IN ('credentials_verified', 'challenge_triggered', 'authenticated')),
     proof text NOT NULL CHECK (proof IN ('password', 'password-without-token', 'second-factor')),
     resolver text NOT NULL,
     user_id text NOT NULL,
     login text NOT NULL,
     realm text NOT NULL,
     client text NOT NULL,
     -- Root of the challenges that are to be answered.
     transaction text,
     opened_at timestamptz NOT NULL DEFAULT now(),
     expires_at timestamptz NOT NULL
   )`,
  `CREATE INDEX user_session_expiry ON user_session (expires_at)`,
  `CREATE INDEX user_session_user ON user_session (resolver, user_id)`,
];
