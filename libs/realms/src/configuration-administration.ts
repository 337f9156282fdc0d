import type { AuditContext, Audited } from '@app/audit';
import type { StoredPolicy } from '@app/policies';

import type { ConfigurationSnapshot, RealmDefinition, SettingEntry } from './configuration.js';
import type { ManagedUser, ManagedUserChange } from './managed/managed-user.js';
import type { ProviderDefinition, ProviderType } from './providers/provider.js';
import type { ResolverDefinition } from './resolver.js';

/** Tokens whose owners get other user ids, perhaps in another resolver. */
export interface OwnerMove {
  readonly from: string;
  readonly to: Pick<ResolverDefinition, 'name' | 'type'>;
  /** New user ids by the old ones; owners that are not among them stay. */
  readonly userIds: ReadonlyMap<string, string>;
}

/** What a change of configuration may do; it commits whole, with a new version and its record. */
export interface ConfigurationTransaction {
  /** As it is inside the transaction: nobody else changes it until the end. */
  readonly before: ConfigurationSnapshot;
  /** Creates it, or replaces its parameters and secrets. */
  saveResolver(resolver: Omit<ResolverDefinition, 'revision'>): Promise<void>;
  /** Tokens and realms follow. */
  renameResolver(from: string, to: string): Promise<void>;
  /** It must not be in use by a realm. Its managed users go with it; tokens keep their owners, who are orphaned. */
  removeResolver(name: string): Promise<void>;
  /** The users of a managed resolver, in order of user id; none of one that does not exist. */
  managedUsers(resolver: string): Promise<readonly ManagedUser[]>;
  changeManagedUsers(resolver: string, change: ManagedUserChange): Promise<void>;
  /** How many tokens the resolver's users own. */
  countOwned(resolver: string): Promise<number>;
  /** @returns the serials of the tokens that were moved */
  moveOwners(move: OwnerMove): Promise<readonly string[]>;
  /** Creates it, or replaces its list of resolvers. */
  saveRealm(realm: RealmDefinition): Promise<void>;
  /** Tokens leave it. */
  removeRealm(name: string): Promise<void>;
  /** `null` removes it. */
  saveSetting(key: string, entry: SettingEntry | null): Promise<void>;
  /** Creates it, or replaces everything about it. */
  saveProvider(provider: ProviderDefinition): Promise<void>;
  removeProvider(type: ProviderType, name: string): Promise<void>;
  /** Creates it, or replaces everything about it. */
  savePolicy(policy: StoredPolicy): Promise<void>;
  removePolicy(name: string): Promise<void>;
}

export abstract class ConfigurationAdministration {
  /**
   * Runs `work` and commits it as the next version; this node acts on it before the promise resolves. `work` asks nothing
   * but the transaction: locks are held meanwhile.
   * @throws Unavailable
   */
  abstract change<T>(
    context: AuditContext,
    work: (configuration: ConfigurationTransaction) => Promise<Audited<T>>,
  ): Promise<T>;
  /** The user ids of a resolver that own tokens. @throws Unavailable */
  abstract owners(resolver: string): Promise<readonly string[]>;
}
