import type { Configuration, ConfigurationSnapshot } from '@app/realms';

import type { UserSessions } from './session/user-sessions.js';

/** The configuration as it is now, on whatever node it was changed: nothing else of a first request tells that it was. */
export class NewestConfiguration {
  constructor(
    private readonly sessions: Pick<UserSessions, 'configurationVersion'>,
    private readonly configuration: Configuration,
  ) {}

  /** @throws Unavailable */
  async execute(): Promise<ConfigurationSnapshot> {
    return this.configuration.atLeast(await this.sessions.configurationVersion());
  }
}
