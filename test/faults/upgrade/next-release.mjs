/**
 * A migration as the release after this one may bring it, by the rules (CONTRIBUTING.md, "Migrations"): more columns, a table, an
 * index, and values for rows that are there.
 */
export class NextRelease1999000000000 {
  name = 'NextRelease1999000000000';

  async up(runner) {
    await runner.query(
      "ALTER TABLE token ADD COLUMN colour text NOT NULL DEFAULT 'grey', ADD COLUMN remark text",
    );
    await runner.query('ALTER TABLE challenge ADD COLUMN remark text');
    await runner.query("ALTER TABLE audit_record ADD COLUMN remark text NOT NULL DEFAULT ''");
    await runner.query('ALTER TABLE administrator ADD COLUMN remark text');
    await runner.query('ALTER TABLE policy ADD COLUMN remark text');
    await runner.query(
      'CREATE TABLE remark (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL)',
    );
    await runner.query('CREATE INDEX token_colour ON token (colour)');
    await runner.query('UPDATE token SET remark = serial');
  }

  async down() {}
}
