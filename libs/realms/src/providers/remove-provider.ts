import type { AuditContext } from '@app/audit';

import { Outdated, startingOver } from '../administer/starting-over.js';
import type { PasswordHashes } from '../administrators/password-hashes.js';
import type {
  ConfigurationAdministration,
  ConfigurationTransaction,
} from '../configuration-administration.js';
import type { Configuration } from '../configuration.js';
import { chooseDefault, legacySettings } from './define-provider.js';
import {
  type ProviderDefinition,
  type ProviderType,
  defaultProvider,
  findProvider,
  legacyKeys,
  providersOf,
} from './provider.js';
import { ProviderManaged } from './providers.errors.js';

export type ProviderRemoval = 'removed' | 'unknown' | 'default-stays';

/** Removes a provider; the default of its type only as the last one (spec/system-api §6.1). */
export class RemoveProvider {
  constructor(
    private readonly configuration: Configuration,
    private readonly administration: ConfigurationAdministration,
    private readonly passwords: PasswordHashes,
  ) {}

  /** @param managed the password of a managed provider @throws ProviderManaged, Unavailable */
  async execute(
    type: ProviderType,
    name: string,
    managed: string | null,
    context: AuditContext,
  ): Promise<ProviderRemoval> {
    return startingOver(this.configuration, async () => {
      const hash = findProvider(this.configuration.current(), type, name)?.managedHash ?? null;
      if (hash !== null && (managed === null || !(await this.passwords.verify(hash, managed)))) {
        throw new ProviderManaged('removal');
      }
      return this.#commit(type, name, hash, context);
    });
  }

  #commit(
    type: ProviderType,
    name: string,
    expectedHash: string | null,
    context: AuditContext,
  ): Promise<ProviderRemoval> {
    return this.administration.change(context, async (configuration) => {
      const { before } = configuration;
      const provider = findProvider(before, type, name);
      const failed = { succeeded: false, info: name };
      if (!provider) return { result: 'unknown' as const, facts: failed };
      if (provider.managedHash !== expectedHash) throw new Outdated(configuration);
      const isLast = providersOf(before, type).length === 1;
      if (!isLast && defaultProvider(before, type)?.name === name) {
        return { result: 'default-stays' as const, facts: failed };
      }
      await remove(configuration, provider);
      if (isLast) await chooseDefault(configuration, type, null);
      return { result: 'removed' as const, facts: { succeeded: true, info: name } };
    });
  }
}

async function remove(
  configuration: ConfigurationTransaction,
  { type, name }: ProviderDefinition,
): Promise<void> {
  const keys = legacyKeys(type, name);
  if (!keys) return configuration.removeProvider(type, name);
  for (const key of legacySettings(configuration.before, keys)) await configuration.saveSetting(key, null);
}
