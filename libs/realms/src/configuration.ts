import type { Secret } from '@app/kernel';

import type { ResolverDefinition } from './resolver.js';

export interface RealmDefinition {
  /** Lower case. */
  readonly name: string;
  /** Names of resolvers, in search order. */
  readonly resolvers: readonly string[];
}

/** What administrators set at run time and this release acts on, with the defaults of spec/system-api §2.5. */
export interface Settings {
  readonly defaultRealm: string | null;
  readonly splitAtSign: boolean;
  readonly prependPin: boolean;
  readonly defaultOtpLength: number;
  readonly defaultMaxFailures: number;
  readonly defaultLookAhead: number;
  readonly defaultSyncWindow: number;
  readonly totpStepSeconds: number;
  readonly totpWindowSeconds: number;
  readonly totpShiftSeconds: number;
  readonly pageSize: number;
  /** Error ids that `httperror` applies to; `null`: all. */
  readonly httpErrorIds: readonly string[] | null;
}

/** One setting as it is stored: anything that an administrator has set, known here or not. */
export interface SettingEntry {
  /** As given; a `Secret` is sealed, and never read back. */
  readonly value: string | Secret;
  /** Free text that clients keep beside it; `''` mostly. */
  readonly type: string;
  readonly description: string;
}

/** The configuration as it was at one version: immutable, replaced as a whole. */
export interface ConfigurationSnapshot {
  readonly version: number;
  readonly settings: Settings;
  /** All settings as they are stored, by their keys. */
  readonly entries: ReadonlyMap<string, SettingEntry>;
  readonly realms: ReadonlyMap<string, RealmDefinition>;
  readonly resolvers: ReadonlyMap<string, ResolverDefinition>;
  readonly adminRealm: string;
}

/** The node's view of the configuration, kept in memory. */
export abstract class Configuration {
  abstract current(): ConfigurationSnapshot;
  /**
   * A snapshot of at least `version`, read anew if the one in memory is older.
   * @throws Unavailable
   */
  abstract atLeast(version: number): Promise<ConfigurationSnapshot>;
}

/** The resolvers of a realm in search order; none for an unknown realm. */
export function resolversOfRealm(
  snapshot: ConfigurationSnapshot,
  realm: string,
): readonly ResolverDefinition[] {
  const names = snapshot.realms.get(realm.toLowerCase())?.resolvers ?? [];
  return names.flatMap((name) => snapshot.resolvers.get(name) ?? []);
}
