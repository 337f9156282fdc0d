import type { AuditContext } from '@app/audit';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import type { Configuration } from '../configuration.js';
import { UnknownMigration } from '../realms.errors.js';
import type { ResolverDefinition } from '../resolver.js';
import type { UserDirectory } from '../user-directory.js';
import { movedUserIds } from './moved-user-ids.js';

export interface Migration {
  readonly from: ResolverDefinition;
  readonly to: ResolverDefinition;
  /** Tokens that have a new owner, and all that the first resolver's users had. */
  readonly moved: number;
  readonly total: number;
}

/** Gives the tokens of one resolver's users to the users of another that have the same logins (spec/system-api §5.4). */
export class MigrateResolver {
  constructor(
    private readonly configuration: Configuration,
    private readonly administration: ConfigurationAdministration,
    private readonly directory: UserDirectory,
  ) {}

  /** @throws UnknownMigration, Unavailable */
  async execute(fromName: string, toName: string, context: AuditContext): Promise<Migration> {
    const { resolvers } = this.configuration.current();
    const from = resolvers.get(fromName);
    const to = resolvers.get(toName);
    if (!from || !to) throw new UnknownMigration();
    const owners = await this.administration.owners(from.name);
    const userIds = await movedUserIds(this.directory, owners, from, to);
    return this.administration.change(context, async (configuration) => {
      const total = await configuration.countOwned(from.name);
      const serials = await configuration.moveOwners({ from: from.name, to, userIds });
      const message = `${serials.length} tokens of ${total} migrated`;
      return {
        result: { from, to, moved: serials.length, total },
        facts: {
          succeeded: true,
          serial: serials.join(','),
          detail: `migration from ${from.name} to ${to.name}`,
          info: message,
        },
      };
    });
  }
}
