import type { ProviderDefinition } from './provider.js';

/** Passwords of managed providers: slow hashes, computed off the event loop. */
export abstract class ProviderPasswords {
  /** @throws Unavailable when too many wait already */
  abstract hash(password: string): Promise<string>;
  /** @throws Unavailable when too many wait already */
  abstract verify(hash: string, password: string): Promise<boolean>;
}

/** Whether the other side of a provider is there. */
export abstract class ProviderConnections {
  /**
   * Asks the provider's server without sending anybody anything; `false` too where the class has no such test, or the
   * server does not answer in time.
   * @throws Invalid when its configuration cannot be used
   */
  abstract test(provider: ProviderDefinition): Promise<boolean>;
}
