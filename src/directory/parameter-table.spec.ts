import { readFileSync } from 'node:fs';

import { LDAP_PARAMETERS } from './ldap/ldap-parameters.js';
import { parameterTable } from './parameter-table.js';
import { SQL_PARAMETERS } from './sql/sql-parameters.js';

describe('docs/resolvers.md', () => {
  it.each([
    ['ldap', LDAP_PARAMETERS],
    ['sql', SQL_PARAMETERS],
  ])('has the settings of %s resolvers as they are', (_name, parameters) => {
    const text = readFileSync(new URL('../../docs/resolvers.md', import.meta.url), 'utf8');
    expect(text).toContain(parameterTable(parameters));
  });
});
