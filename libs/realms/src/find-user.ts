import { type ConfigurationSnapshot, resolversOfRealm } from './configuration.js';
import type { LoginName } from './login-name.js';
import type { RealmUser, UserRecord, UserReference } from './user.js';
import { AmbiguousUser } from './realms.errors.js';
import type { ResolverDefinition } from './resolver.js';
import type { UserDirectory } from './user-directory.js';

interface Answer {
  readonly resolver: ResolverDefinition;
  readonly found: UserRecord | null;
  readonly error?: unknown;
}

export type UserLookup =
  | { readonly kind: 'found'; readonly user: RealmUser }
  | { readonly kind: 'unknown'; readonly login: string; readonly realm: string }
  | { readonly kind: 'ambiguous'; readonly login: string; readonly realm: string };

/**
 * Finds the user that a login names (spec/validate-api §2.1, rows 4 and 5 and "Existence").
 *
 * All resolvers of the realm are asked. Several that know the login are one user if all give the same user id, else the
 * login is ambiguous, as it is where one resolver knows several of that login. A resolver that does not answer is passed over
 * when another one knows the user.
 *
 * @throws Unavailable when nobody knows the login and a resolver did not answer
 */
export class FindUser {
  constructor(private readonly directory: UserDirectory) {}

  async execute(name: LoginName, snapshot: ConfigurationSnapshot): Promise<UserLookup> {
    const realm = name.realm === '' ? (snapshot.settings.defaultRealm ?? '') : name.realm;
    const first = await this.#inRealm(name.login, realm, snapshot);
    if (first.kind !== 'unknown' || name.realm !== '' || name.resolver !== '') return first;
    // A login that still holds an `@`: what follows the last one may be a realm.
    const at = name.login.lastIndexOf('@');
    const suffix = name.login.slice(at + 1).toLowerCase();
    if (at < 0 || !snapshot.realms.has(suffix)) return first;
    return this.#inRealm(name.login.slice(0, at), suffix, snapshot);
  }

  async #inRealm(login: string, realm: string, snapshot: ConfigurationSnapshot): Promise<UserLookup> {
    let failure: unknown;
    let record: UserRecord | undefined;
    const references: UserReference[] = [];
    const unanswered: string[] = [];
    for (const { resolver, found, error } of await this.#askAll(login, realm, snapshot)) {
      if (error instanceof AmbiguousUser) return { kind: 'ambiguous', login, realm };
      if (error !== undefined) unanswered.push(resolver.name);
      failure ??= error;
      if (!found) continue;
      if (record && record.userId !== found.userId) return { kind: 'ambiguous', login, realm };
      record ??= found;
      references.push({ resolver: resolver.name, userId: found.userId });
    }
    if (record) {
      const user = { login, realm: realm.toLowerCase(), references, record };
      return { kind: 'found', user: unanswered.length === 0 ? user : { ...user, unanswered } };
    }
    if (failure !== undefined) throw failure;
    return { kind: 'unknown', login, realm };
  }

  /** At the same time: one that is slow does not keep the others waiting. Answers in search order. */
  async #askAll(login: string, realm: string, snapshot: ConfigurationSnapshot): Promise<Answer[]> {
    const [first, ...others] = resolversOfRealm(snapshot, realm);
    if (!first) return [];
    return others.length === 0
      ? [await this.#ask(first, login)]
      : Promise.all([first, ...others].map((resolver) => this.#ask(resolver, login)));
  }

  async #ask(resolver: ResolverDefinition, login: string): Promise<Answer> {
    try {
      return { resolver, found: await this.directory.byLogin(resolver, login) };
    } catch (error) {
      return { resolver, found: null, error };
    }
  }
}
