import {
  type ResolverDefinition,
  type ResolverTest,
  type ResolverType,
  type ResolverTypeDescription,
  UserDirectory,
  type UserRecord,
  type UserSearch,
} from '@app/realms';
import { LRUCache } from 'lru-cache';

const KNOWN = 20_000;
const UNKNOWN = 20_000;
const LONGEST_SECONDS = 86_400;
// The cache takes no null.
const NOBODY = Symbol('nobody');

type Look = () => Promise<UserRecord | null>;

export interface CacheRules {
  /** For how long an answer is kept; 0: not at all. Asked each time: administrators change it. */
  seconds(): number;
  /** Whether the resolver's answers are worth keeping: those that lie in this process are not. */
  keeps(resolver: ResolverDefinition): boolean;
}

/**
 * Remembers for a short time, in this process, who a resolver's users are. Unknown users have a cache of their own: guesses
 * at names cannot drive the known ones out. Failures and passwords are never kept; those who ask for one user at the same
 * time share one answer. A resolver whose definition changes starts with nothing.
 */
export class CachedDirectory extends UserDirectory {
  readonly #known = new LRUCache<string, UserRecord>({ max: KNOWN });
  readonly #unknown = new LRUCache<string, typeof NOBODY>({ max: UNKNOWN });
  #seconds = 0;
  readonly #underWay = new Map<string, Promise<UserRecord | null>>();

  constructor(
    private readonly directory: UserDirectory,
    private readonly rules: CacheRules,
  ) {
    super();
  }

  describe(type: ResolverType): ResolverTypeDescription | null {
    return this.directory.describe(type);
  }

  byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null> {
    return this.#remembered(resolver, `login\0${login}`, () => this.directory.byLogin(resolver, login));
  }

  byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null> {
    return this.#remembered(resolver, `id\0${userId}`, () => this.directory.byId(resolver, userId));
  }

  hasPassword(resolver: ResolverDefinition, user: UserRecord, password: string): Promise<boolean> {
    return this.directory.hasPassword(resolver, user, password);
  }

  search(resolver: ResolverDefinition, search: UserSearch): AsyncIterable<readonly UserRecord[]> {
    return this.directory.search(resolver, search);
  }

  probe(resolver: ResolverDefinition): Promise<void> {
    return this.directory.probe(resolver);
  }

  test(resolver: ResolverDefinition): Promise<ResolverTest | null> {
    return this.directory.test(resolver);
  }

  sourceOf(resolver: ResolverDefinition): string {
    return this.directory.sourceOf(resolver);
  }

  async #remembered(resolver: ResolverDefinition, whom: string, look: Look): Promise<UserRecord | null> {
    const ttl = this.readRules() * 1000;
    // Drafts of a definition have no revision that would tell them apart.
    const isDraft = resolver.revision === '';
    if (ttl <= 0 || isDraft || !this.rules.keeps(resolver)) return look();
    const key = `${resolver.name}\0${resolver.revision}\0${whom}`;
    const known = this.#known.get(key);
    if (known) return known;
    if (this.#unknown.has(key)) return null;
    return this.#underWay.get(key) ?? this.#ask(key, ttl, look);
  }

  /** To be called when they have changed: a shorter time counts for what is remembered, too. @returns the seconds */
  readRules(): number {
    const seconds = Math.min(this.rules.seconds(), LONGEST_SECONDS);
    if (seconds < this.#seconds) {
      this.#known.clear();
      this.#unknown.clear();
    }
    this.#seconds = seconds;
    return seconds;
  }

  #ask(key: string, ttl: number, look: Look): Promise<UserRecord | null> {
    const answer = look()
      .then((user) => {
        if (user) {
          this.#unknown.delete(key);
          this.#known.set(key, user, { ttl });
        } else this.#unknown.set(key, NOBODY, { ttl });
        return user;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, answer);
    return answer;
  }
}
