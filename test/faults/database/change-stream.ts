import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import type { AdminAgent } from '../../support/clients/admin-agent.js';
import { RFC_KEY_HEX } from '../../support/clients/otp.js';

const PAUSE_MS = 5;

/** An administrator who enrols one token after the other, whatever the answers are. */
export class ChangeStream {
  readonly acknowledged: string[] = [];
  refused = 0;
  #isEnded = false;
  readonly #running: Promise<void>;

  constructor(
    private readonly admin: AdminAgent,
    private readonly prefix: string,
  ) {
    this.#running = this.#enrol();
  }

  async #enrol(): Promise<void> {
    for (let turn = 0; !this.#isEnded; turn++) {
      const serial = `${this.prefix}${turn}`;
      const form = { type: 'hmac', serial, otpkey: RFC_KEY_HEX };
      const answer = await this.admin.post('/admin/init', form).catch(() => null);
      if (answer?.status === 200 && answer.body?.result?.value === true) this.acknowledged.push(serial);
      else this.refused++;
      await pause(PAUSE_MS);
    }
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#running;
  }

  /** Each change that somebody was told of is there, with one record. */
  async expectKept(database: pg.Client): Promise<void> {
    const { rows } = await database.query<{ serial: string }>(
      `SELECT serial FROM token t WHERE starts_with(serial, $1)
         AND 1 = (SELECT count(*) FROM audit_record r WHERE r.serial = t.serial AND r.action = 'admin/init' AND r.succeeded)`,
      [this.prefix],
    );
    const kept = new Set(rows.map(({ serial }) => serial));
    expect(this.acknowledged.filter((serial) => !kept.has(serial))).toEqual([]);
  }
}
