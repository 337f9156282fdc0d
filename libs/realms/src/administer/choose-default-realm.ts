import type { AuditContext } from '@app/audit';

import type { ConfigurationAdministration } from '../configuration-administration.js';

/** Says which realm a login without one belongs to (spec/system-api §3). */
export class ChooseDefaultRealm {
  constructor(private readonly administration: ConfigurationAdministration) {}

  /**
   * @param name trimmed and lower-cased; empty clears the choice
   * @returns whether a realm was chosen: `false` for an unknown one, which changes nothing, and after clearing
   * @throws Unavailable
   */
  async execute(name: string, context: AuditContext): Promise<boolean> {
    const realm = name.trim().toLowerCase();
    return this.administration.change(context, async (configuration) => {
      const exists = configuration.before.realms.has(realm);
      if (exists || realm === '') {
        const entry = exists ? { value: realm, type: '', description: '' } : null;
        await configuration.saveSetting('DefaultRealm', entry);
      }
      return { result: exists, facts: { succeeded: true, info: realm } };
    });
  }
}
