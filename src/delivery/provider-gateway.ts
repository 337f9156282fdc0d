import { createHash } from 'node:crypto';

import { DomainError, Occupied, Unavailable } from '@app/kernel';
import {
  type Configuration,
  type Delivery,
  type DeliveryOrder,
  type Message,
  type MessageKind,
  MessageGateway,
  type ProviderDefinition,
  chosenProviders,
  providerClass,
} from '@app/realms';
import { LRUCache } from 'lru-cache';

import { Failover } from '../outbound/failover.js';
import { Fence, Withheld, wasNotAsked } from '../outbound/fence.js';
import { type DeliveryObserver, NobodyListens } from './delivery-observer.js';
import type { Outcome, ProviderAdapter, ProviderAdapters, Refusal } from './provider-adapter.js';
import { ProviderSettings } from './provider-settings.js';

const KEPT = 1_000;
/** Devices have longer addresses than people. */
const LONGEST_RECIPIENT: Readonly<Record<MessageKind, number>> = {
  sms: 254,
  email: 254,
  voice: 254,
  push: 1_024,
};
/** Control characters and line separators: no number and no address has any. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** What users read when a message could not be sent, in LinOTP's words. */
const FAILED_TEXT: Readonly<Record<MessageKind, string>> = {
  sms: 'sending sms failed',
  email: 'error sending e-mail',
  voice: 'triggering voice call failed',
  push: 'push mechanism failed',
};

/** A provider as it is defined now, with what is known of how it behaves. */
interface Route {
  readonly provider: ProviderDefinition;
  readonly fence: Fence;
}

export interface GatewayOptions {
  /** For all attempts of one message together. */
  readonly budgetMs: number;
  readonly observer?: DeliveryObserver;
  readonly now?: () => number;
}

/**
 * Sends messages through the providers of the configuration. Each has a fence of its own: a limit of messages on their way, a
 * circuit breaker, a share of the time. Of several, the next is asked when one cannot be reached; it is passed over then.
 */
export class ProviderGateway extends MessageGateway {
  // By what they are defined as: a corrected definition starts afresh.
  readonly #routes = new LRUCache<string, Route>({ max: KEPT });
  readonly #failovers = new LRUCache<string, Failover<Route>>({ max: KEPT });
  readonly #revisions = new WeakMap<ProviderDefinition, string>();
  readonly #observer: DeliveryObserver;
  readonly #now: () => number;

  constructor(
    private readonly configuration: Pick<Configuration, 'current'>,
    private readonly adapters: ProviderAdapters,
    private readonly options: GatewayOptions,
  ) {
    super();
    this.#observer = options.observer ?? new NobodyListens();
    this.#now = options.now ?? (() => performance.now());
  }

  get budgetMs(): number {
    return this.options.budgetMs;
  }

  async send({ message, providers: names, budgetMs }: DeliveryOrder): Promise<Delivery> {
    const { kind } = message;
    const { providers, missing } = chosenProviders(this.configuration.current(), kind, names);
    const [first] = providers;
    if (!first) {
      const text = `Unable to load provider: '${missing[0] ?? ''}'`;
      const reason = `no ${kind} provider ${missing.join(', ')}`;
      return { kind: 'unavailable', text, reason, reachedNobody: true };
    }
    if (message.to === '' || message.to.length > LONGEST_RECIPIENT[kind] || CONTROL.test(message.to)) {
      return {
        ...refused(kind, 'the recipient is no number or address'),
        kind: 'failed',
        provider: first.name,
      };
    }
    const deadline = this.#now() + (budgetMs ?? this.options.budgetMs);
    // What is left is shared among those that may still be asked: a silent one leaves time for the next.
    let left = providers.length;
    const routes = providers.map((provider) => this.#routeOf(provider));
    try {
      return await this.#failoverOf(routes).ask(async (route) => {
        const share = (deadline - this.#now()) / left--;
        return this.#through(route, message, share);
      });
    } catch (error) {
      return unreachable(kind, names.length > 0 ? names : [first.name], error);
    }
  }

