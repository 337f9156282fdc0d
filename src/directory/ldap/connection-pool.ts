import { ServerFailure, ServerOccupied } from './server-failure.js';

export interface Poolable {
  /** Whether it may still be used, as far as can be seen from here. */
  readonly isUsable: boolean;
  close(): void;
}

export interface PoolLimits {
  readonly connections: number;
  /** How long one is kept that nobody uses. */
  readonly idleMs: number;
  /** How long somebody waits for one, and for its being opened. */
  readonly waitMs: number;
}

export interface Borrowed<C, T> {
  readonly connection: C;
  readonly result: T;
  /** To be called once. A connection that is of no use any more is closed first. */
  readonly giveBack: () => void;
}

interface Idle<C> {
  readonly connection: C;
  readonly timer: NodeJS.Timeout;
}

/** Bound connections to one server: each is lent to one at a time, no more are open than are needed. */
export class ConnectionPool<C extends Poolable> {
  readonly #idle: Idle<C>[] = [];
  readonly #waiting: (() => void)[] = [];
  #lent = 0;
  #isClosed = false;

  /** @param open opens a connection and binds it, in so many milliseconds */
  constructor(
    private readonly open: (ms: number) => Promise<C>,
    private readonly limits: PoolLimits,
  ) {}

  /**
   * Works on a connection. One that broke off while nobody looked at it is replaced, once.
   * @throws ServerOccupied; what opening and `work` throw
   */
  async use<T>(work: (connection: C) => Promise<T>): Promise<T> {
    const { result, giveBack } = await this.borrow(work);
    giveBack();
    return result;
  }

  /** As `use`, but the connection stays borrowed when `work` is done, until it is given back. */
  async borrow<T>(work: (connection: C) => Promise<T>): Promise<Borrowed<C, T>> {
    const first = await this.#lend();
    try {
      return { ...first, result: await work(first.connection) };
    } catch (error) {
      first.giveBack();
      const wentStale = !first.isNew && error instanceof ServerFailure && error.kind === 'lost';
      if (!wentStale) throw error;
    }
    // The others that lay idle went the same way.
    this.#closeIdle();
    const second = await this.#lend();
    try {
      return { ...second, result: await work(second.connection) };
    } catch (error) {
      second.giveBack();
      throw error;
    }
  }

  /** Closes what is idle now, and what is lent when it comes back. */
  close(): void {
    this.#isClosed = true;
    this.#closeIdle();
  }

  async #lend() {
    const deadline = Date.now() + this.limits.waitMs;
    if (this.#lent >= this.limits.connections) await this.#turn(this.limits.waitMs);
    else this.#lent++;
    try {
      const idle = this.#takeIdle();
      const connection = idle ?? (await this.open(Math.max(1, deadline - Date.now())));
      return { connection, isNew: !idle, giveBack: () => this.#takeBack(connection) };
    } catch (error) {
      this.#passOn();
      throw error;
    }
  }

  #takeIdle(): C | null {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (idle.connection.isUsable) return idle.connection;
      idle.connection.close();
    }
    return null;
  }

  #takeBack(connection: C): void {
    if (this.#isClosed || !connection.isUsable) {
      connection.close();
    } else {
      const timer = setTimeout(() => this.#retire(connection), this.limits.idleMs);
      // No reason to keep the process.
      timer.unref();
      this.#idle.push({ connection, timer });
    }
    this.#passOn();
  }

  #retire(connection: C): void {
    const place = this.#idle.findIndex((idle) => idle.connection === connection);
    if (place >= 0) this.#idle.splice(place, 1);
    connection.close();
  }

  #closeIdle(): void {
    for (const { connection, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      connection.close();
    }
  }

  /** The place goes on to who waits longest. */
  #passOn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#lent--;
  }

  #turn(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(admit), 1);
        reject(new ServerOccupied('all connections to the server are in use'));
      }, ms);
      const admit = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.push(admit);
    });
  }
}
