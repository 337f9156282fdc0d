import { readFileSync } from 'node:fs';

import { LDAP_PARAMETERS } from './ldap/ldap-parameters.js';
import { parameterTable } from './parameter-table.js';
import { SQL_PARAMETERS } from './sql/sql-parameters.js';

describe('stored secrets', () => {
  it.each([
    ['ldap', LDAP_PARAMETERS, ['LDAPURI', 'LDAPBASE', 'BINDDN']],
    ['sql', SQL_PARAMETERS, ['Driver', 'Server', 'Port', 'Database', 'User', 'conParams', 'Table']],
  ])('of %s resolvers are not sent anywhere else than before', (_name, parameters, expected) => {
    const guards = parameters.filter(({ guardsSecrets }) => guardsSecrets).map(({ name }) => name);
    expect(guards).toEqual(expected);
  });
});

describe('docs/resolvers.md', () => {
  it.each([
    ['ldap', LDAP_PARAMETERS],
    ['sql', SQL_PARAMETERS],
  ])('has the settings of %s resolvers as they are', (_name, parameters) => {
    const text = readFileSync(new URL('../../docs/resolvers.md', import.meta.url), 'utf8');
    expect(text).toContain(parameterTable(parameters));
  });
});
