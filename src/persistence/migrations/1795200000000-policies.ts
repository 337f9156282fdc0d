import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Policies, text by text as they were given. */
export class Policies1795200000000 implements MigrationInterface {
  readonly name = 'Policies1795200000000';

  async up(runner: QueryRunner): Promise<void> {
    // "C": names are in the order of their bytes, whatever the database's locale.
    await runner.query(
      `CREATE TABLE policy (
         name text COLLATE "C" PRIMARY KEY,
         scope text NOT NULL,
         action text NOT NULL,
         realm text NOT NULL,
         "user" text,
         client text,
         time text,
         active text
       )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE policy');
  }
}
