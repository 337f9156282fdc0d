import type { AuditContext } from '@app/audit';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import { ResolverInUse, ResolverProtected } from '../realms.errors.js';

/** Removes a resolver that no realm uses (spec/system-api §4.1). */
export class RemoveResolver {
  constructor(private readonly administration: ConfigurationAdministration) {}

  /**
   * Tokens of its users stay, without anybody who could use them by name.
   * @returns `false` when there is none of that name
   * @throws ResolverInUse, ResolverProtected, Unavailable
   */
  async execute(name: string, context: AuditContext): Promise<boolean> {
    return this.administration.change(context, async (configuration) => {
      const { resolvers, realms } = configuration.before;
      const resolver = resolvers.get(name);
      if (!resolver) return { result: false, facts: { succeeded: false, info: name } };
      if (resolver.type === 'local-administrators') throw new ResolverProtected(name);
      const users = [...realms.values()].filter((realm) => realm.resolvers.includes(name));
      if (users.length > 0) {
        throw new ResolverInUse(
          name,
          users.map((realm) => realm.name),
        );
      }
      await configuration.removeResolver(name);
      return { result: true, facts: { succeeded: true, info: name } };
    });
  }
}
