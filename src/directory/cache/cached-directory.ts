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

  async byIds(
    resolver: ResolverDefinition,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, UserRecord>> {
    const ttl = this.#ttlOf(resolver);
    const found = new Map<string, UserRecord>();
    const missing: string[] = [];
    for (const userId of new Set(userIds)) {
      const key = keyOf(resolver, `id\0${userId}`);
      const known = ttl > 0 ? this.#known.get(key) : undefined;
      if (known) found.set(userId, known);
      else if (ttl <= 0 || !this.#unknown.has(key)) missing.push(userId);
    }
    if (missing.length === 0) return found;
    const asked = await this.directory.byIds(resolver, missing);
    for (const userId of missing) {
      const user = asked.get(userId) ?? null;
      if (user) found.set(userId, user);
      if (ttl > 0) this.#remember(keyOf(resolver, `id\0${userId}`), user, ttl);
    }
    return found;
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
    const ttl = this.#ttlOf(resolver);
    if (ttl <= 0) return look();
    const key = keyOf(resolver, whom);
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

  /** In milliseconds; 0: its answers are not kept. */
  #ttlOf(resolver: ResolverDefinition): number {
    const ttl = this.readRules() * 1000;
    // Drafts of a definition have no revision that would tell them apart.
    const isDraft = resolver.revision === '';
    return isDraft || !this.rules.keeps(resolver) ? 0 : ttl;
  }

  #remember(key: string, user: UserRecord | null, ttl: number): void {
    if (user) {
      this.#unknown.delete(key);
      this.#known.set(key, user, { ttl });
    } else this.#unknown.set(key, NOBODY, { ttl });
  }

  #ask(key: string, ttl: number, look: Look): Promise<UserRecord | null> {
    const answer = look()
      .then((user) => {
        this.#remember(key, user, ttl);
        return user;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, answer);
    return answer;
  }
}

function keyOf({ name, revision }: ResolverDefinition, whom: string): string {
  return `${name}\0${revision}\0${whom}`;
}
