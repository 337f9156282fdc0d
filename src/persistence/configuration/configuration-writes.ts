import { Secret } from '@app/kernel';
import type { StoredPolicy } from '@app/policies';
import type {
  ConfigurationSnapshot,
  ConfigurationTransaction,
  ManagedUser,
  ManagedUserChange,
  OwnerMove,
  ProviderDefinition,
  ProviderType,
  RealmDefinition,
  ResolverDefinition,
  SettingEntry,
} from '@app/realms';

import type { Keyring } from '../../keyring/keyring.js';
import type { Queryable } from '../database.js';
import { changeManagedUsers } from '../managed/change-managed-users.js';
import { readManagedUsers } from '../managed/managed-user-row.js';
import { providerConfigPlace, resolverSecretPlace, settingPlace } from './read-configuration.js';

/** The writes of one change of configuration, on its transaction. */
export class ConfigurationWrites implements ConfigurationTransaction {
  areAny = false;

  constructor(
    private readonly database: Queryable,
    private readonly keyring: Keyring,
    readonly before: ConfigurationSnapshot,
  ) {}

  async saveResolver(resolver: Omit<ResolverDefinition, 'revision'>): Promise<void> {
    const { name, type, parameters, readonly, secrets } = resolver;
    await this.#write(
      `INSERT INTO resolver (name, type, parameters, readonly) VALUES ($1, $2, $3, $4)
       ON CONFLICT (name) DO UPDATE SET parameters = excluded.parameters, readonly = excluded.readonly`,
      [name, type, JSON.stringify(parameters), readonly],
    );
    await this.#write('DELETE FROM resolver_secret WHERE resolver = $1', [name]);
    for (const [secretName, secret] of Object.entries(secrets)) {
      const { rows } = await this.database.query<{ id: number }>(
        `SELECT nextval(pg_get_serial_sequence('resolver_secret', 'id')) AS id`,
      );
      const id = Number(rows[0]?.id);
      const sealed = secret.use((bytes) => this.keyring.seal(resolverSecretPlace(id), bytes));
      await this.#write('INSERT INTO resolver_secret (id, resolver, name, sealed) VALUES ($1, $2, $3, $4)', [
        id,
        name,
        secretName,
        sealed,
      ]);
    }
  }

  async renameResolver(from: string, to: string): Promise<void> {
    await this.#write('UPDATE resolver SET name = $2 WHERE name = $1', [from, to]);
    await this.#write(
      `UPDATE token SET owner_resolver = $2, revision = revision + 1
       WHERE id IN (SELECT id FROM token WHERE owner_resolver = $1 ORDER BY id FOR NO KEY UPDATE)`,
      [from, to],
    );
  }

  async removeResolver(name: string): Promise<void> {
    await this.#write('DELETE FROM resolver WHERE name = $1', [name]);
  }

  managedUsers(resolver: string): Promise<readonly ManagedUser[]> {
    return readManagedUsers(this.database, resolver);
  }

  async changeManagedUsers(resolver: string, change: ManagedUserChange): Promise<void> {
    this.areAny = true;
    await changeManagedUsers(this.database, resolver, change);
  }

  async countOwned(resolver: string): Promise<number> {
    const { rows } = await this.database.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM token WHERE owner_resolver = $1',
      [resolver],
    );
    return rows[0]?.count ?? 0;
  }

  async moveOwners({ from, to, userIds }: OwnerMove): Promise<readonly string[]> {
    this.areAny = true;
    const { rows } = await this.database.query<{ serial: string }>(
      `UPDATE token SET owner_resolver = $2, owner_resolver_type = $3, owner_user_id = moved.new_id,
         revision = revision + 1
       FROM (
         SELECT t.id, m.new_id FROM token t JOIN unnest($4::text[], $5::text[]) AS m(old_id, new_id) ON m.old_id = t.owner_user_id
         WHERE t.owner_resolver = $1 ORDER BY t.id FOR NO KEY UPDATE OF t
       ) AS moved
       WHERE token.id = moved.id RETURNING token.serial`,
      [from, to.name, to.type, [...userIds.keys()], [...userIds.values()]],
    );
    return rows.map(({ serial }) => serial);
  }

  async saveRealm({ name, resolvers }: RealmDefinition): Promise<void> {
    await this.#write('INSERT INTO realm (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
    await this.#write('DELETE FROM realm_resolver WHERE realm = $1', [name]);
    await this.#write(
      `INSERT INTO realm_resolver (realm, resolver, position)
       SELECT $1, r.resolver, r.place FROM unnest($2::text[]) WITH ORDINALITY AS r(resolver, place)`,
      [name, resolvers],
    );
  }

  async removeRealm(name: string): Promise<void> {
    await this.#write('DELETE FROM realm WHERE name = $1', [name]);
    await this.#write(
      `UPDATE token SET realms = array_remove(realms, $1), revision = revision + 1
       WHERE id IN (SELECT id FROM token WHERE realms @> ARRAY[$1] ORDER BY id FOR NO KEY UPDATE)`,
      [name],
    );
  }

  async saveSetting(key: string, entry: SettingEntry | null): Promise<void> {
    if (entry === null) return this.#write('DELETE FROM setting WHERE key = $1', [key]);
    const { value, type, description } = entry;
    const sealed =
      value instanceof Secret ? value.use((bytes) => this.keyring.seal(settingPlace(key), bytes)) : null;
    return this.#write(
      `INSERT INTO setting (key, value, type, description, sealed) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value, type = excluded.type, description = excluded.description,
         sealed = excluded.sealed`,
      [key, value instanceof Secret ? '' : value, type, description, sealed],
    );
  }

  async saveProvider({
    type,
    name,
    className,
    timeout,
    config,
    managedHash,
  }: ProviderDefinition): Promise<void> {
    const id = await this.#providerId(type, name);
    const sealed = config.use((bytes) => this.keyring.seal(providerConfigPlace(id), bytes));
    await this.#write(
      `INSERT INTO provider (id, type, name, class, timeout, config_sealed, managed_hash) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (type, name) DO UPDATE SET class = excluded.class, timeout = excluded.timeout,
         config_sealed = excluded.config_sealed, managed_hash = excluded.managed_hash`,
      [id, type, name, className, timeout, sealed, managedHash],
    );
  }

  async removeProvider(type: ProviderType, name: string): Promise<void> {
    await this.#write('DELETE FROM provider WHERE type = $1 AND name = $2', [type, name]);
  }

  async savePolicy({ name, scope, action, realm, user, client, time, active }: StoredPolicy): Promise<void> {
    await this.#write(
      `INSERT INTO policy (name, scope, action, realm, "user", client, time, active)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (name) DO UPDATE SET scope = excluded.scope, action = excluded.action, realm = excluded.realm,
         "user" = excluded."user", client = excluded.client, time = excluded.time, active = excluded.active`,
      [name, scope, action, realm, user, client, time, active],
    );
  }

  async removePolicy(name: string): Promise<void> {
    await this.#write('DELETE FROM policy WHERE name = $1', [name]);
  }

  /** Known before the row is written: what is sealed is bound to it. */
  async #providerId(type: ProviderType, name: string): Promise<number> {
    const { rows } = await this.database.query<{ id: number }>(
      `SELECT coalesce(
         (SELECT id FROM provider WHERE type = $1 AND name = $2),
         nextval(pg_get_serial_sequence('provider', 'id'))
       ) AS id`,
      [type, name],
    );
    return Number(rows[0]?.id);
  }

  async #write(statement: string, values: unknown[]): Promise<void> {
    this.areAny = true;
    await this.database.query(statement, values);
  }
}
