import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Logins that may take an unassigned token of a realm find these alone, however many tokens the realm has. */
export class UnassignedTokens1795900000000 implements MigrationInterface {
  readonly name = 'UnassignedTokens1795900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX token_unassigned_realms ON token USING gin (realms) WHERE owner_resolver IS NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX token_unassigned_realms');
  }
}
