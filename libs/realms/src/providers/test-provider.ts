import type { Configuration } from '../configuration.js';
import type { ProviderConnections } from './provider-connections.js';
import { type ProviderType, findProvider } from './provider.js';
import { UnknownProvider } from './providers.errors.js';

/** Asks whether a provider's server is there (spec/system-api §6.1). */
export class TestProvider {
  constructor(
    private readonly configuration: Configuration,
    private readonly connections: ProviderConnections,
  ) {}

  /** @returns what `ProviderConnections.test` says @throws UnknownProvider, Invalid */
  async execute(type: ProviderType, name: string): Promise<boolean> {
    const provider = findProvider(this.configuration.current(), type, name);
    if (!provider) throw new UnknownProvider(name);
    return this.connections.test(provider);
  }
}
