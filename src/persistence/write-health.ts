const REMEMBERED_MS = 5_000;

/**
 * Whether the database let this process commit lately: it may answer reads, and refuse every write because its disk is full,
 * or keep all commits waiting for a standby that is away.
 */
export class WriteHealth {
  #failedAt: number | null = null;

  /** @param now in milliseconds, of a clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  succeeded(): void {
    this.#failedAt = null;
  }

  failed(): void {
    this.#failedAt = this.now();
  }

  /** The last commit failed, a short while ago: then somebody has to try again before it is known. */
  get isFailing(): boolean {
    return this.#failedAt !== null && this.now() - this.#failedAt < REMEMBERED_MS;
  }
}
