import type { AuditContext, Audited } from '@app/audit';

import type { ConfigurationSnapshot, RealmDefinition, ResolverDefinition } from './configuration.js';

/** Keys of settings that a use case may set; values as text, the form in which administrators give them. */
export type SettingKey = 'DefaultRealm';

/** What a change of configuration may do; it commits whole, with a new version and its record. */
export interface ConfigurationTransaction {
  /** As it is inside the transaction: nobody else changes it until the end. */
  readonly before: ConfigurationSnapshot;
  /** Creates it, or replaces its parameters. */
  saveResolver(resolver: ResolverDefinition): Promise<void>;
  renameResolver(from: string, to: string): Promise<void>;
  /** Creates it, or replaces its list of resolvers. */
  saveRealm(realm: RealmDefinition): Promise<void>;
  /** `null` removes it. */
  saveSetting(key: SettingKey, value: string | null): Promise<void>;
}

export abstract class ConfigurationAdministration {
  /**
   * Runs `work` and commits it as the next version; this node acts on it before the promise resolves.
   * @throws Unavailable
   */
  abstract change<T>(
    context: AuditContext,
    work: (configuration: ConfigurationTransaction) => Promise<Audited<T>>,
  ): Promise<T>;
}
