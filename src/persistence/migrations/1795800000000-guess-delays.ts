import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Until when logins of a token wait after too many failures: seconds since 1970 by network, `*` where none is known. In the
 * token's own row, so that it is read and written with the failures that it belongs to, and counts only as long as they do.
 */
export class GuessDelays1795800000000 implements MigrationInterface {
  readonly name = 'GuessDelays1795800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE token ADD COLUMN blocked_until jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE token DROP COLUMN blocked_until');
  }
}
