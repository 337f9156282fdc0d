import { Unavailable } from '@app/kernel';

import type { Queryable } from './database.js';

const LOOKS_EVERY_MS = 50;
/** A wait that was long counts against those who come within this time. */
const REMEMBERED_MS = 1_000;
/** The same after a wait that had been shortened itself. */
const MOMENT_MS = 250;
/** However much is counted against somebody, so long they wait. */
const BRIEFLY_MS = 150;
/** Shorter waits count against nobody. */
const USUAL_MS = 500;

export interface PatienceOptions {
  readonly milliseconds: number;
  /** In milliseconds, of a clock that never goes back. */
  readonly now?: () => number;
  /** Calls `look` at intervals until it returns false. */
  readonly keepLooking?: (look: () => boolean) => void;
}

/** Somebody who waits for the database, and is told once. */
export class Waiting<T> {
  /** Was told that the database does not answer: whatever becomes of it, nobody hears it any more. */
  isGivenUp = false;
  readonly since: number;
  readonly until: number;

  constructor(
    private readonly patience: Patience,
    private readonly told: (value: T) => void,
    private readonly failed: (error: unknown) => void,
  ) {
    this.since = patience.now();
    this.until = this.since + patience.begin(this);
  }

  resolve(value: T): void {
    this.patience.heard(this);
    this.told(value);
  }

  reject(error: unknown): void {
    this.patience.left(this);
    this.failed(error);
  }

  giveUp(error: Unavailable): void {
    this.isGivenUp = true;
    this.reject(error);
  }
}

/**
 * How long anybody waits for a database that stands still, whatever it was asked: clients give up after a few seconds. A
 * commit goes on behind that, so that it is found out whether it took place. A request may need the database several times;
 * so whoever comes right behind somebody who waited long, or in vain, waits so much shorter.
 *
 * Costs those who wait an entry in a set, and no timer of their own.
 */
export class Patience {
  readonly now: () => number;
  readonly #waiting = new Set<Waiting<never>>();
  readonly #milliseconds: number;
  readonly #least: number;
  readonly #keepLooking: (look: () => boolean) => void;
  #isLooking = false;
  #waited = 0;
  #rememberedUntil = 0;

  constructor({ milliseconds, now = () => performance.now(), keepLooking = everySoOften }: PatienceOptions) {
    this.#milliseconds = milliseconds;
    this.#least = Math.min(BRIEFLY_MS, milliseconds);
    this.now = now;
    this.#keepLooking = keepLooking;
  }

  /** @throws Unavailable when the answer takes too long; else what `answer` throws */
  during<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = new Waiting(this, resolve, reject);
      answer.then(
        (value) => waiting.resolve(value),
        (error: unknown) => waiting.reject(error),
      );
    });
  }

  /** The same database for those who do not wait for it any longer. What they asked goes on. */
  bounding(database: Queryable): Queryable {
    return { query: (query, values) => this.during(database.query(query, values)) };
  }

  /** @returns for how long */
  begin(waiting: Waiting<never>): number {
    this.#waiting.add(waiting);
    if (!this.#isLooking) {
      this.#isLooking = true;
      this.#keepLooking(() => this.#look());
    }
    if (waiting.since >= this.#rememberedUntil) return this.#milliseconds;
    return Math.max(this.#least, this.#milliseconds - this.#waited);
  }

  /** The database answered. */
  heard(waiting: Waiting<never>): void {
    this.#waiting.delete(waiting);
    const now = this.now();
    const waited = now - waiting.since;
    if (!waiting.isGivenUp && waited >= USUAL_MS) this.#remember(waited, now + REMEMBERED_MS);
    // That others are quick says nothing of those who waited long: what they ask next is still to come.
    else if (this.#waited >= this.#milliseconds) this.#rememberedUntil = 0;
  }

  left(waiting: Waiting<never>): void {
    this.#waiting.delete(waiting);
  }

  #look(): boolean {
    const now = this.now();
    for (const waiting of this.#waiting) {
      if (waiting.until > now) continue;
      // Who waited shorter found nothing out that was not known: others are to try in earnest before long.
      const isFull = waiting.until - waiting.since >= this.#milliseconds;
      const until = now + (isFull ? REMEMBERED_MS : MOMENT_MS);
      this.#remember(this.#milliseconds, Math.max(until, this.#rememberedUntil));
      waiting.giveUp(new Unavailable('the database does not answer in time'));
    }
    this.#isLooking = this.#waiting.size > 0;
    return this.#isLooking;
  }

  #remember(waited: number, until: number): void {
    this.#waited = waited;
    this.#rememberedUntil = until;
  }
}

function everySoOften(look: () => boolean): void {
  const timer = setInterval(() => {
    if (!look()) clearInterval(timer);
  }, LOOKS_EVERY_MS);
  timer.unref();
}
