import {
  type AdministratorStore,
  type LocalAdministrator,
  normalizedPassword,
  type PasswordCheck,
  type ResolverDefinition,
  type ResolverTest,
  type ResolverTypeDescription,
  type UserRecord,
  type UserSearch,
} from '@app/realms';

import { importedUserTable, LISTED_BY_TEST } from './imported-user-table.js';
import { userMatcher } from './match-users.js';
import type { ResolverAdapter } from './resolver-adapter.js';

/** Local administrators seen as users: the login is the user id. */
export class LocalAdministratorsResolver implements ResolverAdapter {
  readonly description: ResolverTypeDescription;

  /** @param resolverName of the one resolver of this type */
  constructor(
    private readonly administrators: AdministratorStore,
    private readonly passwords: PasswordCheck,
    resolverName: string,
  ) {
    this.description = {
      parameters: importedUserTable(`groupid = '${resolverName}'`),
      userIdSource: () => '',
      isDefinable: false,
    };
  }

  budgetOf(): null {
    return null;
  }

  async byLogin(_resolver: ResolverDefinition, login: string): Promise<UserRecord | null> {
    const found = await this.administrators.find(login);
    return found && recordOf(found);
  }

  byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null> {
    return this.byLogin(resolver, userId);
  }

  async byIds(
    _resolver: ResolverDefinition,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, UserRecord>> {
    const wanted = new Set(userIds);
    const all = await this.administrators.list();
    return new Map(
      all.filter(({ username }) => wanted.has(username)).map((one) => [one.username, recordOf(one)]),
    );
  }

  async *search(_resolver: ResolverDefinition, search: UserSearch): AsyncGenerator<readonly UserRecord[]> {
    const all = await this.administrators.list();
    yield all.map(recordOf).filter(userMatcher(search));
  }

  /** One check of a hash in every case, so that the time tells nothing. A disabled account has no right password. */
  async hasPassword(_resolver: ResolverDefinition, user: UserRecord, password: string): Promise<boolean> {
    const normalized = normalizedPassword(password);
    const account = await this.administrators.find(user.username);
    if (!account || account.passwordHash === null) {
      await this.passwords.dummy(normalized);
      return false;
    }
    return (await this.passwords.verify(account.passwordHash, normalized)) && account.isEnabled;
  }

  async probe(): Promise<void> {}

  async test(): Promise<ResolverTest> {
    const all = await this.administrators.list();
    const userIds = all.slice(0, LISTED_BY_TEST).map(({ username }) => username);
    return { works: true, userIds, isTruncated: all.length > LISTED_BY_TEST };
  }

  sourceOf(): string {
    return '';
  }

  retain(): void {}

  async close(): Promise<void> {}
}

function recordOf(administrator: Omit<LocalAdministrator, 'hasPassword' | 'isEnabled'>): UserRecord {
  const { username, surname, givenName, email, phone, mobile } = administrator;
  return { userId: username, username, description: '', surname, givenName, email, phone, mobile };
}
