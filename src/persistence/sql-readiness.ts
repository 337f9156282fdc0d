import { setTimeout as delay } from 'node:timers/promises';

import { Readiness, type ReadinessCheck } from '../http/ops/readiness.js';
import type { Keyring } from '../keyring/keyring.js';
import { MIGRATIONS } from './data-source.js';
import type { Queryable } from './database.js';
import { checkCanary } from './installation-keys.js';
import type { WriteHealth } from './write-health.js';

const MAX_CLOCK_SKEW_MS = 2_000;
const ANSWERS_WITHIN_MS = 3_000;
const DATABASE_AWAY: ReadinessCheck[] = [
  { name: 'database', isReady: false, reason: 'the database does not answer' },
];

export class SqlReadiness extends Readiness {
  constructor(
    private readonly database: Queryable,
    private readonly keyring: Keyring,
    private readonly health: WriteHealth,
  ) {
    super();
  }

  /** Answers within bounded time also where the database does not. */
  check(): Promise<ReadinessCheck[]> {
    return Promise.race([this.#check(), delay(ANSWERS_WITHIN_MS, DATABASE_AWAY, { ref: false })]);
  }

  async #check(): Promise<ReadinessCheck[]> {
    const sent = Date.now();
    let applied: ReadonlySet<string>;
    let skew: number;
    let isWritable: boolean;
    try {
      const { rows } = await this.database.query<{ now: Date; writable: boolean; names: string[] }>(
        `SELECT clock_timestamp() AS now, (SELECT array_agg(name::text) FROM migrations) AS names,
           NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS writable`,
      );
      const [row] = rows;
      // The answer was made somewhere between asking and hearing it.
      const between = (sent + Date.now()) / 2;
      skew = Math.abs((row?.now.getTime() ?? 0) - between);
      applied = new Set(row?.names ?? []);
      isWritable = row?.writable === true;
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
        skew <= MAX_CLOCK_SKEW_MS,
        "this node's clock differs from the database's by more than 2 s",
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
