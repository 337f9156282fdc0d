import type { AuditContext, AuditFacts, AuditTrail } from '@app/audit';
import { type LoginCommit, type LoginCommitter, type LoginDecision } from '@app/authentication';
import { Unavailable } from '@app/kernel';

import { type Patience, Waiting } from '../patience.js';
import { BATCH_LIMIT } from './chain-batch.js';
import type { PendingLogin } from './decide-in-turn.js';
import { type LaneServices, LoginLane } from './login-lane.js';

const LANES = 2;
const QUEUE_LIMIT = 5_000;
// Of a batch, where logins wait as well: requests of administrators are answered behind their records, however many logins come.
const RECORDS_FIRST = 8;

class WaitingLogin extends Waiting<LoginDecision | 'start-over'> implements PendingLogin {
  readonly tokenIds: readonly number[];

  constructor(
    readonly login: LoginCommit,
    patience: Patience,
    resolve: (decision: LoginDecision | 'start-over') => void,
    reject: (error: unknown) => void,
  ) {
    super(patience, resolve, reject);
    this.tokenIds = login.tokens.map((token) => token.id);
  }
}

/**
 * Gathers what waits into batches and hands them to the lanes: whoever comes while a batch is written shares the next
 * one's flush. A token is in one batch of this process at a time.
 */
export class GroupCommitter implements LoginCommitter, AuditTrail {
  readonly #lanes: LoginLane[];
  readonly #idle: LoginLane[];
  readonly #busyTokens = new Set<number>();
  #queue: WaitingLogin[] = [];
  /** Those that are a record alone. */
  readonly #records: WaitingLogin[] = [];
  #pumpScheduled = false;
  #closing = false;
  readonly #running = new Set<Promise<void>>();

  constructor(
    services: LaneServices,
    private readonly patience: Patience,
  ) {
    this.#lanes = Array.from({ length: LANES }, () => new LoginLane(services));
    this.#idle = [...this.#lanes];
  }

  commit(login: LoginCommit): Promise<LoginDecision | 'start-over'> {
    return this.#commitIn(this.#queue, login);
  }

  /** A record alone: a decision without tokens and effects, whose verdict nobody reads. It passes the logins that wait. */
  async append(context: AuditContext, facts: AuditFacts): Promise<void> {
    const decision: LoginDecision = {
      verdict: { kind: 'rejected', reason: 'no-token' },
      effects: [],
      facts,
    };
    await this.#commitIn(this.#records, {
      context,
      tokens: [],
      root: null,
      challenges: [],
      now: new Date(),
      decision,
      decideAgain: () => decision,
    });
  }

  /** Waits for what is under way and closes the lanes. */
  async close(): Promise<void> {
    while (this.#waiting > 0 || this.#running.size > 0) {
      await Promise.race([...this.#running, new Promise((resolve) => setImmediate(resolve))]);
    }
    this.#closing = true;
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  get #waiting(): number {
    return this.#queue.length + this.#records.length;
  }

  #commitIn(queue: WaitingLogin[], login: LoginCommit): Promise<LoginDecision | 'start-over'> {
    if (this.#closing || this.#waiting >= QUEUE_LIMIT) {
      return Promise.reject(new Unavailable('too many logins are waiting for the database'));
    }
    return new Promise((resolve, reject) => {
      queue.push(new WaitingLogin(login, this.patience, resolve, reject));
      this.#schedule();
    });
  }

  // At the next turn of the event loop: a lone client does not wait, and whatever arrives together commits together.
  #schedule(): void {
    if (this.#pumpScheduled || this.#idle.length === 0 || this.#waiting === 0) return;
    this.#pumpScheduled = true;
    setImmediate(() => {
      this.#pumpScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#idle.length > 0 && this.#waiting > 0) {
      const batch = this.#takeBatch();
      const lane = batch.length > 0 ? this.#idle.pop() : undefined;
      if (!lane) return;
      const running = lane.commit(batch).then((failure) => {
        this.#running.delete(running);
        for (const { tokenIds } of batch) for (const id of tokenIds) this.#busyTokens.delete(id);
        this.#idle.push(lane);
        if (failure && !this.#lanes.some(({ isConnected }) => isConnected)) this.#giveUp(failure);
        this.#schedule();
      });
      this.#running.add(running);
    }
  }

  /** No connection is left, and none can be made: whoever waits would find the same, one time-out after the other. */
  #giveUp(failure: Unavailable): void {
    for (const pending of [...this.#records.splice(0), ...this.#queue.splice(0)]) pending.reject(failure);
  }

  /**
   * Some records, then the first of the queue whose tokens are not in another batch; the others keep their places. Logins of
   * one token may share a batch: they are decided one after the other.
   */
  #takeBatch(): PendingLogin[] {
    const batch = this.#records.splice(0, this.#queue.length > 0 ? RECORDS_FIRST : BATCH_LIMIT);
    const passedOver: WaitingLogin[] = [];
    const taken = new Set<number>();
    let looked = 0;
    for (const pending of this.#queue) {
      if (batch.length === BATCH_LIMIT) break;
      looked++;
      if (pending.isGivenUp) continue;
      if (pending.tokenIds.some((id) => this.#busyTokens.has(id))) passedOver.push(pending);
      else {
        for (const id of pending.tokenIds) taken.add(id);
        batch.push(pending);
      }
    }
    for (const id of taken) this.#busyTokens.add(id);
    this.#queue = [...passedOver, ...this.#queue.slice(looked)];
    return batch;
  }
}
