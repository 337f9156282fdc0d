import { createHash } from 'node:crypto';

import { Secret } from '@app/kernel';
import { type PolicySet, type StoredPolicy, compilePolicies } from '@app/policies';
import {
  type ConfigurationSnapshot,
  type ProviderDefinition,
  type RealmDefinition,
  type ResolverDefinition,
  type SettingEntry,
  settingsOf,
} from '@app/realms';

import type { Keyring, SealedPlace } from '../../keyring/keyring.js';
import type { Queryable } from '../database.js';
import { followSealingKey } from '../installation-keys.js';

/** Names that the installation's settings give to the built-in realm and resolver of administrators. */
export interface AdministratorNames {
  readonly realm: string;
  readonly resolver: string;
}

/** What is needed to read the configuration beside a connection. */
export interface ConfigurationContext {
  readonly names: AdministratorNames;
  readonly keyring: Keyring;
}

/**
 * The configuration as the transaction of `database` sees it. Secrets open at their first use. What is sealed from now on is sealed
 * with the key that the database names there.
 *
 * @param known policies of the same version are taken from it: they were compiled once
 */
export async function readConfiguration(
  database: Queryable,
  { names, keyring }: ConfigurationContext,
  known: ConfigurationSnapshot | null = null,
): Promise<ConfigurationSnapshot> {
  const { rows } = await database.query<{ version: number; changed_at: Date }>(
    'SELECT version, changed_at FROM configuration_version',
  );
  const [row] = rows;
  if (!row) throw new Error('the configuration has no version');
  await followSealingKey(database, keyring);
  const entries = await readEntries(database, keyring);
  return Object.freeze({
    version: row.version,
    changedAt: row.changed_at,
    settings: settingsOf(entries),
    entries,
    realms: await readRealms(database),
    resolvers: await readResolvers(database, keyring),
    providers: await readProviders(database, keyring),
    policies: known?.version === row.version ? known.policies : await readPolicies(database),
    adminRealm: names.realm,
  });
}

export function settingPlace(key: string): SealedPlace {
  return { table: 'setting', row: key, column: 'sealed' };
}

export function resolverSecretPlace(id: number): SealedPlace {
  return { table: 'resolver_secret', row: String(id), column: 'sealed' };
}

export function providerConfigPlace(id: number): SealedPlace {
  return { table: 'provider', row: String(id), column: 'config_sealed' };
}

async function readEntries(
  database: Queryable,
  keyring: Keyring,
): Promise<ReadonlyMap<string, SettingEntry>> {
  const { rows } = await database.query<{
    key: string;
    value: string;
    type: string;
    description: string;
    sealed: Buffer | null;
  }>('SELECT key, value, type, description, sealed FROM setting');
  return new Map(
    rows.map(({ key, value, type, description, sealed }): [string, SettingEntry] => [
      key,
      {
        value: sealed ? Secret.sealed(() => keyring.open(settingPlace(key), sealed)) : value,
        type,
        description,
      },
    ]),
  );
}

async function readRealms(database: Queryable): Promise<ReadonlyMap<string, RealmDefinition>> {
  const { rows } = await database.query<RealmDefinition>(
    `SELECT r.name, array_remove(array_agg(rr.resolver ORDER BY rr.position), NULL) AS resolvers
     FROM realm r LEFT JOIN realm_resolver rr ON rr.realm = r.name GROUP BY r.name, r.created ORDER BY r.created`,
  );
  return new Map(rows.map((realm) => [realm.name, realm]));
}

interface SecretRow {
  readonly id: number;
  readonly resolver: string;
  readonly name: string;
  readonly sealed: Buffer;
}

async function readResolvers(
  database: Queryable,
  keyring: Keyring,
): Promise<ReadonlyMap<string, ResolverDefinition>> {
  const secrets = await database.query<SecretRow>(
    'SELECT id, resolver, name, sealed FROM resolver_secret ORDER BY id',
  );
  const { rows } = await database.query<Omit<ResolverDefinition, 'secrets' | 'revision'>>(
    'SELECT name, type, parameters, readonly FROM resolver ORDER BY name',
  );
  return new Map(
    rows.map((row): [string, ResolverDefinition] => {
      const own = secrets.rows.filter(({ resolver }) => resolver === row.name);
      return [
        row.name,
        {
          ...row,
          secrets: Object.fromEntries(
            own.map(({ id, name, sealed }) => [
              name,
              Secret.sealed(() => keyring.open(resolverSecretPlace(id), sealed)),
            ]),
          ),
          revision: revisionOf(row, own),
        },
      ];
    }),
  );
}

async function readProviders(database: Queryable, keyring: Keyring): Promise<readonly ProviderDefinition[]> {
  const { rows } = await database.query<
    Pick<ProviderDefinition, 'type' | 'name' | 'timeout'> & {
      id: number;
      class: string;
      config_sealed: Buffer;
      managed_hash: string | null;
    }
  >('SELECT id, type, name, class, timeout, config_sealed, managed_hash FROM provider ORDER BY id');
  return rows.map(({ id, type, name, timeout, class: className, config_sealed, managed_hash }) => ({
    type,
    name,
    className,
    timeout,
    config: Secret.sealed(() => keyring.open(providerConfigPlace(id), config_sealed)),
    managedHash: managed_hash,
  }));
}

async function readPolicies(database: Queryable): Promise<PolicySet> {
  const { rows } = await database.query<StoredPolicy>(
    'SELECT name, scope, action, realm, "user", client, time, active FROM policy ORDER BY name',
  );
  return compilePolicies(rows);
}

function revisionOf(row: object, secrets: readonly SecretRow[]): string {
  const hash = createHash('sha256').update(JSON.stringify(row));
  for (const { name, sealed } of secrets) hash.update(`\0${name}\0`).update(sealed);
  return hash.digest('base64url');
}
