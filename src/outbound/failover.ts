const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 15 * 60_000;

/** What is told of servers that stop answering, and answer again. */
export interface FailoverHearing<S> {
  nameOf(server: S): string;
  messageOf(error: unknown): string;
  /** Whether the server itself is in trouble, and not only what it was asked. */
  isTrouble(error: unknown): boolean;
  away(server: S, error: unknown): void;
  back(server: S): void;
}

/** Which of several equal servers is asked, and which not for a while (spec/system-api §4.3). */
export class Failover<S> {
  readonly #candidates: readonly Candidate<S>[];

  constructor(
    servers: readonly S[],
    private readonly hearing: FailoverHearing<S>,
    private readonly now: () => number = () => performance.now(),
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
    const said: string[] = [];
    for (const candidate of this.#inOrder()) {
      const startedAt = this.now();
      try {
        const answer = await question(candidate.server);
        if (candidate.failures > 0) this.hearing.back(candidate.server);
        candidate.failures = 0;
        candidate.pausedUntil = 0;
        return answer;
      } catch (error) {
        errors.push(error);
        said.push(`${this.hearing.nameOf(candidate.server)}: ${this.hearing.messageOf(error)}`);
        if (this.hearing.isTrouble(error)) this.#pause(candidate, startedAt, error);
      }
    }
    throw new AggregateError(errors, said.join('; '));
  }

  #inOrder(): Candidate<S>[] {
    const now = this.now();
    const isPaused = ({ pausedUntil }: Candidate<S>) => pausedUntil > now;
    return [
      ...this.#candidates.filter((candidate) => !isPaused(candidate)),
      ...this.#candidates.filter(isPaused),
    ];
  }

  #pause(candidate: Candidate<S>, startedAt: number, error: unknown): void {
    // What was asked before the pause began fails for the same reason, once.
    if (startedAt < candidate.pausedUntil && candidate.failures > 0) return;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** candidate.failures, LONGEST_PAUSE_MS);
    if (candidate.failures === 0) this.hearing.away(candidate.server, error);
    candidate.failures++;
    candidate.pausedUntil = this.now() + pause;
  }
}

interface Candidate<S> {
  readonly server: S;
  failures: number;
  /** By the clock given. */
  pausedUntil: number;
}
