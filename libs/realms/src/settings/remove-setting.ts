import type { AuditContext } from '@app/audit';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import { changedElsewhere, settingKey } from './setting-catalogue.js';
import { SettingChangedElsewhere } from './settings.errors.js';

/** Forgets a setting: its default holds again (spec/system-api §2.2). */
export class RemoveSetting {
  constructor(private readonly administration: ConfigurationAdministration) {}

  /** One that is not stored is as good as removed. @throws SettingChangedElsewhere, Unavailable */
  async execute(name: string, context: AuditContext): Promise<void> {
    const key = settingKey(name);
    const changedBy = changedElsewhere(key);
    if (changedBy !== null) throw new SettingChangedElsewhere(key, changedBy);
    await this.administration.change(context, async (configuration) => {
      if (configuration.before.entries.has(key)) await configuration.saveSetting(key, null);
      return { result: undefined, facts: { succeeded: true, info: name } };
    });
  }
}
