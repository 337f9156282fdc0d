import type { MissBudget } from '@app/authentication';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';

const EVERY_MILLISECONDS = 1000;

/** Records once a second how many requests met no token beyond the budgets of their clients. */
export class MissHousekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly misses: Pick<MissBudget, 'flush'>) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.misses.flush(), EVERY_MILLISECONDS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.misses.flush();
  }
}
