import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a paired device says to its question: that its user accepts, or rejects, rightly signed or not. A node of the version
 * before has no type of token that is paired.
 */
export class ConfirmedChallenges1796900000000 implements MigrationInterface {
  readonly name = 'ConfirmedChallenges1796900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE challenge ADD COLUMN accepted boolean, ADD COLUMN rejected boolean');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE challenge DROP COLUMN accepted, DROP COLUMN rejected');
  }
}
