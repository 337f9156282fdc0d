import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Heads of other lanes within the chain, and signed marks of what retention removed (docs/audit.md). */
export class AuditChain1796000000000 implements MigrationInterface {
  readonly name = 'AuditChain1796000000000';

  async up(runner: QueryRunner): Promise<void> {
    // A constant default: no row is rewritten.
    await runner.query(`ALTER TABLE audit_record ADD COLUMN heads text NOT NULL DEFAULT ''`);
    // Null: the lane was opened by a release that did not know of them, and is of format 1.
    await runner.query('ALTER TABLE audit_lane ADD COLUMN heads text');
    await runner.query(`CREATE TABLE audit_mark (
      lane bigint NOT NULL,
      first_seq bigint NOT NULL,
      last_seq bigint NOT NULL,
      gaps bytea NOT NULL,
      removed bigint NOT NULL,
      signature bytea NOT NULL,
      PRIMARY KEY (lane, first_seq)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_mark');
    await runner.query('ALTER TABLE audit_lane DROP COLUMN heads');
    await runner.query('ALTER TABLE audit_record DROP COLUMN heads');
  }
}
