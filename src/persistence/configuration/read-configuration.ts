import type { ConfigurationSnapshot, RealmDefinition, ResolverDefinition, Settings } from '@app/realms';
import type { EntityManager } from 'typeorm';

import {
  ConfigurationVersionEntity,
  ResolverEntity,
  SettingEntity,
} from '../entities/configuration.entities.js';

/** Names that the installation's settings give to the built-in realm and resolver of administrators. */
export interface AdministratorNames {
  readonly realm: string;
  readonly resolver: string;
}

/** The configuration as the manager's transaction sees it. */
export async function readConfiguration(
  manager: EntityManager,
  names: AdministratorNames,
): Promise<ConfigurationSnapshot> {
  const { version } = await manager.findOneByOrFail(ConfigurationVersionEntity, { id: 1 });
  const settings = await manager.find(SettingEntity);
  const resolvers = await manager.find(ResolverEntity, { order: { name: 'ASC' } });
  const realms = await manager.query<{ name: string; resolvers: string[] }[]>(
    `SELECT r.name, array_remove(array_agg(rr.resolver ORDER BY rr.position), NULL) AS resolvers
     FROM realm r LEFT JOIN realm_resolver rr ON rr.realm = r.name GROUP BY r.name, r.created ORDER BY r.created`,
  );
  return Object.freeze({
    version,
    settings: toSettings(new Map(settings.map(({ key, value }) => [key, value]))),
    realms: new Map(realms.map((realm): [string, RealmDefinition] => [realm.name, realm])),
    resolvers: new Map(
      resolvers.map((row): [string, ResolverDefinition] => [
        row.name,
        {
          name: row.name,
          // Written by ourselves only.
          type: row.type as ResolverDefinition['type'],
          parameters: row.parameters,
          readonly: row.readonly,
        },
      ]),
    ),
    adminRealm: names.realm,
  });
}

/** Defaults of spec/system-api §2.5; what does not parse counts as not set. */
function toSettings(stored: ReadonlyMap<string, string>): Settings {
  const flag = (key: string, byDefault: boolean) => {
    const value = stored.get(key)?.toLowerCase();
    return value === undefined ? byDefault : value === 'true';
  };
  const count = (key: string, byDefault: number) => {
    const value = Number(stored.get(key));
    return Number.isSafeInteger(value) && value > 0 ? value : byDefault;
  };
  const errors = stored.get('errors') ?? '';
  return {
    defaultRealm: stored.get('DefaultRealm') ?? null,
    splitAtSign: flag('splitAtSign', true),
    prependPin: flag('PrependPin', true),
    defaultOtpLength: count('DefaultOtpLen', 6),
    defaultMaxFailures: count('DefaultMaxFailCount', 10),
    defaultLookAhead: count('DefaultCountWindow', 10),
    defaultSyncWindow: count('DefaultSyncWindow', 1000),
    totpStepSeconds: count('totp.timeStep', 30),
    totpWindowSeconds: count('totp.timeWindow', 300),
    totpShiftSeconds: Number(stored.get('totp.timeShift')) || 0,
    pageSize: count('pagesize', 50),
    httpErrorIds: errors === '' ? null : errors.split(',').map((item) => item.trim()),
  };
}
