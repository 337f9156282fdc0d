import type { UserSearch } from '../user.js';
import type { ManagedUser } from './managed-user.js';

/** The users of managed resolvers. They change by imports alone. All methods throw Unavailable. */
export abstract class ManagedUsers {
  /** Those of that login, in its very spelling; two at most. */
  abstract byLogin(resolver: string, login: string): Promise<readonly ManagedUser[]>;
  abstract byId(resolver: string, userId: string): Promise<ManagedUser | null>;
  /** Those that there are, in no order. */
  abstract byIds(resolver: string, userIds: readonly string[]): Promise<readonly ManagedUser[]>;
  /** @param after the last user id of the page before; `null`: the first page @returns in order of user id, up to `limit` */
  abstract page(
    resolver: string,
    search: UserSearch,
    after: string | null,
    limit: number,
  ): Promise<readonly ManagedUser[]>;
  /** In order of user id. */
  abstract all(resolver: string): Promise<readonly ManagedUser[]>;
}
