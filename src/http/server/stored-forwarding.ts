import type { HostNames, NetworkEntry, Settings } from '@app/realms';

import { Networks } from '../../config/networks.js';

const RESOLVED_FOR_MS = 60_000;

/** Whose word about the client counts, by the settings that administrators store (spec/system-api §2.5). */
export interface Forwarding {
  readonly proxies: Networks;
  readonly readsXForwardedFor: boolean;
  readonly readsForwarded: boolean;
  /** Who may name another client in a parameter. */
  readonly namers: Networks;
}

interface Resolved {
  readonly settings: Settings;
  readonly forwarding: Forwarding;
  readonly staleAt: number;
}

/** Follows the stored settings. Names of hosts are resolved beside the requests, and again after a minute. */
export class StoredForwarding {
  #resolved: Resolved | null = null;
  #resolving: Settings | null = null;

  /**
   * @param settings    the newest that this node has
   * @param namesClient whether anybody may name another client in a parameter
   */
  constructor(
    private readonly settings: () => Settings,
    private readonly hostNames: HostNames,
    private readonly namesClient: boolean,
  ) {}

  /** As it is known now: a host whose name is not resolved yet is not trusted yet. */
  current(): Forwarding {
    const settings = this.settings();
    if (this.#resolved?.settings !== settings) {
      this.#resolved = this.#resolvedWith(settings, new Map());
    }
    const { forwarding, staleAt } = this.#resolved;
    if (performance.now() >= staleAt && this.#resolving !== settings) void this.#resolve(settings);
    return forwarding;
  }

  async #resolve(settings: Settings): Promise<void> {
    this.#resolving = settings;
    const addresses = new Map<string, readonly string[]>();
    for (const { base, isName } of settings.forwarding.proxies) {
      if (isName) addresses.set(base, await this.hostNames.addresses(base));
    }
    this.#resolving = null;
    if (this.#resolved?.settings === settings) this.#resolved = this.#resolvedWith(settings, addresses);
  }

  #resolvedWith(settings: Settings, addresses: ReadonlyMap<string, readonly string[]>): Resolved {
    const { proxies, readsXForwardedFor, readsForwarded } = settings.forwarding;
    const hasNames = proxies.some(({ isName }) => isName);
    const isDone = !hasNames || addresses.size > 0;
    return {
      settings,
      forwarding: {
        proxies: networksOf(proxies, addresses),
        readsXForwardedFor,
        readsForwarded,
        namers: this.namesClient ? networksOf(settings.clientNamers, addresses) : Networks.none,
      },
      staleAt: !hasNames ? Infinity : isDone ? performance.now() + RESOLVED_FOR_MS : 0,
    };
  }
}

function networksOf(
  entries: readonly NetworkEntry[],
  addresses: ReadonlyMap<string, readonly string[]>,
): Networks {
  const texts = entries.flatMap(({ base, isName, bits }) => {
    const bases = isName ? (addresses.get(base) ?? []) : [base];
    return bases.map((address) => {
      // Bits that are too many for an IPv4 address were meant for the name's IPv6 one.
      const isTooMany = bits !== null && bits > 32 && !address.includes(':');
      return bits === null || isTooMany ? address : `${address}/${bits}`;
    });
  });
  return Networks.parse(texts);
}
