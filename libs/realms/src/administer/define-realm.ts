import type { AuditContext } from '@app/audit';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import { AdministratorLockout, MalformedRealmName, UnknownResolver } from '../realms.errors.js';

const NAME = /^[A-Za-z0-9_.-]*$/;

/** Who makes the change, so that they cannot lock themselves out. */
export interface ActingAdministrator {
  readonly realm: string;
  readonly resolver: string;
}

/** Creates a realm or replaces its resolvers (spec/system-api §3). */
export class DefineRealm {
  constructor(private readonly administration: ConfigurationAdministration) {}

  /**
   * @param name      stored in lower case, blanks as `-`
   * @param resolvers names, in search order; at least one
   * @throws MalformedRealmName, UnknownResolver, AdministratorLockout, Unavailable
   */
  async execute(
    name: string,
    resolvers: readonly string[],
    actor: ActingAdministrator,
    context: AuditContext,
  ): Promise<void> {
    const realm = name.toLowerCase().trim().replaceAll(' ', '-');
    if (realm === '' || !NAME.test(realm)) throw new MalformedRealmName(name);
    await this.administration.change(context, async (configuration) => {
      const { before } = configuration;
      for (const resolver of resolvers) {
        if (!before.resolvers.has(resolver)) throw new UnknownResolver(resolver);
      }
      if (resolvers.length === 0) throw new UnknownResolver('');
      // In any case of the letters: names are stored in lower case.
      const isOwnRealm = [before.adminRealm, actor.realm].every((either) => either.toLowerCase() === realm);
      if (isOwnRealm && !resolvers.includes(actor.resolver)) {
        throw new AdministratorLockout(actor.resolver, realm);
      }
      await configuration.saveRealm({ name: realm, resolvers: [...new Set(resolvers)] });
      const info = `realm: '${realm}', resolvers: '${resolvers.join(',')}'`;
      return { result: undefined, facts: { succeeded: true, info } };
    });
  }
}
