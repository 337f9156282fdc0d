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

import { type DirectoryObserver, NobodyObserves } from '../directory-observer.js';
import type { ResolverDirectory } from '../resolver-directory.js';
import { Fence } from '../../outbound/fence.js';
import { withinTime } from '../../outbound/within-time.js';

const BUDGET_MS = 5_000;
/** A test lists users, and nobody waits for it but the one who asked. */
const TEST_BUDGET_MS = 60_000;
const RESOLVERS = 1_000;
/** Users that one question may ask for: what fits into a filter and into the time of a lookup. */
const IDS_AT_ONCE = 100;

/**
 * Keeps resolvers apart: each has a time budget, a limit of calls in flight and a circuit breaker of its own, so that one
 * which is refused, silent or slow costs the users of the others nothing. Those that answer from this process need none.
 */
export class IsolatedDirectory extends UserDirectory {
  // By revision: a corrected definition starts afresh.
  readonly #fences = new LRUCache<string, Fence>({ max: RESOLVERS });

  constructor(
    private readonly resolvers: ResolverDirectory,
    private readonly observer: DirectoryObserver = new NobodyObserves(),
    private readonly now: () => number = () => performance.now(),
  ) {
    super();
  }

  describe(type: ResolverType): ResolverTypeDescription | null {
    return this.resolvers.describe(type);
  }

  byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null> {
    return this.#guarded(resolver, () => this.resolvers.byLogin(resolver, login));
  }

  byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null> {
    return this.#guarded(resolver, () => this.resolvers.byId(resolver, userId));
  }

  async byIds(
    resolver: ResolverDefinition,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, UserRecord>> {
    if (this.resolvers.budgetOf(resolver) === null) return this.resolvers.byIds(resolver, userIds);
    const known = new Map<string, UserRecord>();
    // One after the other: a long list takes no more of the resolver's places than a login does.
    for (let start = 0; start < userIds.length; start += IDS_AT_ONCE) {
      const some = userIds.slice(start, start + IDS_AT_ONCE);
      const found = await this.#guarded(resolver, () => this.resolvers.byIds(resolver, some));
      for (const [userId, user] of found) known.set(userId, user);
    }
    return known;
  }

  async hasPassword(resolver: ResolverDefinition, user: UserRecord, password: string): Promise<boolean> {
    const answer = await this.#guarded(resolver, () =>
      this.resolvers.askForPassword(resolver, user, password),
    );
    // Hashing takes our time, not the resolver's.
    return typeof answer === 'function' ? answer() : answer;
  }

  async *search(
    resolver: ResolverDefinition,
    search: UserSearch,
  ): AsyncGenerator<readonly UserRecord[], void> {
    const users = this.resolvers.search(resolver, search)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const page = await this.#guarded(resolver, () => users.next());
        if (page.done) return;
        yield page.value;
      }
    } finally {
      // Not waited for: a resolver that hangs would hold whoever gives up on it.
      void users.return?.()?.catch(() => undefined);
    }
  }

  probe(resolver: ResolverDefinition): Promise<void> {
    return withinTime(this.#budgetOf(resolver), `resolver ${resolver.name}`, this.resolvers.probe(resolver));
  }

  test(resolver: ResolverDefinition): Promise<ResolverTest | null> {
    return withinTime(TEST_BUDGET_MS, `resolver ${resolver.name}`, this.resolvers.test(resolver));
  }

  sourceOf(resolver: ResolverDefinition): string {
    return this.resolvers.sourceOf(resolver);
  }

  #guarded<T>(resolver: ResolverDefinition, ask: () => Promise<T>): Promise<T> {
    if (this.resolvers.budgetOf(resolver) === null) return ask();
    return this.#fenceOf(resolver).run(this.#budgetOf(resolver), ask);
  }

  #fenceOf(resolver: ResolverDefinition): Fence {
    // What is only tried out is judged by itself.
    if (resolver.revision === '') return this.#newFence(resolver);
    const key = `${resolver.name}\0${resolver.revision}`;
    let fence = this.#fences.get(key);
    if (!fence) {
      fence = this.#newFence(resolver);
      this.#fences.set(key, fence);
    }
    return fence;
  }

  #newFence({ name }: ResolverDefinition): Fence {
    const hearing = {
      away: (error: unknown) => this.observer.resolverAway(name, error),
      back: () => this.observer.resolverBack(name),
    };
    return new Fence(`resolver ${name}`, hearing, this.now);
  }

  #budgetOf(resolver: ResolverDefinition): number {
    return this.resolvers.budgetOf(resolver) ?? BUDGET_MS;
  }
}
