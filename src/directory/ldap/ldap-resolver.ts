import { Invalid, Unavailable, cleanText, cutText } from '@app/kernel';
import type {
  ResolverDefinition,
  ResolverTest,
  ResolverTypeDescription,
  UserRecord,
  UserSearch,
} from '@app/realms';

import { type DirectoryObserver, NobodyObserves } from '../directory-observer.js';
import type { ResolverAdapter } from '../resolver-adapter.js';
import { LDAP_PARAMETERS } from './ldap-parameters.js';
import { type LdapSettings, parseLdapSettings, userIdSourceName } from './ldap-settings.js';
import { LdapSource } from './ldap-source.js';
import { messageOf } from './server-failure.js';
import { TrustedCertificates } from '../../outbound/trusted-certificates.js';

const LONGEST_REASON = 500;

interface Kept {
  readonly revision: string;
  readonly settings: LdapSettings;
  readonly source: LdapSource;
}

/**
 * Users of LDAP directories and of Active Directory (spec/system-api §4.3). Connections are kept for each revision of a
 * resolver; no referral is followed.
 */
export class LdapResolver implements ResolverAdapter {
  readonly description: ResolverTypeDescription = {
    parameters: LDAP_PARAMETERS,
    userIdSource: userIdSourceName,
    isDefinable: true,
  };
  readonly #kept = new Map<string, Kept>();
  readonly #certificates: TrustedCertificates;

  /** @param trustedCertificatesFile authorities in PEM; `null`: the system's */
  constructor(
    trustedCertificatesFile: string | null,
    private readonly observer: DirectoryObserver = new NobodyObserves(),
  ) {
    this.#certificates = new TrustedCertificates(trustedCertificatesFile);
  }

  budgetOf(resolver: ResolverDefinition): number {
    const kept = this.#kept.get(resolver.name);
    const isCurrent = kept?.revision === resolver.revision && kept.revision !== '';
    return LdapSource.budgetMs(isCurrent ? kept.settings : parseLdapSettings(resolver));
  }

  async byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null> {
    return this.#on(resolver, (source) => source.byLogin(login));
  }

  async byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null> {
    return this.#on(resolver, async (source) => (await source.byId(userId))?.record ?? null);
  }

  async byIds(
    resolver: ResolverDefinition,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, UserRecord>> {
    return this.#on(resolver, (source) => source.byIds(userIds));
  }

  async *search(resolver: ResolverDefinition, search: UserSearch): AsyncGenerator<readonly UserRecord[]> {
    const { source, done } = this.#sourceOf(resolver);
    try {
      yield* source.search(search);
    } finally {
      done();
    }
  }

  async hasPassword(resolver: ResolverDefinition, user: UserRecord, password: string): Promise<boolean> {
    return this.#on(resolver, (source) => source.hasPassword(user.userId, password));
  }

  /** A server that is away keeps nobody from saving. */
  async probe(resolver: ResolverDefinition): Promise<void> {
    parseLdapSettings(resolver);
  }

  /** On connections of its own, whatever is known of the servers. */
  async test(resolver: ResolverDefinition): Promise<ResolverTest> {
    try {
      return await this.#tested(resolver.name, parseLdapSettings(resolver));
    } catch (error) {
      return { works: false, reason: cutText(cleanText(reasonOf(error)), LONGEST_REASON) };
    }
  }

  /** The base, which the users of several resolvers on one server differ in. */
  sourceOf({ parameters }: ResolverDefinition): string {
    return parameters['LDAPBASE'] ?? parameters['LDAPURI'] ?? '';
  }

  retain(resolvers: ReadonlyMap<string, ResolverDefinition>): void {
    for (const [name, { source }] of this.#kept) {
      if (resolvers.has(name)) continue;
      source.close();
      this.#kept.delete(name);
    }
  }

  async close(): Promise<void> {
    for (const { source } of this.#kept.values()) source.close();
    this.#kept.clear();
  }

  async #on<T>(resolver: ResolverDefinition, work: (source: LdapSource) => Promise<T>): Promise<T> {
    const { source, done } = this.#sourceOf(resolver);
    try {
      return await work(source);
    } finally {
      done();
    }
  }

  /** One that is not stored is closed as soon as it is done. */
  #sourceOf(resolver: ResolverDefinition): { source: LdapSource; done: () => void } {
    const { name, revision } = resolver;
    const known = this.#kept.get(name);
    if (known && known.revision === revision) return { source: known.source, done: () => undefined };
    const settings = parseLdapSettings(resolver);
    const observer = revision === '' ? new NobodyObserves() : this.observer;
    const source = this.#open(name, settings, observer);
    if (revision === '') return { source, done: () => source.close() };
    // Requests that still work with the old one finish; its connections are closed as they come back.
    known?.source.close();
    this.#kept.set(name, { revision, settings, source });
    return { source, done: () => undefined };
  }

  #open(name: string, settings: LdapSettings, observer: DirectoryObserver): LdapSource {
    return new LdapSource(name, settings, settings.checksCertificates ? this.#certificates : null, observer);
  }

  async #tested(name: string, settings: LdapSettings): Promise<ResolverTest> {
    const { sizeLimit } = settings;
    const source = this.#open(name, settings, new NobodyObserves());
    try {
      await source.connect();
      const userIds: string[] = [];
      const pages = source.search({ fields: {}, anyField: null });
      let page = await pages.next();
      for (; page.done !== true && userIds.length <= sizeLimit; page = await pages.next()) {
        userIds.push(...page.value.map(({ userId }) => userId));
      }
      const isTruncated = page.done === true ? page.value : true;
      await pages.return(isTruncated);
      return {
        works: true,
        userIds: userIds.slice(0, sizeLimit),
        isTruncated: isTruncated || userIds.length > sizeLimit,
      };
    } finally {
      source.close();
    }
  }
}

/** What a server or the network said; passwords are in none of it. */
function reasonOf(error: unknown): string {
  if (error instanceof Invalid) return error.message;
  const cause = error instanceof Unavailable ? error.cause : error;
  return `Connection Error: ${cause instanceof AggregateError ? cause.message : messageOf(cause)}`;
}
