import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lists of tokens that stay quick: indexes for what they are searched and sorted by, and a tally of tokens by what lists are
 * restricted to most, so that the number of all matching tokens needs no look at each of them.
 */
export class TokenLists1795500000000 implements MigrationInterface {
  readonly name = 'TokenLists1795500000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['inserted', 'changed', 'removed', 'emptied']) {
      await runner.query(`DROP TRIGGER token_tally_${name} ON token`);
    }
    await runner.query(
      'DROP FUNCTION token_tally_insert, token_tally_update, token_tally_delete, token_tally_truncate, token_tally_fold',
    );
    await runner.query('DROP TABLE token_tally');
    await runner.query('DROP INDEX IF EXISTS token_text');
    await runner.query(
      'DROP INDEX token_by_serial, token_by_description, token_type, token_inactive, token_unassigned, token_no_realm',
    );
  }
}

const KINDS = 'realms, active, type, owner_resolver, owner_resolver_type';
const kindsOf = (row: string) =>
  KINDS.split(', ')
    .map((name) => `${row}.${name}`)
    .join(', ');

// One row in so many statements folds the tally: it stays small, and nobody waits for it.
const FOLDED_ONCE_IN = 200;

const STATEMENTS = [
  // The number of tokens of a kind is the sum over its rows. Changes only ever add rows: two transactions never wait for
  // each other, and logins, which change none of these columns, do not come near.
  `CREATE TABLE token_tally (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     realms text[] NOT NULL,
     active boolean NOT NULL,
     type text NOT NULL,
     owner_resolver text,
     owner_resolver_type text,
     tokens bigint NOT NULL
   )`,

  // Rows that another transaction is folding are left to it.
  `CREATE FUNCTION token_tally_fold() RETURNS void LANGUAGE sql AS $$
     WITH chosen AS MATERIALIZED (
       SELECT id FROM token_tally ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED
     ),
     gone AS (
       DELETE FROM token_tally t USING chosen WHERE t.id = chosen.id RETURNING ${kindsOf('t')}, t.tokens
     )
     INSERT INTO token_tally (${KINDS}, tokens)
     SELECT ${KINDS}, sum(tokens) FROM gone GROUP BY ${KINDS} HAVING sum(tokens) <> 0
   $$`,

  `CREATE FUNCTION token_tally_insert() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     INSERT INTO token_tally (${KINDS}, tokens) SELECT ${KINDS}, count(*) FROM added GROUP BY ${KINDS};
     IF random() * ${FOLDED_ONCE_IN} < 1 THEN PERFORM token_tally_fold(); END IF;
     RETURN NULL;
   END $$`,
  `CREATE FUNCTION token_tally_delete() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     INSERT INTO token_tally (${KINDS}, tokens) SELECT ${KINDS}, -count(*) FROM removed GROUP BY ${KINDS};
     IF random() * ${FOLDED_ONCE_IN} < 1 THEN PERFORM token_tally_fold(); END IF;
     RETURN NULL;
   END $$`,
  `CREATE FUNCTION token_tally_update() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     INSERT INTO token_tally (${KINDS}, tokens) VALUES (${kindsOf('OLD')}, -1), (${kindsOf('NEW')}, 1);
     IF random() * ${FOLDED_ONCE_IN} < 1 THEN PERFORM token_tally_fold(); END IF;
     RETURN NULL;
   END $$`,
  `CREATE FUNCTION token_tally_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     DELETE FROM token_tally;
     RETURN NULL;
   END $$`,

  `CREATE TRIGGER token_tally_inserted AFTER INSERT ON token
     REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION token_tally_insert()`,
  `CREATE TRIGGER token_tally_removed AFTER DELETE ON token
     REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION token_tally_delete()`,
  // By rows: PostgreSQL has no transition tables for some columns alone, and every login updates a token.
  `CREATE TRIGGER token_tally_changed AFTER UPDATE OF ${KINDS} ON token FOR EACH ROW
     WHEN ((${kindsOf('OLD')}) IS DISTINCT FROM (${kindsOf('NEW')})) EXECUTE FUNCTION token_tally_update()`,
  `CREATE TRIGGER token_tally_emptied AFTER TRUNCATE ON token
     FOR EACH STATEMENT EXECUTE FUNCTION token_tally_truncate()`,
  `INSERT INTO token_tally (${KINDS}, tokens) SELECT ${KINDS}, count(*) FROM token GROUP BY ${KINDS}`,

  // None of a column that a login changes: its update stays within the row's page.
  // With the id: the pages before a deep one are passed over without a look at their tokens.
  `CREATE INDEX token_by_serial ON token (serial, id)`,
  `CREATE INDEX token_by_description ON token (description, id)`,
  `CREATE INDEX token_type ON token (type)`,
  `CREATE INDEX token_inactive ON token (serial) WHERE NOT active`,
  `CREATE INDEX token_unassigned ON token (serial) WHERE owner_resolver IS NULL`,
  `CREATE INDEX token_no_realm ON token (serial) WHERE realms = '{}'`,

  // Without the extension searches look at every token; they find the same (docs/operations.md, "Many tokens").
  `DO $$
   BEGIN
     CREATE EXTENSION IF NOT EXISTS pg_trgm;
     CREATE INDEX token_text ON token
       USING gin (serial gin_trgm_ops, description gin_trgm_ops, owner_user_id gin_trgm_ops);
   EXCEPTION WHEN OTHERS THEN
     RAISE WARNING 'searches for tokens have no index: %', SQLERRM;
   END $$`,
];
