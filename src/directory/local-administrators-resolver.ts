import type {
  AdministratorStore,
  LocalAdministrator,
  ResolverDefinition,
  ResolverTypeDescription,
  UserRecord,
  UserSearch,
} from '@app/realms';

import { userMatcher } from './match-users.js';
import type { ResolverAdapter } from './resolver-adapter.js';

/** Local administrators seen as users: the login is the user id. Their passwords are checked at their own login only. */
export class LocalAdministratorsResolver implements ResolverAdapter {
  readonly description: ResolverTypeDescription = {
    parameters: [],
    userIdSource: () => '',
    isDefinable: false,
  };

  constructor(private readonly administrators: AdministratorStore) {}

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

  async *search(_resolver: ResolverDefinition, search: UserSearch): AsyncGenerator<readonly UserRecord[]> {
    const all = await this.administrators.list();
    yield all.map(recordOf).filter(userMatcher(search));
  }

  async hasPassword(): Promise<boolean> {
    return false;
  }

  async probe(): Promise<void> {}

  async test(): Promise<null> {
    return null;
  }

  sourceOf(): string {
    return '';
  }

  async close(): Promise<void> {}
}

function recordOf(administrator: Omit<LocalAdministrator, 'hasPassword' | 'isEnabled'>): UserRecord {
  const { username, surname, givenName, email, phone, mobile } = administrator;
  return { userId: username, username, description: '', surname, givenName, email, phone, mobile };
}
