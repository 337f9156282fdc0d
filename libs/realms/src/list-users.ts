import type { ResolverDefinition } from './resolver.js';
import type { UserRecord, UserSearch } from './user.js';
import type { UserDirectory } from './user-directory.js';

export interface ListedUser {
  readonly resolver: ResolverDefinition;
  readonly user: UserRecord;
}

export interface UserListing {
  /** In order of the resolvers, as they come: nothing is gathered. */
  readonly users: AsyncIterable<ListedUser>;
  /** Those that did not answer, or broke off: their users are missing, not gone. Complete once all users were read. */
  readonly unavailable: readonly ResolverDefinition[];
  /** Leaves nothing open; to be called where the users may not have been read to their end. Any number of times. */
  close(): Promise<void>;
}

/** A resolver that has begun to answer. */
interface OpenSource {
  readonly resolver: ResolverDefinition;
  readonly pages: AsyncIterator<readonly UserRecord[]>;
  readonly first: IteratorResult<readonly UserRecord[]>;
}

/** Lists the users of resolvers; one that does not answer costs the others nothing. */
export class ListUsers {
  constructor(private readonly directory: UserDirectory) {}

  /** @throws Unavailable when there are resolvers and none of them answers */
  async execute(resolvers: readonly ResolverDefinition[], search: UserSearch): Promise<UserListing> {
    const unavailable: ResolverDefinition[] = [];
    const failures: unknown[] = [];
    const open = async (resolver: ResolverDefinition): Promise<OpenSource[]> => {
      const pages = this.directory.search(resolver, search)[Symbol.asyncIterator]();
      try {
        return [{ resolver, pages, first: await pages.next() }];
      } catch (error) {
        unavailable.push(resolver);
        failures.push(error);
        return [];
      }
    };
    const sources = (await Promise.all(resolvers.map(open))).flat();
    if (sources.length === 0 && failures.length > 0) throw failures[0];
    const close = async () => {
      await Promise.allSettled(sources.map(({ pages }) => pages.return?.()));
    };
    async function* all(): AsyncGenerator<ListedUser> {
      try {
        for (const { resolver, pages, first } of sources) {
          try {
            for (let page = first; !page.done; page = await pages.next()) {
              for (const user of page.value) yield { resolver, user };
            }
          } catch {
            unavailable.push(resolver);
          }
        }
      } finally {
        await close();
      }
    }
    return { users: all(), unavailable, close };
  }
}