  /** @throws Unavailable */
  async #through({ provider, fence }: Route, message: Message, budgetMs: number): Promise<Delivery> {
    const { name } = provider;
    if (budgetMs <= 0) throw new Occupied('no time is left');
    try {
      const outcome = await fence.run(budgetMs, (signal) => this.#attempt(provider, message, signal));
      return outcome.kind === 'sent'
        ? { kind: 'sent', provider: name, status: outcome.status }
        : { ...outcome, kind: 'failed', provider: name };
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      const failed = { kind: 'failed', provider: name, text: FAILED_TEXT[message.kind] } as const;
      // Only our own errors are known to hold no secret, and to come up before anything is sent.
      if (error instanceof DomainError) return { ...failed, reason: error.message };
      return { ...failed, reason: 'unexpected failure', mayHaveArrived: true };
    }
  }

  #attempt(provider: ProviderDefinition, message: Message, signal: AbortSignal): Promise<Outcome> {
    const { type, className } = provider;
    const name = providerClass(type, className)?.name ?? '';
    const adapters: Readonly<Record<string, ProviderAdapter<never>>> = this.adapters[message.kind];
    const adapter = Object.hasOwn(adapters, name) ? adapters[name] : undefined;
    if (!adapter)
      return Promise.resolve(refused(message.kind, `nothing is sent through a ${name || className}`));
    const settings = ProviderSettings.of(provider);
    return adapter.send({ message: message as never, settings, signal });
  }

  #routeOf(provider: ProviderDefinition): Route {
    const key = this.#revisionOf(provider);
    let route = this.#routes.get(key);
    if (!route) {
      const { name } = provider;
      const kind = provider.type as MessageKind;
      const hearing = {
        away: (error: unknown) => this.#observer.providerAway(kind, name, error),
        back: () => this.#observer.providerBack(kind, name),
      };
      route = { provider, fence: new Fence(`provider ${name}`, hearing, this.#now) };
      this.#routes.set(key, route);
    }
    return route;
  }

  #failoverOf(routes: readonly Route[]): Failover<Route> {
    const key = routes.map(({ provider }) => this.#revisionOf(provider)).join();
    let failover = this.#failovers.get(key);
    if (!failover) {
      failover = new Failover(routes, HEARING, this.#now);
      this.#failovers.set(key, failover);
    }
    return failover;
  }

  #revisionOf(provider: ProviderDefinition): string {
    let revision = this.#revisions.get(provider);
    if (revision === undefined) {
      const { type, name, className, timeout, config } = provider;
      const hash = createHash('sha256').update(JSON.stringify([type, name, className, timeout]));
      try {
        config.use((bytes) => hash.update(bytes));
      } catch {
        // It cannot be opened: whoever uses it says so.
      }
      revision = hash.digest('base64');
      this.#revisions.set(provider, revision);
    }
    return revision;
  }
}

/** The fences speak of who is away. */
const HEARING = {
  nameOf: ({ provider }: Route) => provider.name,
  messageOf: (error: unknown) => (error instanceof DomainError ? error.message : 'unexpected failure'),
  isTrouble: (error: unknown) =>
    error instanceof Unavailable && !(error instanceof Occupied) && !(error instanceof Withheld),
  away: () => undefined,
  back: () => undefined,
};

function refused(kind: MessageKind, reason: string): Refusal {
  return { kind: 'refused', text: FAILED_TEXT[kind], reason };
}

function unreachable(kind: MessageKind, names: readonly string[], error: unknown): Delivery {
  const listed = names.map((name) => `'${name}'`).join(', ');
  const text = kind === 'sms' ? `unable to connect to any SMSProvider [${listed}]` : FAILED_TEXT[kind];
  if (!(error instanceof AggregateError)) return { kind: 'unavailable', text, reason: 'unexpected failure' };
  const reachedNobody = error.errors.every(wasNotAsked);
  return { kind: 'unavailable', text, reason: error.message, ...(reachedNobody && { reachedNobody }) };
}
