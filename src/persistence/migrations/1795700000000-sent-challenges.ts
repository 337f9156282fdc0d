import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Challenges whose OTP is sent to the user: not to be answered before that is done, and made at a counter that only the
 * challenge knows. No secret: an OTP takes the token's seed as well. A node of the version before takes an unsent one for
 * closed.
 */
export class SentChallenges1795700000000 implements MigrationInterface {
  readonly name = 'SentChallenges1795700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE challenge ADD COLUMN counter text,
        DROP CONSTRAINT challenge_state_check,
        ADD CONSTRAINT challenge_state_check CHECK (state IN ('open', 'closed', 'unsent'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM challenge WHERE state = 'unsent'`);
    await runner.query(`
      ALTER TABLE challenge DROP COLUMN counter,
        DROP CONSTRAINT challenge_state_check,
        ADD CONSTRAINT challenge_state_check CHECK (state IN ('open', 'closed'))`);
  }
}
