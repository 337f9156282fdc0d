import type { Clock } from '@app/kernel';

import type { ResolverDefinition } from './resolver.js';
import type { UserDirectory } from './user-directory.js';

/** How many users a resolver has. */
export type CountedUsers =
  | { readonly kind: 'all'; readonly users: number }
  /** There are as many at least: nobody counted on. */
  | { readonly kind: 'at least'; readonly users: number }
  /** The resolver did not answer to the end. */
  | { readonly kind: 'unavailable' };

/** A directory with more is not asked further. */
const MOST_COUNTED = 200_000;
/** Monitoring asks again and again: a directory is read once in so long, whoever asks. */
const REMEMBERED_MS = 60_000;
/** One that fails is asked again soon, but not by each call: every one would wait for it. */
const FAILURE_REMEMBERED_MS = 10_000;

const EVERYBODY = { fields: {}, anyField: null } as const;

/**
 * Counts the users of resolvers. Directories have no better way than to list them all, so one is listed once at a time and
 * not often; nobody's login waits for it.
 */
export class CountUsers {
  readonly #counts = new WeakMap<ResolverDefinition, { until: number; count: Promise<CountedUsers> }>();

  constructor(
    private readonly directory: UserDirectory,
    private readonly clock: Clock,
  ) {}

  execute(resolver: ResolverDefinition): Promise<CountedUsers> {
    const now = this.clock.now().getTime();
    const known = this.#counts.get(resolver);
    if (known && now < known.until) return known.count;
    const count = this.#count(resolver);
    this.#counts.set(resolver, { until: now + REMEMBERED_MS, count });
    return count;
  }

  async #count(resolver: ResolverDefinition): Promise<CountedUsers> {
    let users = 0;
    try {
      for await (const page of this.directory.search(resolver, EVERYBODY)) {
        users += page.length;
        if (users >= MOST_COUNTED) return { kind: 'at least', users: MOST_COUNTED };
      }
      return { kind: 'all', users };
    } catch {
      const failed: CountedUsers = { kind: 'unavailable' };
      const until = this.clock.now().getTime() + FAILURE_REMEMBERED_MS;
      this.#counts.set(resolver, { until, count: Promise.resolve(failed) });
      return failed;
    }
  }
}
