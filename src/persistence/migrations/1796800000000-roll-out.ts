import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a device gets first where a token is enrolled in phases, sealed, until the first right answer. */
export class RollOut1796800000000 implements MigrationInterface {
  readonly name = 'RollOut1796800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE token ADD COLUMN shared_secret_sealed bytea');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE token DROP COLUMN shared_secret_sealed');
  }
}
