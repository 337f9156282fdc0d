import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a token's type keeps with a challenge: the transaction of the server that asks, or what is to be signed. A node of the
 * version before makes challenges without it, of types that keep nothing.
 */
export class ChallengeData1796300000000 implements MigrationInterface {
  readonly name = 'ChallengeData1796300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE challenge ADD COLUMN data jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE challenge DROP COLUMN data');
  }
}
