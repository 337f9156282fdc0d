import type { AuditContext } from '@app/audit';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import type { Configuration, ConfigurationSnapshot } from '../configuration.js';
import { isLocalResolver } from '../administrators/authenticated-administrator.js';
import { MigrationOfAdministrators, UnknownMigration } from '../realms.errors.js';
import type { ResolverDefinition } from '../resolver.js';
import type { UserDirectory } from '../user-directory.js';
import { movedUserIds } from './moved-user-ids.js';
import { Outdated, startingOver } from './starting-over.js';

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

  /**
   * @param demandAdministrators throws where whoever asks may not touch the tokens of administrators
   * @throws UnknownMigration, MigrationOfAdministrators, Unavailable
   */
  execute(
    fromName: string,
    toName: string,
    demandAdministrators: () => void,
    context: AuditContext,
  ): Promise<Migration> {
    return startingOver(this.configuration, async () => {
      const current = this.configuration.current();
      const { from, to } = named(fromName, toName, current);
      checkAdministrators([from, to], current, demandAdministrators);
      const owners = await this.administration.owners(from.name);
      const userIds = await movedUserIds(this.directory, owners, from, to);
      return this.#commit(from, to, userIds, demandAdministrators, context);
    });
  }

  #commit(
    from: ResolverDefinition,
    to: ResolverDefinition,
    userIds: ReadonlyMap<string, string>,
    demandAdministrators: () => void,
    context: AuditContext,
  ): Promise<Migration> {
    return this.administration.change(context, async (configuration) => {
      const now = named(from.name, to.name, configuration.before);
      if (now.from.revision !== from.revision || now.to.revision !== to.revision) {
        throw new Outdated(configuration);
      }
      checkAdministrators([from, to], configuration.before, demandAdministrators);
      const total = await configuration.countOwned(from.name);
      const serials = await configuration.moveOwners({ from: from.name, to, userIds });
      return {
        result: { from, to, moved: serials.length, total },
        facts: {
          succeeded: true,
          serial: serials.join(','),
          each: serials.map((serial) => ({ serial })),
          detail: `migration from ${from.name} to ${to.name}`,
          info: `${serials.length} tokens of ${total} migrated`,
        },
      };
    });
  }
}

function named(fromName: string, toName: string, { resolvers }: ConfigurationSnapshot) {
  const from = resolvers.get(fromName);
  const to = resolvers.get(toName);
  if (!from || !to) throw new UnknownMigration();
  return { from, to };
}

/** A token of an administrator is a way to be one: Twinlock's own keep theirs, those of directories take more rights. */
function checkAdministrators(
  resolvers: readonly ResolverDefinition[],
  { realms, adminRealm }: ConfigurationSnapshot,
  demandAdministrators: () => void,
): void {
  const local = resolvers.find(isLocalResolver);
  if (local) throw new MigrationOfAdministrators(local.name);
  const ofAdministrators = realms.get(adminRealm.toLowerCase())?.resolvers ?? [];
  if (resolvers.some(({ name }) => ofAdministrators.includes(name))) demandAdministrators();
}
