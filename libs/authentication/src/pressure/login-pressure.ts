const WINDOW_MS = 100;
/** What the lanes take in one go, twice: while one is written the next one gathers, and none of them waits for want of anything. */
const UNDER_WAY = 128;
/** Until more is known: a thousand a second. */
const ASSUMED_PER_MS = 1;
const LEAST_PER_MS = 0.001;
// How fast a rate that was measured takes the place of the one before, and how fast one is forgotten that nobody needs.
const LEARNING_MS = 300;
const FORGETTING_MS = 5_000;
// A wait that does not go away serves nobody: as many get through with a short one (CoDel, RFC 8289 §3, §4). Longer than there, since
// a database that stands still for a moment makes up for it, and a login that is turned away may not come again.
const STANDING_WAIT_MS = 50;
const STANDING_FOR_MS = 250;
/** So long behind the last one who was turned away a burst may wait again. */
const CALM_FOR_MS = 1_000;

export interface LoginPressureOptions {
  /** Logins that would have to wait longer are not to be begun. */
  readonly longestWaitMs: number;
  /** Milliseconds, of any origin. */
  readonly now: () => number;
  /** How late this process gets to its events: a login waits for that before anybody sees it. */
  readonly loopDelayMs: () => number;
}

/**
 * How long a login that comes now would wait for the database: those that wait there, by the rate at which they get through
 * (Little's law). Logins that wait for anything else (a directory, a slow hash, a gateway) do not count: they keep nobody
 * from the database.
 *
 * A burst may wait up to the longest wait, and goes away. Where the wait stays, more come than get through: then it is kept short.
 *
 * The rate is what was measured while there was always somebody waiting; else it would be the rate at which logins come.
 */
export class LoginPressure {
  #waiting = 0;
  #perMs = ASSUMED_PER_MS;
  #loopDelayMs = 0;
  #windowFrom: number;
  #through = 0;
  /** The fewest that anybody who came in this window found waiting. */
  #fewest = 0;
  /** Since when everybody who came found more than a short wait; `null`: the last one did not. */
  #longSince: number | null = null;
  #refusedAt = -Infinity;

  constructor(private readonly options: LoginPressureOptions) {
    this.#windowFrom = options.now();
  }

  get waiting(): number {
    return this.#waiting;
  }

  get expectedWaitMs(): number {
    return this.#waiting / Math.max(this.#perMs, LEAST_PER_MS) + this.#loopDelayMs;
  }

  /** To be asked as a login comes. Never while only those wait whom the next statements take along. */
  isTooHigh(): boolean {
    const time = this.options.now();
    this.#look(time);
    this.#fewest = Math.min(this.#fewest, this.#waiting);
    const wait = this.#waiting < UNDER_WAY ? 0 : this.expectedWaitMs;
    if (wait <= Math.min(STANDING_WAIT_MS, this.options.longestWaitMs)) {
      this.#longSince = null;
      return false;
    }
    this.#longSince ??= time;
    const isStanding = time - this.#longSince >= STANDING_FOR_MS || time - this.#refusedAt < CALM_FOR_MS;
    if (!isStanding && wait <= this.options.longestWaitMs) return false;
    this.#refusedAt = time;
    return true;
  }

  /** @param isLast with this step a login is through, unless it fails: who gave up says nothing of how fast the database is */
  async during<T>(step: Promise<T>, isLast: boolean): Promise<T> {
    this.#waiting++;
    try {
      const result = await step;
      if (isLast) this.#through++;
      return result;
    } finally {
      this.#waiting--;
    }
  }

  #look(time: number): void {
    const elapsed = time - this.#windowFrom;
    if (elapsed < WINDOW_MS) return;
    const measured = this.#through / elapsed;
    if (this.#fewest >= UNDER_WAY) {
      this.#perMs += (measured - this.#perMs) * (1 - Math.exp(-elapsed / LEARNING_MS));
    } else {
      const forgotten = 1 - Math.exp(-elapsed / FORGETTING_MS);
      const relaxed = this.#perMs + Math.max(0, ASSUMED_PER_MS - this.#perMs) * forgotten;
      this.#perMs = Math.max(relaxed, measured);
    }
    this.#loopDelayMs = this.options.loopDelayMs();
    this.#windowFrom = time;
    this.#through = 0;
    this.#fewest = this.#waiting;
  }
}
