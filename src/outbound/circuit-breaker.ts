const FAILURES_TO_OPEN = 3;
/** A failure after that is worth three: nobody else should wait like that to see it again. */
const LONG_WAIT_MS = 1_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Stops asking somebody who does not answer: after three failures in a row, or one that kept its caller waiting, it is open
 * for a second, then lets one call through; each further failure doubles the pause up to half a minute, a success closes it.
 */
export class CircuitBreaker {
  #failures = 0;
  #openUntil = 0;
  #pause = FIRST_PAUSE_MS;
  #isProbing = false;

  /** @param now milliseconds of a clock that never goes back */
  constructor(private readonly now: () => number) {}

  /** Whether a call may be made now. Who gets `true` reports how it went, with one of the other methods. */
  admits(): boolean {
    if (this.#failures < FAILURES_TO_OPEN) return true;
    if (this.#isProbing || this.now() < this.#openUntil) return false;
    this.#isProbing = true;
    return true;
  }

  /** @returns whether it was open until now */
  succeeded(): boolean {
    const wasOpen = this.#failures >= FAILURES_TO_OPEN;
    this.#failures = 0;
    this.#pause = FIRST_PAUSE_MS;
    this.#isProbing = false;
    return wasOpen;
  }

  /** The call was not made after all: it says nothing. */
  abandoned(): void {
    this.#isProbing = false;
  }

  /** @param afterMs how long the call took @returns whether it was closed until now, and is open */
  failed(afterMs: number): boolean {
    const wasOpen = this.#failures >= FAILURES_TO_OPEN;
    this.#failures += afterMs >= LONG_WAIT_MS ? FAILURES_TO_OPEN : 1;
    if (this.#failures < FAILURES_TO_OPEN) return false;
    // What was under way when it opened says nothing new.
    if (wasOpen && !this.#isProbing) return false;
    this.#openUntil = this.now() + this.#pause;
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    this.#isProbing = false;
    return !wasOpen;
  }
}
