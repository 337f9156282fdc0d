import type { Clock } from '@app/kernel';

import type { Queryable } from '../database.js';
import type { ClockObserver } from './clock-observer.js';

const EVERY_MS = 60_000;
/** Further off a node is not ready. */
export const MOST_SECONDS_OFF = 2;

/** What a query for the database's time was asked and answered between, by this node's clock. */
export interface Asked {
  readonly sent: Date;
  readonly heard: Date;
}

/**
 * How far this node's clock is ahead of the database's, at least. The answer was made somewhere between asking and hearing it:
 * what may come of that is not counted, so that a slow answer is no wrong clock.
 */
export function secondsAhead({ sent, heard }: Asked, database: Date): number {
  const from = heard.getTime() - database.getTime();
  const to = sent.getTime() - database.getTime();
  if (from < 0) return from / 1000;
  return Math.max(0, to) / 1000;
}

/**
 * Measures how far this node's clock is off at its start, once a minute, and whenever somebody asks whether it is ready. No
 * login waits for it: they go by the database's clock (docs/operations.md, "Clocks").
 */
export class ClockWatch {
  #timer: NodeJS.Timeout | null = null;
  #isOff = false;

  constructor(
    private readonly database: Queryable,
    private readonly clock: Clock,
    private readonly observer: ClockObserver,
  ) {}

  /** For a process that serves. */
  async start(): Promise<void> {
    await this.#measure();
    this.#timer = setInterval(() => void this.#measure(), EVERY_MS).unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /**
   * Runs a query that tells the database's time, and takes note of it.
   * @returns its row, and how far this node's clock is ahead at least
   */
  async ask<R extends { readonly now: Date }>(
    query: string,
  ): Promise<{ readonly row: R | undefined; readonly ahead: number }> {
    const sent = this.clock.now();
    const { rows } = await this.database.query<R>(query);
    const heard = this.clock.now();
    const [row] = rows;
    const ahead = row ? secondsAhead({ sent, heard }, row.now) : 0;
    this.#note(ahead);
    return { row, ahead };
  }

  /** Without the database there is nothing to compare with, and others say so. */
  async #measure(): Promise<void> {
    await this.ask('SELECT clock_timestamp() AS now').catch(() => undefined);
  }

  #note(ahead: number): void {
    this.observer.clockMeasured(ahead);
    const isOff = Math.abs(ahead) > MOST_SECONDS_OFF;
    if (isOff === this.#isOff) return;
    this.#isOff = isOff;
    if (isOff) this.observer.clockDiffers(ahead);
    else this.observer.clockAgrees(ahead);
  }
}

/** `3600.0 s ahead of the database's` */
export function clockText(ahead: number): string {
  return `${Math.abs(ahead).toFixed(1)} s ${ahead < 0 ? 'behind' : 'ahead of'} the database's`;
}
