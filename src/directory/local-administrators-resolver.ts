import type { AdministratorStore, UserRecord } from '@app/realms';

import type { ResolverAdapter } from './resolver-directory.js';

/** Local administrators seen as users: the login is the user id. Their passwords are checked at their own login only. */
export class LocalAdministratorsResolver implements ResolverAdapter {
  constructor(private readonly administrators: AdministratorStore) {}

  async byLogin(_resolver: unknown, login: string): Promise<UserRecord | null> {
    const found = await this.administrators.find(login);
    if (!found) return null;
    const { username, surname, givenName, email, phone, mobile } = found;
    return { userId: username, username, description: '', surname, givenName, email, phone, mobile };
  }

  byId(resolver: unknown, userId: string): Promise<UserRecord | null> {
    return this.byLogin(resolver, userId);
  }

  async hasPassword(): Promise<boolean> {
    return false;
  }

  async probe(): Promise<void> {}

  sourceOf(): string {
    return '';
  }
}
