import type { Secret } from '@app/kernel';
import type { ResolverTest } from '@app/realms';

import type { Settings } from '../config/settings.js';
import { LdapResolver } from '../directory/ldap/ldap-resolver.js';

/** Tries settings of an LDAP resolver out that are stored nowhere; needs neither a server nor a database. */
export async function tryLdapResolver(
  settings: Pick<Settings, 'trustedCertificatesFile'>,
  parameters: Readonly<Record<string, string>>,
  password: Secret,
): Promise<ResolverTest> {
  const resolver = new LdapResolver(settings.trustedCertificatesFile);
  try {
    const secrets = { BINDPW: password };
    return await resolver.test({
      name: '',
      type: 'ldap',
      parameters,
      secrets,
      readonly: false,
      revision: '',
    });
  } finally {
    await resolver.close();
  }
}
