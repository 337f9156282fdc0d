import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Reports of logins that disable or remove a token. Their statement cannot count what it leaves behind: it writes reports without a
 * number, and the database counts at the end of the transaction, when triggers have brought the tally up to date.
 */
export class LoginReports1796450000000 implements MigrationInterface {
  readonly name = 'LoginReports1796450000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER token_report_uncounted ON token_report');
    await runner.query('DROP FUNCTION token_report_count');
  }
}

const holds = (word: string, condition: string) => `(NOT '${word}' = ANY(words) OR ${condition})`;

const STATEMENTS = [
  // The states are those of `countTokensIn`.
  `CREATE FUNCTION token_report_count() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     words text[] := string_to_array(NEW.status, '&');
     counted bigint;
   BEGIN
     IF NEW.status = 'total users' THEN
       SELECT count(*) INTO counted FROM token_holder WHERE realm = NEW.realm;
     ELSE
       SELECT coalesce(sum(tokens), 0) INTO counted FROM token_tally
       WHERE (NEW.realm = ANY(realms) OR (NEW.realm = '' AND realms = '{}'))
         AND ${holds('active', 'active')} AND ${holds('inactive', 'NOT active')}
         AND ${holds('assigned', 'owner_resolver IS NOT NULL')} AND ${holds('unassigned', 'owner_resolver IS NULL')};
     END IF;
     UPDATE token_report SET count = counted WHERE id = NEW.id;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER token_report_uncounted AFTER INSERT ON token_report DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW WHEN (NEW.count < 0) EXECUTE FUNCTION token_report_count()`,
];
