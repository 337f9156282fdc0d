import type { AuditContext } from '@app/audit';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import { AdminRealmProtected } from '../realms.errors.js';

/** Removes a realm; its tokens stay and leave it (spec/system-api §3). */
export class RemoveRealm {
  constructor(private readonly administration: ConfigurationAdministration) {}

  /**
   * @returns `false` when there is none of that name, in any case
   * @throws AdminRealmProtected, Unavailable
   */
  async execute(name: string, context: AuditContext): Promise<boolean> {
    const realm = name.trim().toLowerCase();
    return this.administration.change(context, async (configuration) => {
      const { realms, adminRealm, settings } = configuration.before;
      if (realm === adminRealm.toLowerCase()) throw new AdminRealmProtected(adminRealm);
      const facts = { succeeded: true, info: realm };
      if (!realms.has(realm)) return { result: false, facts };
      await configuration.removeRealm(realm);
      if (settings.defaultRealm === realm) await configuration.saveSetting('DefaultRealm', null);
      return { result: true, facts };
    });
  }
}
