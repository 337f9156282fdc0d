import { type Clock, Invalid, matchesWildcards } from '@app/kernel';
import type { ConfigurationSnapshot, ResolverDefinition, UserDirectory, UserReference } from '@app/realms';

import type { OwnerSelection, TokenFilter, TokenList } from '../token-list.js';

/** A list of so many owners is still found in the database in no time; nobody reads a longer one. */
const MOST_OWNERS = 10_000;
const OWNERS_AT_ONCE = 1_000;
const ORPHANS_WITHIN_MS = 60_000;

/** Not a part of the list without saying so: the administrator narrows it down. */
export class TooManyOwners extends Invalid {
  override readonly code = 'token.too-many-owners';
  constructor(message: string) {
    super('user', message);
  }
}

/** Finds owners of tokens by what only their resolvers know. */
export class FindTokenOwners {
  constructor(
    private readonly tokens: TokenList,
    private readonly directory: UserDirectory,
    private readonly clock: Clock,
  ) {}

  /**
   * Owners whose login is like a pattern with `*`, whatever their realm; case does not matter.
   *
   * @param resolver only its users; `''`: those of all
   * @throws TooManyOwners; Unavailable when one of the resolvers does not answer
   */
  async byLogin(
    pattern: string,
    resolver: string,
    configuration: ConfigurationSnapshot,
  ): Promise<OwnerSelection> {
    const owning = (await this.#resolvers()).filter((name) => resolver === '' || name === resolver);
    // Whoever it is: nobody has to be looked up.
    if (/^\*+$/.test(pattern)) return { references: [], resolvers: owning, realms: null };
    const references: UserReference[] = [];
    const search = async (definition: ResolverDefinition) => {
      const lower = pattern.toLowerCase();
      const users = this.directory.search(definition, { fields: { username: pattern }, anyField: null });
      for await (const page of users) {
        for (const { userId, username } of page) {
          if (!matchesWildcards(lower, username.toLowerCase())) continue;
          references.push({ resolver: definition.name, userId });
          if (references.length > MOST_OWNERS) {
            throw new TooManyOwners(
              `user: more than ${MOST_OWNERS} users match ${pattern}; say more of the name`,
            );
          }
        }
      }
    };
    await Promise.all(owning.flatMap((name) => configuration.resolvers.get(name) ?? []).map(search));
    return { references, realms: null };
  }

  /**
   * Owners whom their resolver does not know any more, or whose resolver is gone.
   *
   * @param filter only owners of these tokens are looked at
   * @throws TooManyOwners; Unavailable when a resolver does not answer: its users are not gone
   */
  async orphaned(filter: TokenFilter, configuration: ConfigurationSnapshot): Promise<OwnerSelection> {
    const owning = await this.#resolvers();
    const deadline = this.clock.now().getTime() + ORPHANS_WITHIN_MS;
    const references: UserReference[] = [];
    for (const name of owning) {
      const definition = configuration.resolvers.get(name);
      if (!definition || (filter.resolver !== undefined && filter.resolver !== name)) continue;
      for await (const userIds of this.#ownersFrom(name, filter)) {
        const known = await this.directory.byIds(definition, userIds);
        for (const userId of userIds) if (!known.has(userId)) references.push({ resolver: name, userId });
        if (references.length > MOST_OWNERS) {
          throw new TooManyOwners(
            `user: more than ${MOST_OWNERS} owners of tokens do not exist any more; name a realm or a serial`,
          );
        }
        if (this.clock.now().getTime() > deadline) {
          throw new TooManyOwners(
            `user: the owners of so many tokens cannot be looked up within ${ORPHANS_WITHIN_MS / 1000} s; name a realm or a serial`,
          );
        }
      }
    }
    const gone = owning.filter((name) => !configuration.resolvers.has(name));
    return { references, resolvers: gone, realms: null };
  }

  /** Names of the resolvers that owners of tokens are from. */
  async #resolvers(): Promise<string[]> {
    return [...new Set((await this.tokens.ownerResolvers()).map(({ name }) => name))];
  }

  async *#ownersFrom(resolver: string, filter: TokenFilter): AsyncGenerator<readonly string[]> {
    let after: UserReference | null = null;
    do {
      const owners: readonly UserReference[] = await this.tokens.owners(
        { ...filter, resolver },
        after,
        OWNERS_AT_ONCE,
      );
      if (owners.length > 0) yield owners.map(({ userId }) => userId);
      after = owners.length === OWNERS_AT_ONCE ? (owners.at(-1) ?? null) : null;
    } while (after);
  }
}
