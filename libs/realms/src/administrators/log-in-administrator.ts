import { cleanText, Unavailable } from '@app/kernel';

import { type Configuration, resolversOfRealm } from '../configuration.js';
import type { ResolverDefinition } from '../resolver.js';
import type { UserDirectory } from '../user-directory.js';
import { issueTime } from './admin-sessions.js';
import type { AdministratorStore } from './administrator-store.js';
import { type AuthenticatedAdministrator, isLocalResolver } from './authenticated-administrator.js';
import type { LoginThrottle, ThrottledAttempt } from './login-throttle.js';
import { normalizedPassword } from './password.js';
import type { PasswordCheck } from './password-check.js';

export interface AdministratorCredentials {
  /** Literally: nothing is split off. `null`: not given. */
  readonly username: string | null;
  readonly password: string | null;
  /** The client's address. */
  readonly client: string;
}

export type AdministratorLogin =
  | { readonly kind: 'accepted'; readonly administrator: AuthenticatedAdministrator }
  | { readonly kind: 'rejected' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

type Answer =
  | { readonly kind: 'accepted'; readonly username: string; readonly notBefore: Date | null }
  | { readonly kind: 'rejected' }
  | { readonly kind: 'away'; readonly error: unknown };

/**
 * The login of an administrator (spec/admin-api §2.1): Twinlock's own administrators are asked first, so that no directory
 * that is away keeps them waiting, then the other resolvers of the admin realm in their order; the first one that accepts the
 * password wins. Unknown, disabled and known names get the same answer after the same work.
 */
export class LogInAdministrator {
  constructor(
    private readonly configuration: Configuration,
    private readonly administrators: AdministratorStore,
    private readonly directory: UserDirectory,
    private readonly passwords: PasswordCheck,
    private readonly throttle: LoginThrottle,
  ) {}

  /** @throws Unavailable when the local administrators could not be asked and nobody else accepted */
  async execute({ username, password, client }: AdministratorCredentials): Promise<AdministratorLogin> {
    // An empty password is none: some directories take a bind without one for a success (RFC 4513 §5.1.2).
    if (!username || !password) return { kind: 'rejected' };
    const attempt = { account: username, client };
    const verdict = await this.throttle.charge(attempt);
    if (verdict.kind === 'throttled') return verdict;

    const snapshot = await this.configuration.atLeast(verdict.configurationVersion);
    const resolvers = resolversOfRealm(snapshot, snapshot.adminRealm).toSorted(localFirst);
    let localFailure: { readonly error: unknown } | null = null;
    for (const resolver of resolvers) {
      const answer = await this.#ask(resolver, username, password);
      if (answer.kind === 'accepted') {
        return this.#accept(attempt, {
          username: answer.username,
          realm: snapshot.adminRealm,
          resolver,
          authenticatedAt: verdict.now,
          issuedAt: issueTime(verdict.now, answer.notBefore),
        });
      }
      if (answer.kind === 'away' && isLocalResolver(resolver)) localFailure = answer;
    }
    if (localFailure) {
      throw new Unavailable('the administrators could not be asked', { cause: localFailure.error });
    }
    if (!resolvers.some(isLocalResolver)) await this.passwords.dummy(password);
    return { kind: 'rejected' };
  }

  async #accept(
    attempt: ThrottledAttempt,
    administrator: AuthenticatedAdministrator,
  ): Promise<AdministratorLogin> {
    await this.throttle.succeeded(attempt);
    return { kind: 'accepted', administrator };
  }

  async #ask(resolver: ResolverDefinition, username: string, password: string): Promise<Answer> {
    try {
      if (isLocalResolver(resolver)) return await this.#askLocal(username, normalizedPassword(password));
      const user = await this.directory.byLogin(resolver, username);
      const isAccepted = user !== null && (await this.directory.hasPassword(resolver, user, password));
      if (!isAccepted) return { kind: 'rejected' };
      // As the directory writes it: policies about `anna` are those of whoever comes as `ANNA`.
      return { kind: 'accepted', username: user.username || username, notBefore: null };
    } catch (error) {
      if (error instanceof Unavailable) return { kind: 'away', error };
      throw error;
    }
  }

  /** One check of a hash in every case, so that the time tells nothing. */
  async #askLocal(username: string, password: string): Promise<Answer> {
    // A name that no column can hold is nobody's.
    const account = cleanText(username) === username ? await this.administrators.find(username) : null;
    if (!account || account.passwordHash === null) {
      await this.passwords.dummy(password);
      return { kind: 'rejected' };
    }
    const isRight = await this.passwords.verify(account.passwordHash, password);
    return isRight && account.isEnabled
      ? { kind: 'accepted', username, notBefore: account.notBefore }
      : { kind: 'rejected' };
  }
}

function localFirst(one: ResolverDefinition, other: ResolverDefinition): number {
  return Number(isLocalResolver(other)) - Number(isLocalResolver(one));
}
