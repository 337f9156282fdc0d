import {
  AmbiguousUser,
  type ManagedUser,
  type ManagedUsers,
  recordOfManaged,
  type ResolverDefinition,
  type ResolverTest,
  type ResolverTypeDescription,
  type UserRecord,
  type UserSearch,
} from '@app/realms';

import { importedUserTable, LISTED_BY_TEST } from '../imported-user-table.js';
import type { DirectoryPasswords } from '../passwords/directory-passwords.js';
import type { ResolverAdapter } from '../resolver-adapter.js';

const PAGE = 500;
const EVERYBODY: UserSearch = { fields: {}, anyField: null };

/** Users that were imported into Twinlock's own database (spec/system-api §5.3). */
export class ManagedResolver implements ResolverAdapter {
  readonly description: ResolverTypeDescription = {
    parameters: importedUserTable(null),
    userIdSource: () => '',
    isDefinable: false,
  };

  constructor(
    private readonly users: ManagedUsers,
    private readonly passwords: Pick<DirectoryPasswords, 'verify'>,
  ) {}

  /** The database has its own limits, and without it there is nothing to isolate. */
  budgetOf(): null {
    return null;
  }

  async byLogin({ name }: ResolverDefinition, login: string): Promise<UserRecord | null> {
    const [user, another] = await this.users.byLogin(name, login);
    if (another) throw new AmbiguousUser(login);
    return user ? recordOfManaged(user) : null;
  }

  async byId({ name }: ResolverDefinition, userId: string): Promise<UserRecord | null> {
    const user = await this.users.byId(name, userId);
    return user && recordOfManaged(user);
  }

  async byIds(
    { name }: ResolverDefinition,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, UserRecord>> {
    const users = await this.users.byIds(name, userIds);
    return new Map(users.map((user) => [user.userId, recordOfManaged(user)]));
  }

  async *search({ name }: ResolverDefinition, search: UserSearch): AsyncGenerator<readonly UserRecord[]> {
    let last: ManagedUser | undefined;
    do {
      const page = await this.users.page(name, search, last?.userId ?? null, PAGE);
      yield page.map(recordOfManaged);
      last = page.length === PAGE ? page.at(-1) : undefined;
    } while (last);
  }

  async hasPassword({ name }: ResolverDefinition, user: UserRecord, password: string): Promise<boolean> {
    const hash = (await this.users.byId(name, user.userId))?.passwordHash ?? null;
    return hash !== null && password !== '' && this.passwords.verify(hash, password);
  }

  async probe(): Promise<void> {}

  async test({ name }: ResolverDefinition): Promise<ResolverTest> {
    const users = await this.users.page(name, EVERYBODY, null, LISTED_BY_TEST + 1);
    const userIds = users.slice(0, LISTED_BY_TEST).map(({ userId }) => userId);
    return { works: true, userIds, isTruncated: users.length > LISTED_BY_TEST };
  }

  sourceOf(): string {
    return '';
  }

  retain(): void {}

  async close(): Promise<void> {}
}
