import { isServerTrouble } from './server-failure.js';

const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 15 * 60_000;

/** Which of several equal servers is asked, and which not for a while (spec/system-api §4.3). */
export class Failover<S> {
  readonly #candidates: readonly Candidate<S>[];

  constructor(
    servers: readonly S[],
    private readonly now: () => number = Date.now,
  ) {
    this.#candidates = servers.map((server) => ({ server, failures: 0, pausedUntil: 0 }));
  }

  /**
   * Asks one server after the other until one answers: in a first round those that work as far as is known, in a second
   * one those that were passed over. A server that fails is passed over for 30 seconds, then for twice as long each time.
   *
   * @throws AggregateError when none answers
   */
  async ask<T>(question: (server: S) => Promise<T>): Promise<T> {
    const errors: unknown[] = [];
    for (const candidate of this.#inOrder()) {
      const startedAt = this.now();
      try {
        const answer = await question(candidate.server);
        candidate.failures = 0;
        candidate.pausedUntil = 0;
        return answer;
      } catch (error) {
        errors.push(error);
        if (isServerTrouble(error)) this.#pause(candidate, startedAt);
      }
    }
    throw new AggregateError(errors, 'no server answers');
  }

  #inOrder(): Candidate<S>[] {
    const now = this.now();
    const isPaused = ({ pausedUntil }: Candidate<S>) => pausedUntil > now;
    return [
      ...this.#candidates.filter((candidate) => !isPaused(candidate)),
      ...this.#candidates.filter(isPaused),
    ];
  }

  #pause(candidate: Candidate<S>, startedAt: number): void {
    // What was asked before the pause began fails for the same reason, once.
    if (startedAt < candidate.pausedUntil && candidate.failures > 0) return;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** candidate.failures, LONGEST_PAUSE_MS);
    candidate.failures++;
    candidate.pausedUntil = this.now() + pause;
  }
}

interface Candidate<S> {
  readonly server: S;
  failures: number;
  /** In milliseconds since 1970. */
  pausedUntil: number;
}
