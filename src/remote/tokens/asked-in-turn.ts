import type { ServerAnswer } from '@app/tokens';
import { DomainError, Unavailable } from '@app/kernel';
import { LRUCache } from 'lru-cache';

import { Fence } from '../../outbound/fence.js';
import type { RemoteObserver } from '../remote-observer.js';

const KEPT = 1_000;

/** One of the servers that may answer a question. */
export interface AskedPlace {
  /** As operators are told of it. */
  readonly name: string;
  /** Who shares it shares its fence: also what is wrong with one token alone must cost no other one anything. */
  readonly key: string;
  /** At most so long; absent: its share of what is left. */
  readonly budgetMs?: number;
  /** @throws Unavailable for a server in trouble; Invalid naming what cannot be used */
  ask(signal: AbortSignal): Promise<ServerAnswer>;
}

/**
 * Asks one server after the other until one answers, within a time for all of them. Each has a fence of its own: a limit of
 * questions on their way and a circuit breaker, so that a slow one costs only the logins that it decides, and one that is
 * away is passed over at once.
 */
export class AskedInTurn {
  readonly #fences = new LRUCache<string, Fence>({ max: KEPT });

  constructor(
    private readonly budgetMs: number,
    private readonly observer: RemoteObserver,
    private readonly now: () => number = () => performance.now(),
  ) {}

  async ask(places: readonly AskedPlace[]): Promise<ServerAnswer> {
    const deadline = this.now() + this.budgetMs;
    const said: string[] = [];
    for (const [index, place] of places.entries()) {
      const share = (deadline - this.now()) / (places.length - index);
      if (share <= 0) break;
      const budgetMs = Math.ceil(Math.min(share, place.budgetMs ?? share));
      try {
        return await this.#fenceOf(place).run(budgetMs, (signal) => place.ask(signal));
      } catch (error) {
        // Only our own errors are known to hold no secret.
        const reason = error instanceof DomainError ? error.message : 'unexpected failure';
        said.push(reason.startsWith(place.name) ? reason : `${place.name}: ${reason}`);
        if (!(error instanceof Unavailable)) break;
      }
    }
    return { kind: 'failed', reason: said.length === 0 ? 'no server is named' : said.join('; ') };
  }

  #fenceOf({ name, key }: AskedPlace): Fence {
    let fence = this.#fences.get(key);
    if (!fence) {
      const hearing = {
        away: (error: unknown) => this.observer.serverAway(name, error),
        back: () => this.observer.serverBack(name),
      };
      fence = new Fence(name, hearing);
      this.#fences.set(key, fence);
    }
    return fence;
  }
}
