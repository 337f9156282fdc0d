import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When, how often and where a token may be used, and what else is known about it. */
export class TokenAttributes1795300000000 implements MigrationInterface {
  readonly name = 'TokenAttributes1795300000000';

  async up(runner: QueryRunner): Promise<void> {
    // Constant defaults: no row is written anew. A node of the release before neither reads nor writes these.
    await runner.query(
      `ALTER TABLE token
         ADD COLUMN valid_from timestamptz,
         ADD COLUMN valid_until timestamptz,
         ADD COLUMN attempts integer NOT NULL DEFAULT 0,
         ADD COLUMN max_attempts integer,
         ADD COLUMN successes integer NOT NULL DEFAULT 0,
         ADD COLUMN max_successes integer,
         ADD COLUMN paths text[],
         ADD COLUMN info jsonb NOT NULL DEFAULT '{}'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE token DROP COLUMN valid_from, DROP COLUMN valid_until, DROP COLUMN attempts, DROP COLUMN max_attempts,
         DROP COLUMN successes, DROP COLUMN max_successes, DROP COLUMN paths, DROP COLUMN info`,
    );
  }
}
