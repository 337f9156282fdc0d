import type { Socket } from 'node:net';

import { Client, type Entry, ResultCodeError } from 'ldapts';

import { EncodedFilter } from './encoded-filter.js';
import type { LdapServer } from './ldap-settings.js';
import { type Trust, openSocket } from './open-socket.js';
import { RESULT, ServerFailure, isResult, messageOf } from './server-failure.js';
import { binaryAttributes } from './user-entries.js';
import type { Lookup } from './user-filters.js';

const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

export interface Wanted extends Lookup {
  readonly attributes: readonly string[];
}

/** One connection to one server. Never opened a second time: what was bound on it would not be bound any more. */
export class LdapConnection {
  readonly #client: Client;
  #received = 0;

  private constructor(
    server: LdapServer,
    private readonly socket: Socket,
    private readonly responseMs: number,
  ) {
    let isTaken = false;
    this.#client = new Client({
      url: `ldap://${server.uri.slice(server.uri.indexOf('//') + 2)}`,
      createConnection: () => {
        if (isTaken || socket.destroyed) throw new ServerFailure('lost', 'the connection is over');
        isTaken = true;
        return socket;
      },
    });
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.length;
      if (this.#received > LARGEST_ANSWER_BYTES) socket.destroy();
    });
    // Without a listener, one that is lost while it is idle would end the process.
    socket.on('error', () => undefined);
  }

  /** @param ms until it is open @throws ServerFailure */
  static async open(
    server: LdapServer,
    trust: Trust,
    ms: number,
    responseMs: number,
  ): Promise<LdapConnection> {
    return new LdapConnection(server, await openSocket(server, trust, ms), responseMs);
  }

  get isUsable(): boolean {
    return !this.socket.destroyed && this.socket.writable;
  }

  /** A simple bind (RFC 4513 §5.1). @throws ServerFailure, ResultCodeError */
  async bind(dn: string, password: string, ms = this.responseMs): Promise<void> {
    await this.#answer(ms, () => this.#client.bind(dn, password));
  }

  /** At most so many entries, also when there are more. @throws ServerFailure, ResultCodeError */
  async search(wanted: Wanted, sizeLimit: number): Promise<Entry[]> {
    const { searchEntries } = await this.#answer(this.responseMs, () =>
      this.#client.search(wanted.base, { ...this.#options(wanted), sizeLimit }),
    );
    return searchEntries;
  }

  /**
   * All entries, page by page (RFC 2696), as many as the server gives this account. A server that cannot page gives
   * `sizeLimit` at most.
   * @returns whether there may be more
   * @throws ServerFailure, ResultCodeError
   */
  async *pages(wanted: Wanted, pageSize: number, sizeLimit: number): AsyncGenerator<Entry[], boolean> {
    const options = { ...this.#options(wanted), paged: { pageSize } };
    const pages = this.#client.searchPaginated(wanted.base, options);
    for (let isFirst = true; ; isFirst = false) {
      let page;
      try {
        page = await this.#answer(this.responseMs, () => pages.next());
      } catch (error) {
        const isTooMuch = isResult(error, RESULT.sizeLimitExceeded);
        if (isFirst && (isTooMuch || isResult(error, RESULT.unavailableCriticalExtension))) {
          const entries = await this.search(wanted, sizeLimit);
          yield entries;
          return isTooMuch || entries.length >= sizeLimit;
        }
        // The server gives no more to this account: what there was is all it can see.
        if (isTooMuch) return true;
        throw error;
      }
      if (page.done === true) return false;
      yield page.value.searchEntries;
    }
  }

  close(): void {
    // Says goodbye, and waits for nothing.
    this.#client.unbind().catch(() => undefined);
    if (!this.socket.destroyed) this.socket.end();
    this.socket.destroySoon();
  }

  #options({ scope, filter, attributes }: Wanted) {
    return {
      scope,
      filter: new EncodedFilter(filter),
      attributes: [...attributes],
      explicitBufferAttributes: binaryAttributes(attributes),
      // The server need not go on when nobody waits any more.
      timeLimit: Math.ceil(this.responseMs / 1000),
    };
  }

  /** A connection on which an answer is missing is of no use any more: the answer may still come. */
  async #answer<T>(ms: number, ask: () => Promise<T>): Promise<T> {
    this.#received = 0;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new ServerFailure('silent', 'no answer in time'));
        this.socket.destroy();
      }, ms);
    });
    try {
      return await Promise.race([ask(), tooLate]);
    } catch (error) {
      if (error instanceof ServerFailure || error instanceof ResultCodeError) throw error;
      this.socket.destroy();
      throw new ServerFailure('lost', messageOf(error), { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}
