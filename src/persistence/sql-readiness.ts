import { setTimeout as delay } from 'node:timers/promises';

import { Readiness, type ReadinessCheck } from '../http/ops/readiness.js';
import type { Keyring } from '../keyring/keyring.js';
import { MIGRATIONS } from './data-source.js';
import { type ClockWatch, MOST_SECONDS_OFF, clockText } from './clock/clock-watch.js';
import type { Queryable } from './database.js';
import { checkCanary } from './installation-keys.js';
import type { WriteHealth } from './write-health.js';

const ANSWERS_WITHIN_MS = 3_000;
const DATABASE_AWAY: ReadinessCheck[] = [
  { name: 'database', isReady: false, reason: 'the database does not answer' },
];

export class SqlReadiness extends Readiness {
  constructor(
    private readonly database: Queryable,
    private readonly keyring: Keyring,
    private readonly clock: ClockWatch,
    private readonly health: WriteHealth,
  ) {
    super();
  }

  /** Answers within bounded time also where the database does not. */
  check(): Promise<ReadinessCheck[]> {
    return Promise.race([this.#check(), delay(ANSWERS_WITHIN_MS, DATABASE_AWAY, { ref: false })]);
  }

  async #check(): Promise<ReadinessCheck[]> {
    let applied: ReadonlySet<string>;
    let ahead: number;
    let isWritable: boolean;
    try {
      const asked = await this.clock.ask<{ now: Date; writable: boolean; names: string[] }>(
        `SELECT clock_timestamp() AS now, (SELECT array_agg(name::text) FROM migrations) AS names,
           NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS writable`,
      );
      ahead = asked.ahead;
      applied = new Set(asked.row?.names ?? []);
      isWritable = asked.row?.writable === true;
    } catch {
      return DATABASE_AWAY;
    }
    const isMigrated = MIGRATIONS.every((migration) => applied.has(new migration().name));
    return [
      isWritable
        ? check('database', !this.health.isFailing, 'the database answers, but does not commit')
        : check('database', false, 'the database is read-only'),
      await this.#keyringCheck(),
      check('migrations', isMigrated, 'the schema is older than this release'),
      check(
        'clock',
        Math.abs(ahead) <= MOST_SECONDS_OFF,
        `this node's clock is ${clockText(ahead)}, more than ${MOST_SECONDS_OFF} s`,
      ),
    ];
  }

  async #keyringCheck(): Promise<ReadinessCheck> {
    const fits = await checkCanary(this.database, this.keyring).then(
      () => true,
      () => false,
    );
    return check('keyring', fits, 'the keyring does not fit the database');
  }
}

function check(name: ReadinessCheck['name'], isReady: boolean, reason: string): ReadinessCheck {
  return isReady ? { name, isReady } : { name, isReady, reason };
}
