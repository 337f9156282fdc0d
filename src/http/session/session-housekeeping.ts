import type { AdminSessions, LegacySessions, LoginThrottle } from '@app/realms';
import type { UserSessions } from '@app/self-service';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

const EVERY_MILLISECONDS = 10 * 60 * 1000;

/** Deletes what has expired, every ten minutes: nothing depends on it but the size of tables. */
export class SessionHousekeeping implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger('Session');
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly stores: readonly Pick<
      AdminSessions | LegacySessions | LoginThrottle | UserSessions,
      'purgeExpired'
    >[],
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.run(), EVERY_MILLISECONDS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  async run(): Promise<void> {
    for (const store of this.stores) {
      try {
        await store.purgeExpired();
      } catch (error) {
        this.#logger.debug(`expired rows stay for now: ${error instanceof Error ? error.message : 'error'}`);
      }
    }
  }
}
