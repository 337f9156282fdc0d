import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Bits that an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) has in front of the IPv4 one. */
const MAPPED_PREFIX_BITS = 96;

/** Nearly all requests come from the same few proxies and gateways. */
const MOST_REMEMBERED = 256;

/** A list of networks in CIDR notation, IPv4 and IPv6. A mapped address (`::ffff:10.0.0.1`) is the IPv4 one. */
export class Networks {
  static readonly none = new Networks([]);

  readonly #ranges: readonly [Address, number][];
  /** What was found of addresses, the last of them. */
  readonly #found = new LRUCache<string, boolean>({ max: MOST_REMEMBERED });

  private constructor(
    /** As they were given, for display. */
    readonly texts: readonly string[],
  ) {
    this.#ranges = texts.map(parseNetwork);
    Object.freeze(texts);
  }

  /** @throws RangeError on the first text that is neither an address nor a network */
  static parse(texts: readonly string[]): Networks {
    return new Networks([...texts]);
  }

  get isEmpty(): boolean {
    return this.texts.length === 0;
  }

  /** Whether the address lies in one of the networks. Anything that is no IP address lies in none. */
  includes(address: string): boolean {
    if (this.isEmpty) return false;
    const known = this.#found.get(address);
    if (known !== undefined) return known;
    const found = this.#isWithin(address);
    this.#found.set(address, found);
    return found;
  }

  #isWithin(address: string): boolean {
    const parsed = parseAddress(address);
    return (
      parsed !== null &&
      this.#ranges.some((range) => parsed.kind() === range[0].kind() && parsed.match(range))
    );
  }

  toString(): string {
    return this.texts.join(', ');
  }
}

function parseAddress(text: string): Address | null {
  // A link-local peer carries its interface (`fe80::1%eth0`), which no network names.
  const plain = text.split('%', 1)[0] ?? '';
  // Node's check first: ipaddr.js also takes `10.1`, `0x7f.1` and octal parts, which others read differently.
  return isIP(plain) === 0 ? null : ipaddr.process(plain);
}

function parseNetwork(text: string): [Address, number] {
  const [base = '', bits, ...rest] = text.split('/');
  const family = isIP(base);
  const width = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (family === 0 || rest.length > 0 || !(prefix <= width)) throw new RangeError('not a network');

  const address = ipaddr.parse(base);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && prefix >= MAPPED_PREFIX_BITS) {
    return [address.toIPv4Address(), prefix - MAPPED_PREFIX_BITS];
  }
  return [address, prefix];
}
