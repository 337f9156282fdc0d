import { setTimeout as delay } from 'node:timers/promises';

import type { ChainedRecord } from '@app/audit';

import type { Destination } from './destination.js';
import type { ShippingObserver } from './shipping-observer.js';

/** Rendering so many takes a millisecond or two, in which no login gets its turn. */
const AT_ONCE = 100;
const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
const LAST_WORDS_MS = 3_000;

/** What waits for one destination, in order, within bounds. */
export class Shipment {
  #waiting: ChainedRecord[] = [];
  #running: Promise<void> | null = null;
  #isAway = false;
  readonly #end = new AbortController();

  constructor(
    private readonly destination: Destination,
    private readonly limit: number,
    private readonly observer: ShippingObserver,
  ) {}

  /** Never waits: what is too much is lost, the newest first, so that there is one gap and not many. */
  add(records: readonly ChainedRecord[]): void {
    const free = this.limit - this.#waiting.length;
    const taken = free >= records.length ? records : records.slice(0, Math.max(0, free));
    this.#waiting.push(...taken);
    if (taken.length < records.length) {
      this.observer.lost(this.destination.name, records.length - taken.length);
    }
    this.#running ??= this.#ship();
  }

  /** Gives what waits a last, short chance. */
  async close(): Promise<void> {
    const running = this.#running ?? Promise.resolve();
    await Promise.race([running, delay(LAST_WORDS_MS, undefined, { ref: false })]);
    this.#end.abort();
    if (this.#waiting.length > 0) this.observer.lost(this.destination.name, this.#waiting.length);
    this.#waiting = [];
    this.destination.close();
  }

  async #ship(): Promise<void> {
    // Not in the turn in which a login is answered.
    await delay(0);
    let pause = SHORTEST_PAUSE_MS;
    while (this.#waiting.length > 0 && !this.#end.signal.aborted) {
      const records = this.#waiting.slice(0, AT_ONCE);
      try {
        await this.destination.send(records);
      } catch (error) {
        this.#wentAway(error);
        await delay(pause, undefined, { signal: this.#end.signal }).catch(() => undefined);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
        continue;
      }
      pause = SHORTEST_PAUSE_MS;
      this.#waiting.splice(0, records.length);
      this.observer.shipped(this.destination.name, records.length);
      this.#cameBack();
    }
    // In the same turn as the last look at what waits: what is added after it starts anew.
    this.#running = null;
  }

  #wentAway(error: unknown): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.observer.away(this.destination.name, error);
  }

  #cameBack(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.observer.back(this.destination.name);
  }
}
