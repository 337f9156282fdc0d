import type { ProviderDefinition } from './provider.js';

/** Whether the other side of a provider is there. */
export abstract class ProviderConnections {
  /**
   * Asks the provider's server without sending anybody anything; `false` too where the class has no such test, or the
   * server does not answer in time.
   * @throws Invalid when its configuration cannot be used
   */
  abstract test(provider: ProviderDefinition): Promise<boolean>;
}
