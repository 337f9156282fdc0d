import type { AdministratorStore, ConfigurationSnapshot, ManagedUsers } from '@app/realms';

import type { Settings } from '../config/settings.js';
import type { Argon2Passwords } from '../directory/argon2-passwords.js';
import { CachedDirectory } from '../directory/cache/cached-directory.js';
import type { DirectoryObserver } from '../directory/directory-observer.js';
import { IsolatedDirectory } from '../directory/isolation/isolated-directory.js';
import { LdapResolver } from '../directory/ldap/ldap-resolver.js';
import { LocalAdministratorsResolver } from '../directory/local-administrators-resolver.js';
import { ManagedResolver } from '../directory/managed/managed-resolver.js';
import { PasswdResolver } from '../directory/passwd/passwd-resolver.js';
import type { DirectoryPasswords } from '../directory/passwords/directory-passwords.js';
import { ResolverDirectory } from '../directory/resolver-directory.js';
import { SqlResolver } from '../directory/sql/sql-resolver.js';
import type { SqlConfiguration } from '../persistence/configuration/sql-configuration.js';

export interface UserDirectoryParts {
  readonly settings: Settings;
  readonly configuration: SqlConfiguration;
  readonly administrators: AdministratorStore;
  readonly managedUsers: ManagedUsers;
  readonly passwords: Argon2Passwords;
  readonly directoryPasswords: DirectoryPasswords;
  readonly observer: DirectoryObserver;
}

/** The directory with an adapter for each type of resolvers: kept apart from each other, and remembered for a while. */
export function openUserDirectory(parts: UserDirectoryParts) {
  const { settings, configuration, administrators, managedUsers, passwords, directoryPasswords, observer } =
    parts;
  const resolvers = new ResolverDirectory({
    passwd: new PasswdResolver(settings.dataFolder, directoryPasswords),
    ldap: new LdapResolver(settings.trustedCertificatesFile, observer),
    sql: new SqlResolver(directoryPasswords),
    managed: new ManagedResolver(managedUsers, directoryPasswords),
    'local-administrators': new LocalAdministratorsResolver(
      administrators,
      passwords,
      settings.adminResolver,
    ),
  });
  const directory = new CachedDirectory(new IsolatedDirectory(resolvers, observer), {
    seconds: () => configuration.current().settings.userCacheSeconds,
    keeps: (resolver) => resolvers.budgetOf(resolver) !== null,
  });
  configuration.observe((snapshot: ConfigurationSnapshot) => {
    directory.readRules();
    resolvers.retain(snapshot.resolvers);
  });
  return { directory, close: () => resolvers.close() };
}
