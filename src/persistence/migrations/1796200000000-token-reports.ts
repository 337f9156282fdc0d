import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Reported numbers of tokens, and what makes it cheap to count users with tokens: a row for each owner of active tokens in
 * each realm, kept by triggers, so that nobody looks at all tokens, whose pages every login touches.
 */
export class TokenReports1796200000000 implements MigrationInterface {
  readonly name = 'TokenReports1796200000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['inserted', 'changed', 'removed', 'emptied']) {
      await runner.query(`DROP TRIGGER token_holder_${name} ON token`);
    }
    await runner.query(
      `DROP FUNCTION token_holder_insert, token_holder_update, token_holder_delete, token_holder_truncate,
         token_holder_leave`,
    );
    await runner.query('DROP TABLE token_holder, token_report');
  }
}

const HELD = 'realms, active, owner_resolver, owner_user_id';
const heldOf = (row: string) =>
  HELD.split(', ')
    .map((name) => `${row}.${name}`)
    .join(', ');

/** A token of no realm counts in the realm without a name. */
const realmsOf = (row: string) => `unnest(CASE ${row}.realms WHEN '{}' THEN '{""}' ELSE ${row}.realms END)`;

/** In one order, so that two changes that wait for each other's owners are few. */
const joining = (tokens: string) =>
  `INSERT INTO token_holder AS h (realm, resolver, user_id, tokens)
   SELECT realm, owner_resolver, owner_user_id, count(*) FROM ${tokens}
   WHERE active AND owner_resolver IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
   ON CONFLICT (realm, resolver, user_id) DO UPDATE SET tokens = h.tokens + EXCLUDED.tokens`;

const STATEMENTS = [
  `CREATE TABLE token_report (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     at timestamptz NOT NULL DEFAULT clock_timestamp(),
     event text NOT NULL,
     -- '' for tokens of no realm.
     realm text NOT NULL,
     status text NOT NULL,
     count bigint NOT NULL
   )`,
  `CREATE INDEX token_report_period ON token_report (realm, status, at) INCLUDE (count)`,
  `CREATE INDEX token_report_maximum ON token_report (realm, status, count)`,

  `CREATE TABLE token_holder (
     realm text,
     resolver text,
     user_id text,
     -- Active ones.
     tokens bigint NOT NULL,
     PRIMARY KEY (realm, resolver, user_id)
   )`,

  `CREATE FUNCTION token_holder_leave(gone_realm text, gone_resolver text, gone_user text, gone bigint) RETURNS void
   LANGUAGE sql AS $$
     UPDATE token_holder SET tokens = tokens - gone
       WHERE realm = gone_realm AND resolver = gone_resolver AND user_id = gone_user;
     DELETE FROM token_holder
       WHERE realm = gone_realm AND resolver = gone_resolver AND user_id = gone_user AND tokens = 0;
   $$`,
  `CREATE FUNCTION token_holder_insert() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     ${joining(`added a, ${realmsOf('a')} realm`)};
     RETURN NULL;
   END $$`,
  `CREATE FUNCTION token_holder_delete() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM token_holder_leave(realm, owner_resolver, owner_user_id, tokens) FROM (
       SELECT realm, owner_resolver, owner_user_id, count(*) AS tokens FROM removed r, ${realmsOf('r')} realm
       WHERE active AND owner_resolver IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
     ) left_behind;
     RETURN NULL;
   END $$`,
  `CREATE FUNCTION token_holder_update() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     ${joining(`(SELECT ${heldOf('NEW')}) n, ${realmsOf('n')} realm`)};
     IF OLD.active AND OLD.owner_resolver IS NOT NULL THEN
       PERFORM token_holder_leave(realm, OLD.owner_resolver, OLD.owner_user_id, 1) FROM (
         SELECT realm FROM ${realmsOf('OLD')} realm ORDER BY 1
       ) left_behind;
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE FUNCTION token_holder_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     DELETE FROM token_holder;
     RETURN NULL;
   END $$`,

  `CREATE TRIGGER token_holder_inserted AFTER INSERT ON token
     REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION token_holder_insert()`,
  `CREATE TRIGGER token_holder_removed AFTER DELETE ON token
     REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION token_holder_delete()`,
  // As with the tally: no login changes one of these columns.
  `CREATE TRIGGER token_holder_changed AFTER UPDATE OF ${HELD} ON token FOR EACH ROW
     WHEN ((${heldOf('OLD')}) IS DISTINCT FROM (${heldOf('NEW')})) EXECUTE FUNCTION token_holder_update()`,
  `CREATE TRIGGER token_holder_emptied AFTER TRUNCATE ON token
     FOR EACH STATEMENT EXECUTE FUNCTION token_holder_truncate()`,
  joining(`token t, ${realmsOf('t')} realm`),
];
