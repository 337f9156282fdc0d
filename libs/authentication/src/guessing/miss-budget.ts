import { setTimeout as delay } from 'node:timers/promises';

import type { AuditContext, AuditFacts, AuditTrail } from '@app/audit';
import type { Clock } from '@app/kernel';
import { clientNetwork } from '@app/realms';

import type { LoginDecision } from '../login.js';

export interface MissBudgetOptions {
  /** Of one client; ten times as many at once. `null`: all are recorded. */
  readonly perSecond: number | null;
  /** So many clients have a budget of their own; others share one. */
  readonly mostClients?: number;
  /** How an answer is kept back for so many milliseconds. */
  readonly wait?: (milliseconds: number) => Promise<void>;
}

/** What one client has left of its budget. */
interface Bucket {
  left: number;
  /** When that was so, in milliseconds. */
  at: number;
  /** Beyond the budget, since the last record that tells of them. */
  missed: number;
  context: AuditContext;
}

const SECONDS_AT_ONCE = 10;
const OTHERS = '';
const WRITES_AT_A_TIME = 100;
/** How much the newest write counts for how long one usually takes. */
const SHARE_OF_NEWEST = 0.1;

/**
 * Requests that meet no token cost their senders nothing: no failure counts against anybody. So one client has a budget of
 * them that leave a record each; those beyond are counted, and answered alike.
 */
export class MissBudget {
  readonly #buckets = new Map<string, Bucket>();
  readonly #perSecond: number | null;
  readonly #mostClients: number;
  readonly #wait: (milliseconds: number) => Promise<void>;
  #usualMilliseconds = 0;
  #counted = 0;
  #flushing: Promise<void> | null = null;

  /** @param trail where the counts are recorded */
  constructor(
    private readonly trail: Pick<AuditTrail, 'append'>,
    private readonly clock: Clock,
    { perSecond, mostClients = 10_000, wait = delay }: MissBudgetOptions,
  ) {
    this.#perSecond = perSecond;
    this.#mostClients = mostClients;
    this.#wait = wait;
  }

  /** How many requests were beyond a budget so far. */
  get counted(): number {
    return this.#counted;
  }

  /**
   * Writes the record of a request that met no token, or counts the request alone. That takes as long as a record usually does:
   * else the time of an answer told that there was no token.
   *
   * @param unwritten what it comes to without its record
   * @throws what `write` throws
   */
  async record<T>(context: AuditContext, write: () => Promise<T>, unwritten: T): Promise<T> {
    if (!this.#spend(context)) {
      await this.#wait(this.#usualMilliseconds);
      return unwritten;
    }
    const started = performance.now();
    const written = await write();
    const taken = performance.now() - started;
    this.#usualMilliseconds += (taken - this.#usualMilliseconds) * SHARE_OF_NEWEST;
    return written;
  }

  /** Records what was counted since the last time: one record for each client. What cannot be written is kept for the next. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    this.#forgetTheRested();
    const due = [...this.#buckets.values()].filter(({ missed }) => missed > 0);
    for (let done = 0; done < due.length; done += WRITES_AT_A_TIME) {
      await Promise.all(due.slice(done, done + WRITES_AT_A_TIME).map((bucket) => this.#tell(bucket)));
    }
  }

  async #tell(bucket: Bucket): Promise<void> {
    const { missed, context } = bucket;
    bucket.missed = 0;
    try {
      await this.trail.append(context, countFacts(missed));
    } catch {
      bucket.missed += missed;
    }
  }

  #spend(context: AuditContext): boolean {
    if (this.#perSecond === null) return true;
    const now = this.clock.now().getTime();
    const bucket = this.#bucketOf(context, now, this.#perSecond);
    this.#refill(bucket, now, this.#perSecond);
    if (bucket.left >= 1) {
      bucket.left--;
      return true;
    }
    if (bucket.missed === 0) bucket.context = ofNobody(context);
    bucket.missed++;
    this.#counted++;
    return false;
  }

  #bucketOf(context: AuditContext, now: number, perSecond: number): Bucket {
    const client = clientKey(context.client);
    const known = this.#buckets.get(client);
    if (known) return known;
    const isFull = this.#buckets.size >= this.#mostClients;
    const key = isFull ? OTHERS : client;
    const bucket = this.#buckets.get(key) ?? {
      left: perSecond * SECONDS_AT_ONCE,
      at: now,
      missed: 0,
      context: ofNobody(context),
    };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #refill(bucket: Bucket, now: number, perSecond: number): void {
    const gained = (Math.max(0, now - bucket.at) * perSecond) / 1000;
    bucket.left = Math.min(perSecond * SECONDS_AT_ONCE, bucket.left + gained);
    bucket.at = now;
  }

  /** Whose budget is whole again is like one who never came. */
  #forgetTheRested(): void {
    if (this.#perSecond === null) return;
    const now = this.clock.now().getTime();
    for (const [key, bucket] of this.#buckets) {
      this.#refill(bucket, now, this.#perSecond);
      if (bucket.missed === 0 && bucket.left >= this.#perSecond * SECONDS_AT_ONCE) this.#buckets.delete(key);
    }
  }
}

/** Whether it met no token, here or elsewhere: then it changes nothing, and nobody is let in. */
export function metNoToken({ verdict, effects, facts }: LoginDecision): boolean {
  const isLetIn = verdict.kind === 'accepted' || verdict.kind === 'challenged';
  const isElsewhere =
    verdict.kind === 'relayed' || (verdict.kind === 'rejected' && verdict.reason === 'elsewhere');
  return !isLetIn && !isElsewhere && effects.length === 0 && !facts.serial;
}

/** What somebody can easily have many of counts as one: of IPv6 addresses, those of one /64. */
function clientKey(client: string): string {
  return client.includes(':') ? clientNetwork(client) : client;
}

/** Of many users, and without what somebody may have made very long. */
function ofNobody(context: AuditContext): AuditContext {
  return { ...context, user: '', realm: '' };
}

function countFacts(requests: number): AuditFacts {
  return {
    succeeded: false,
    detail: `${requests} requests that met no token, beyond the budget of this client`,
  };
}
