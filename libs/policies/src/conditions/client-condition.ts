import ipaddr from 'ipaddr.js';

import { MalformedCondition } from '../policy.errors.js';
import { type Condition, type ConditionMatch, NO_MATCH, listEntries } from './condition.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A client's address, read once for many conditions; `null`: the text is no address. */
export type ClientAddress = Address | null;

interface ClientEntry {
  /** `null`: every address (`-*`). */
  readonly network: readonly [Address, number] | null;
  readonly isNegated: boolean;
  readonly answer: ConditionMatch;
}

/** Bits that an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) has in front of the IPv4 one. */
const MAPPED_PREFIX_BITS = 96;

const WILDCARD: ConditionMatch = { precision: 'wildcard', entry: '*' };

/** A comma list of addresses and networks, IPv4 and IPv6 (spec/policies §4.4). */
export class ClientCondition implements Condition<ClientAddress> {
  private constructor(
    private readonly isWildcard: boolean,
    private readonly entries: readonly ClientEntry[],
  ) {}

  /** @throws MalformedCondition when an entry is neither an address nor a network */
  static parse(text: string): ClientCondition {
    const entries = listEntries(text, ',');
    return new ClientCondition(
      entries.some((entry) => entry.written === '*'),
      entries
        .filter((entry) => entry.written !== '*')
        .map(({ text: network, written, isNegated }) => ({
          network: network === '*' ? null : parseNetwork(network),
          isNegated,
          answer: { precision: isNegated ? null : 'exact', entry: written },
        })),
    );
  }

  /** What is no address is matched by `*` alone. */
  match(address: ClientAddress): ConditionMatch {
    if (this.isWildcard) return WILDCARD;
    if (address === null) return NO_MATCH;
    let match = NO_MATCH;
    for (const { network, isNegated, answer } of this.entries) {
      if (network !== null && !isWithin(address, network)) continue;
      if (isNegated) return answer;
      if (match.precision === null) match = answer;
    }
    return match;
  }
}

function isWithin(address: Address, [base, bits]: readonly [Address, number]): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}

/** A mapped address (`::ffff:10.0.0.1`) is the IPv4 one. */
export function parseClientAddress(text: string): ClientAddress {
  // A link-local peer carries its interface (`fe80::1%eth0`), which no network names.
  const plain = text.split('%', 1)[0] ?? '';
  if (ipaddr.IPv4.isValidFourPartDecimal(plain)) return ipaddr.IPv4.parse(plain);
  if (!ipaddr.IPv6.isValid(plain)) return null;
  return ipaddr.process(plain);
}

function parseNetwork(text: string): readonly [Address, number] {
  const slash = text.indexOf('/');
  const base = slash < 0 ? text : text.slice(0, slash).trim();
  const mask = slash < 0 ? null : text.slice(slash + 1).trim();
  const isIPv4 = ipaddr.IPv4.isValidFourPartDecimal(base);
  if (!isIPv4 && !ipaddr.IPv6.isValid(base)) throw malformed(text);
  const address = isIPv4 ? ipaddr.IPv4.parse(base) : ipaddr.IPv6.parse(base);
  const bits = mask === null ? (isIPv4 ? 32 : 128) : maskBits(mask, isIPv4);
  if (bits === null) throw malformed(text);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_PREFIX_BITS) {
    return [address.toIPv4Address(), bits - MAPPED_PREFIX_BITS];
  }
  return [address, bits];
}

/** `8` and, for IPv4, `255.0.0.0`. */
function maskBits(mask: string, isIPv4: boolean): number | null {
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= (isIPv4 ? 32 : 128) ? Number(mask) : null;
  if (!isIPv4 || !ipaddr.IPv4.isValidFourPartDecimal(mask)) return null;
  return ipaddr.IPv4.parse(mask).prefixLengthFromSubnetMask();
}

function malformed(text: string): MalformedCondition {
  return new MalformedCondition('client', `'${text}' is neither an address nor a network`);
}
