import type { AuditContext, Audited } from '@app/audit';
import {
  type Configuration,
  ConfigurationAdministration,
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
      const raised = await database.query<{ version: number }>(
        'UPDATE configuration_version SET version = version + 1 WHERE id = 1 RETURNING version',
      );
      const before = await readConfiguration(manager, this.names);
      const audited = await work({ before, ...writesOn(manager, database) });
      const raisedTo = raised.rows[0]?.version ?? before.version;
      return { result: { result: audited.result, version: raisedTo }, facts: audited.facts };
    });
    await this.configuration.atLeast(version);
    return result;
  }
}

function writesOn(manager: EntityManager, database: Queryable): Omit<ConfigurationTransaction, 'before'> {
  return {
    async saveResolver(resolver: ResolverDefinition) {
      await manager.save(ResolverEntity, { ...resolver, parameters: { ...resolver.parameters } });
    },

    async renameResolver(from, to) {
      await database.query('UPDATE resolver SET name = $2 WHERE name = $1', [from, to]);
      await database.query(
        `UPDATE token SET owner_resolver = $2, revision = revision + 1
         WHERE id IN (SELECT id FROM token WHERE owner_resolver = $1 ORDER BY id FOR NO KEY UPDATE)`,
        [from, to],
      );
    },

    async saveRealm(realm: RealmDefinition) {
      await database.query('INSERT INTO realm (name) VALUES ($1) ON CONFLICT DO NOTHING', [realm.name]);
      await manager.delete(RealmResolverEntity, { realm: realm.name });
      await manager.insert(
        RealmResolverEntity,
        realm.resolvers.map((resolver, position) => ({ realm: realm.name, resolver, position })),
      );
    },

    async saveSetting(key, value) {
      if (value === null) await manager.delete(SettingEntity, { key });
      else await manager.save(SettingEntity, { key, value });
    },
  };
}
