import type { AuditContext, Audited } from '@app/audit';
import {
  type Configuration,
  ConfigurationAdministration,
  type ConfigurationSnapshot,
  type ConfigurationTransaction,
  type RealmDefinition,
  type ResolverDefinition,
} from '@app/realms';
import type { EntityManager } from 'typeorm';

import type { Queryable } from '../database.js';
import { RealmResolverEntity, ResolverEntity, SettingEntity } from '../entities/configuration.entities.js';
import type { AdministrationLane } from '../lanes/administration-lane.js';
import { type AdministratorNames, readConfiguration } from './read-configuration.js';

export class SqlConfigurationAdministration extends ConfigurationAdministration {
  constructor(
    private readonly lane: AdministrationLane,
    private readonly configuration: Configuration,
    private readonly names: AdministratorNames,
  ) {
    super();
  }

  async change<T>(
    context: AuditContext,
    work: (configuration: ConfigurationTransaction) => Promise<Audited<T>>,
  ): Promise<T> {
    const { result, version } = await this.lane.run(context, async ({ manager, database }) => {
      // First of all locks: whoever else changes configuration waits here.
      await database.query('SELECT 1 FROM configuration_version WHERE id = 1 FOR NO KEY UPDATE');
      const before = await readConfiguration(manager, this.names);
      const writes = new ConfigurationWrites(manager, database, before);
      const audited = await work(writes);
      // A refusal changes nothing, and costs no node a reload.
      const raisedTo = writes.areAny ? await raiseVersion(database) : before.version;
      return { result: { result: audited.result, version: raisedTo }, facts: audited.facts };
    });
    // The change is committed: a reload that fails now is made at the next request, which sees the new version.
    await this.configuration.atLeast(version).catch(() => undefined);
    return result;
  }
}

async function raiseVersion(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ version: number }>(
    'UPDATE configuration_version SET version = version + 1 WHERE id = 1 RETURNING version',
  );
  const [row] = rows;
  if (!row) throw new Error('the configuration has no version');
  return row.version;
}

class ConfigurationWrites implements ConfigurationTransaction {
  areAny = false;

  constructor(
    private readonly manager: EntityManager,
    private readonly database: Queryable,
    readonly before: ConfigurationSnapshot,
  ) {}

  async saveResolver(resolver: ResolverDefinition): Promise<void> {
    this.areAny = true;
    await this.manager.save(ResolverEntity, { ...resolver, parameters: { ...resolver.parameters } });
  }

  async renameResolver(from: string, to: string): Promise<void> {
    this.areAny = true;
    await this.database.query('UPDATE resolver SET name = $2 WHERE name = $1', [from, to]);
    await this.database.query(
      `UPDATE token SET owner_resolver = $2, revision = revision + 1
       WHERE id IN (SELECT id FROM token WHERE owner_resolver = $1 ORDER BY id FOR NO KEY UPDATE)`,
      [from, to],
    );
  }

  async saveRealm(realm: RealmDefinition): Promise<void> {
    this.areAny = true;
    await this.database.query('INSERT INTO realm (name) VALUES ($1) ON CONFLICT DO NOTHING', [realm.name]);
    await this.manager.delete(RealmResolverEntity, { realm: realm.name });
    await this.manager.insert(
      RealmResolverEntity,
      realm.resolvers.map((resolver, position) => ({ realm: realm.name, resolver, position })),
    );
  }

  async saveSetting(key: string, value: string | null): Promise<void> {
    this.areAny = true;
    if (value === null) await this.manager.delete(SettingEntity, { key });
    else await this.manager.save(SettingEntity, { key, value });
  }
}
