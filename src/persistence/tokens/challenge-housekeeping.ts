import type { ChallengeList } from '@app/authentication';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

const EVERY_MILLISECONDS = 60 * 1000;

/** Deletes expired challenges every minute, on whatever node: nothing depends on it but the size of the table. */
export class ChallengeHousekeeping implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger('Challenges');
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly challenges: Pick<ChallengeList, 'purgeExpired'>) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.run(), EVERY_MILLISECONDS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  async run(): Promise<void> {
    try {
      await this.challenges.purgeExpired();
    } catch (error) {
      this.#logger.debug(`expired ones stay for now: ${error instanceof Error ? error.message : 'error'}`);
    }
  }
}
