import { cleanText, Unavailable } from '@app/kernel';

import { type ConfigurationSnapshot, resolversOfRealm } from '../configuration.js';
import type { ResolverDefinition } from '../resolver.js';
import type { UserDirectory } from '../user-directory.js';
import { issueTime } from './admin-sessions.js';
import type { AdministratorStore } from './administrator-store.js';
import { type AuthenticatedAdministrator, isLocalResolver } from './authenticated-administrator.js';

export interface AdministratorName {
  readonly username: string;
  /** Only in this resolver; `null`: the first one of the admin realm that knows the name. */
  readonly resolver: string | null;
}

/**
 * Finds an administrator who needs no password now: a session is renewed, or a trusted proxy has checked who it is.
 * A disabled account is nobody's.
 */
export class FindAdministrator {
  constructor(
    private readonly administrators: AdministratorStore,
    private readonly directory: UserDirectory,
  ) {}

  /** @throws Unavailable when nobody knows the name and a resolver did not answer */
  async execute(
    name: AdministratorName,
    snapshot: ConfigurationSnapshot,
    now: Date,
  ): Promise<AuthenticatedAdministrator | null> {
    if (cleanText(name.username) !== name.username) return null;
    let failure: Unavailable | null = null;
    for (const resolver of resolversOfRealm(snapshot, snapshot.adminRealm)) {
      if (name.resolver !== null && name.resolver !== resolver.name) continue;
      try {
        const found = await this.#ask(resolver, name.username);
        if (!found) continue;
        return {
          username: found.username,
          realm: snapshot.adminRealm,
          resolver,
          authenticatedAt: now,
          issuedAt: issueTime(now, found.notBefore),
        };
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
    return null;
  }

  async #ask(
    resolver: ResolverDefinition,
    username: string,
  ): Promise<{ username: string; notBefore: Date | null } | null> {
    if (!isLocalResolver(resolver)) {
      const user = await this.directory.byLogin(resolver, username);
      return user && { username: user.username || username, notBefore: null };
    }
    const account = await this.administrators.find(username);
    return account?.isEnabled ? { username, notBefore: account.notBefore } : null;
  }
}
