import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Challenges, and when they were made for a token. No foreign keys: a challenge outlives its token until it expires, and no
 * login takes a lock for them. Rows hold no secret, and no MAC as in LinOTP: an answer is an OTP that the token's own row
 * decides about, so that whoever can write here wins nothing that writing there does not give.
 */
export class Challenges1795600000000 implements MigrationInterface {
  readonly name = 'Challenges1795600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE challenge (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        root text NOT NULL,
        place smallint NOT NULL,
        token_id bigint NOT NULL,
        serial text NOT NULL,
        message text NOT NULL,
        owner_resolver text,
        owner_user_id text,
        realm text NOT NULL,
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
        received_count int NOT NULL DEFAULT 0,
        received boolean NOT NULL DEFAULT false,
        valid boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        UNIQUE (root, place)
      )`);
    await runner.query('CREATE INDEX challenge_by_token ON challenge (token_id, expires_at)');
    await runner.query('CREATE INDEX challenge_by_expiry ON challenge (expires_at)');
    await runner.query(`ALTER TABLE token ADD COLUMN challenged_at timestamptz[] NOT NULL DEFAULT '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE token DROP COLUMN challenged_at');
    await runner.query('DROP TABLE challenge');
  }
}
