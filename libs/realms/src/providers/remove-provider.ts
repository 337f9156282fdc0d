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
import { policiesUsing } from './provider-use.js';
import { ProviderManaged } from './providers.errors.js';

export type ProviderRemoval =
  | { readonly kind: 'removed' | 'unknown' | 'default-stays' }
  | { readonly kind: 'in-use'; readonly policies: readonly string[] };

/** Removes a provider that no policy names; the default of its type only as the last one (spec/system-api §6.1). */
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
      const stays = (result: ProviderRemoval) => ({ result, facts: { succeeded: false, info: name } });
      if (!provider) return stays({ kind: 'unknown' });
      if (provider.managedHash !== expectedHash) throw new Outdated(configuration);
      const isLast = providersOf(before, type).length === 1;
      if (!isLast && defaultProvider(before, type)?.name === name) return stays({ kind: 'default-stays' });
      const policies = policiesUsing(before.policies, type, name);
      if (policies.length > 0) return stays({ kind: 'in-use', policies });
      await remove(configuration, provider);
      if (isLast) await chooseDefault(configuration, type, null);
      return { result: { kind: 'removed' }, facts: { succeeded: true, info: name } };
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
