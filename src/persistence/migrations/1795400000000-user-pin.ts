import type { MigrationInterface, QueryRunner } from 'typeorm';

/** PINs that devices ask for, sealed; what Yubikeys say of themselves. */
export class UserPin1795400000000 implements MigrationInterface {
  readonly name = 'UserPin1795400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE token
         ADD COLUMN user_pin_sealed bytea,
         ADD COLUMN device_public_id text,
         ADD COLUMN device_private_id text`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE token
         DROP COLUMN user_pin_sealed,
         DROP COLUMN device_public_id,
         DROP COLUMN device_private_id`,
    );
  }
}
