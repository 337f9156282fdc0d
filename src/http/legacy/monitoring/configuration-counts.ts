import type { ConfigurationSnapshot, UserDirectory } from '@app/realms';

import { localTime } from '../tokens/local-time.js';
import { resolverTypeName } from '../users/resolver-names.js';
import { listedConfiguration } from '../system/listed-configuration.js';

/** Entries of `getConfig` that belong to something which is counted as a whole. */
const PARTS = /^(ldapresolver|sqlresolver|passwdresolver|Policy|useridresolver\.group)\./;

/**
 * What there is in the configuration (spec/system-api §8). Every request is answered by the newest configuration, so that
 * a node that answers is in step with the database.
 */
export function configurationCounts(
  configuration: ConfigurationSnapshot,
  directory: UserDirectory,
  now: Date,
): object {
  const names = [...listedConfiguration(configuration, directory).keys()];
  const resolversOf = (type: string) =>
    [...configuration.resolvers.values()].filter((resolver) => resolverTypeName(resolver) === type).length;
  return {
    sync: true,
    synctime: localTime(configuration.changedAt),
    now: localTime(now),
    total: names.length,
    ldapresolver: resolversOf('ldapresolver'),
    sqlresolver: resolversOf('sqlresolver'),
    passwdresolver: resolversOf('passwdresolver'),
    policies: configuration.policies.all.length,
    realms: configuration.realms.size,
    netto: names.filter((name) => !PARTS.test(name)).length,
  };
}
