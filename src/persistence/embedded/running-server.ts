import { setTimeout as delay } from 'node:timers/promises';

import type { Postmaster } from './postmaster.js';

const LONGEST_WAIT_MS = 5_000;

export interface Runs {
  start(): Promise<Postmaster>;
  /** Called once, after the last run has ended. */
  close(): Promise<void>;
  warn(message: string): void;
}

/** Keeps a postmaster running: one that ends by itself (killed for want of memory, say) is started again. */
export class RunningServer {
  #postmaster: Postmaster;
  #revival: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;
  readonly #interrupt = (): void => this.#postmaster.interrupt();

  constructor(
    postmaster: Postmaster,
    private readonly runs: Runs,
  ) {
    this.#postmaster = this.#watched(postmaster);
    // For ends without stop(), such as an uncaught error: then at least the database ends, too.
    process.once('exit', this.#interrupt);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown();
    return this.#stopped;
  }

  async #shutDown(): Promise<void> {
    await this.#revival;
    await this.#postmaster.stop();
    process.off('exit', this.#interrupt);
    await this.runs.close();
  }

  #watched(postmaster: Postmaster): Postmaster {
    void postmaster.ended.then(() => {
      if (!this.#stopped) this.#revival = this.#revive();
    });
    return postmaster;
  }

  async #revive(): Promise<void> {
    this.runs.warn('the embedded database ended unexpectedly and is started again');
    for (let waitMs = 100; !this.#stopped; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      await delay(waitMs);
      try {
        this.#postmaster = this.#watched(await this.runs.start());
        return;
      } catch (error) {
        this.runs.warn(String(error));
      }
    }
  }
}
