import { type RemoteAnswer, RemoteAuthentication, type RemoteLogin } from '@app/authentication';
import { DomainError } from '@app/kernel';
import { type ForwardServer, type PolicySecrets, openedForwardServer } from '@app/realms';
import { LRUCache } from 'lru-cache';

import { Fence } from '../outbound/fence.js';
import { NobodyNotices, type RemoteObserver } from './remote-observer.js';

const KEPT = 1_000;

/** Who is let in, and by which server. */
export interface RemoteQuestion extends Omit<RemoteLogin, 'server'> {
  readonly server: ForwardServer;
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
}

/** One way of asking a server. @throws Unavailable for a server in trouble; Invalid naming what cannot be used */
export interface RemoteProtocol {
  ask(question: RemoteQuestion): Promise<RemoteAnswer>;
}

/** By the scheme of the server's URL, with its colon. */
export type RemoteProtocols = ReadonlyMap<string, RemoteProtocol>;

export interface RemoteOptions {
  /** For one login, all attempts together. */
  readonly budgetMs: number;
  readonly observer?: RemoteObserver;
}

/**
 * Asks the servers that policies name. Each has a fence of its own: a limit of logins on their way, a time budget and a
 * circuit breaker, so that a slow one costs only the logins that it decides.
 */
export class RemoteServers extends RemoteAuthentication {
  readonly #fences = new LRUCache<string, Fence>({ max: KEPT });
  readonly #observer: RemoteObserver;

  constructor(
    private readonly secrets: PolicySecrets,
    private readonly protocols: RemoteProtocols,
    private readonly options: RemoteOptions,
  ) {
    super();
    this.#observer = options.observer ?? new NobodyNotices();
  }

  async ask({ server: text, ...login }: RemoteLogin): Promise<RemoteAnswer> {
    const server = openedForwardServer(text, this.secrets);
    const protocol = server && this.protocols.get(server.url.protocol);
    if (!server || !protocol) return failed('the server to forward to cannot be used: see its policy');
    try {
      return await this.#fenceOf(text, server.url).run(this.options.budgetMs, (signal) =>
        protocol.ask({ ...login, server, signal }),
      );
    } catch (error) {
      // Only our own errors are known to hold no secret.
      return failed(error instanceof DomainError ? error.message : 'unexpected failure');
    }
  }

  // By the text of the policy: a corrected one starts afresh.
  #fenceOf(text: string, url: URL): Fence {
    let fence = this.#fences.get(text);
    if (!fence) {
      const name = `${url.protocol}//${url.host}`;
      const hearing = {
        away: (error: unknown) => this.#observer.serverAway(name, error),
        back: () => this.#observer.serverBack(name),
      };
      fence = new Fence(name, hearing);
      this.#fences.set(text, fence);
    }
    return fence;
  }
}

function failed(reason: string): RemoteAnswer {
  return { kind: 'failed', reason };
}
