import type { AuditContext } from '@app/audit';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import { chooseDefault } from './define-provider.js';
import { type ProviderType, findProvider } from './provider.js';

/** Says which provider of a type is used where no policy names one (spec/system-api §6.1). */
export class ChooseDefaultProvider {
  constructor(private readonly administration: ConfigurationAdministration) {}

  /** @returns `false` when there is none of that name: nothing changes @throws Unavailable */
  async execute(type: ProviderType, name: string, context: AuditContext): Promise<boolean> {
    return this.administration.change(context, async (configuration) => {
      const exists = findProvider(configuration.before, type, name) !== null;
      if (exists) await chooseDefault(configuration, type, name);
      return { result: exists, facts: { succeeded: exists, info: name } };
    });
  }
}
