import { recordedBefore } from '@app/audit';
import type { Clock } from '@app/kernel';

import { type DatabaseAddress, connectPrimary } from '../../database.js';
import type { AuditNotSound } from './audit-not-sound.js';
import type { SqlTrailCleanup } from './sql-trail-cleanup.js';

/** When another node is at it, or the database is away, the next try is not far. */
const LOOKED_EVERY_MS = 3_600_000;
// Two numbers: apart from the locks of lanes, which are one.
const LOCK = [0x7477, 1] as const;

/** Hears what becomes of records that are too old. */
export abstract class RetentionObserver {
  abstract removed(records: number): void;
  /** What stays although it is too old, with everything behind it in its lane. */
  abstract unsound(found: readonly AuditNotSound[]): void;
  /** Another node is at it. */
  abstract elsewhere(): void;
  abstract failed(error: unknown): void;
}

/** For commands, which remove what they are told to. */
export class NothingIsRemoved extends RetentionObserver {
  removed(): void {}
  unsound(): void {}
  elsewhere(): void {}
  failed(): void {}
}

export interface RetentionOptions {
  /** `null`: nothing is removed. */
  readonly days: number | null;
  readonly cleanup: SqlTrailCleanup;
  readonly address: DatabaseAddress;
  readonly clock: Clock;
  readonly observer: RetentionObserver;
}

/** Removes old records once a day, on whichever node comes first, in the background. */
export class TrailRetention {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();
  /** The day for which this node has done it. */
  #done: number | null = null;

  constructor(private readonly options: RetentionOptions) {}

  start(): void {
    const { days } = this.options;
    if (days === null) return;
    const look = () => {
      this.#running = this.#running.then(() => this.#look(days));
    };
    this.#timer = setInterval(look, LOOKED_EVERY_MS).unref();
    look();
  }

  /** Waits for the part that is under way: what is not removed by then is another time. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#stop.abort();
    await this.#running;
  }

  async #look(days: number): Promise<void> {
    const before = recordedBefore(days, this.options.clock.now());
    if (this.#done === before.getTime() || this.#stop.signal.aborted) return;
    try {
      if (await this.#alone(() => this.#remove(before))) this.#done = before.getTime();
      else this.options.observer.elsewhere();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.options.observer.failed(error);
    }
  }

  /** @returns whether it was done: not while another node is at it */
  async #alone(work: () => Promise<void>): Promise<boolean> {
    const connection = await connectPrimary(this.options.address);
    try {
      const { rows } = await connection.query<{ held: boolean }>(
        'SELECT pg_try_advisory_lock($1, $2) AS held',
        [...LOCK],
      );
      if (rows[0]?.held !== true) return false;
      await work();
      return true;
    } finally {
      // The lock ends with it.
      await connection.end().catch(() => undefined);
    }
  }

  async #remove(before: Date): Promise<void> {
    const { cleanup, observer } = this.options;
    const context = { action: 'audit/cleanup', client: '', administrator: '', user: '', realm: '' };
    const hearer = { removing: () => Promise.resolve(), removed: () => undefined };
    const { removed, unsound } = await cleanup.remove({ before }, context, hearer, this.#stop.signal);
    if (removed > 0) observer.removed(removed);
    if (unsound.length > 0) observer.unsound(unsound);
  }
}
