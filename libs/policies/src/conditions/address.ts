import ipaddr from 'ipaddr.js';

/** An IP address as words of 32 bits: one of IPv4, four of IPv6. */
export interface Address {
  readonly words: readonly number[];
}

/** A client's address, read once for many conditions; `null`: the text is no address. */
export type ClientAddress = Address | null;

export interface Network {
  /** Those of the first address. */
  readonly words: readonly number[];
  readonly masks: readonly number[];
}

/** Bits that an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) has in front of the IPv4 one. */
const MAPPED_PREFIX_BITS = 96;
const WORD_BITS = 32;

/** A mapped address (`::ffff:10.0.0.1`) is the IPv4 one. */
export function parseClientAddress(text: string): ClientAddress {
  // A link-local peer carries its interface (`fe80::1%eth0`), which no network names.
  const plain = text.includes('%') ? text.slice(0, text.indexOf('%')) : text;
  const word = wordOfIPv4(plain);
  if (word !== null) return { words: [word] };
  return ipaddr.IPv6.isValid(plain) ? { words: wordsOf(ipaddr.process(plain)) } : null;
}

/** Read here, as each lookup of each login does; only decimal octets without leading zeros. */
function wordOfIPv4(text: string): number | null {
  let word = 0;
  let octet = -1;
  let octets = 0;
  for (let i = 0; i <= text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9 && octet !== 0) {
      octet = Math.max(octet, 0) * 10 + digit;
      if (octet > 255) return null;
    } else if (octet >= 0 && (i === text.length || text[i] === '.')) {
      word = (word << 8) | octet;
      octet = -1;
      octets++;
    } else {
      return null;
    }
  }
  return octets === 4 ? word : null;
}

/** An address or a network: `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `fd00::/8`; `null`: neither. */
export function parseNetwork(text: string): Network | null {
  const slash = text.indexOf('/');
  const base = slash < 0 ? text : text.slice(0, slash).trim();
  if (!isIPv4(base) && !ipaddr.IPv6.isValid(base)) return null;
  const address = ipaddr.parse(base);
  const bits = slash < 0 ? widthOf(address) : maskBits(text.slice(slash + 1).trim(), address);
  if (bits === null) return null;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_PREFIX_BITS) {
    return network(address.toIPv4Address(), bits - MAPPED_PREFIX_BITS);
  }
  return network(address, bits);
}

export function isWithin({ words }: Address, { words: base, masks }: Network): boolean {
  if (words.length !== base.length) return false;
  for (let i = 0; i < words.length; i++) {
    if (((words[i] ?? 0) & (masks[i] ?? 0)) !== base[i]) return false;
  }
  return true;
}

function network(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): Network {
  const words = wordsOf(address);
  const masks = words.map((_, i) => maskOf(bits - i * WORD_BITS));
  return { words: words.map((word, i) => word & (masks[i] ?? 0)), masks };
}

/** The mask of one word of which that many bits count. */
function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= WORD_BITS ? -1 : -1 << (WORD_BITS - bits);
}

function wordsOf(address: ipaddr.IPv4 | ipaddr.IPv6): number[] {
  const bytes = Buffer.from(address.toByteArray());
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32BE(i * 4));
}

/** Not the forms that other programs read differently (`10.1`, `012.0.0.1`). */
function isIPv4(text: string): boolean {
  return wordOfIPv4(text) !== null;
}

function widthOf(address: ipaddr.IPv4 | ipaddr.IPv6): number {
  return address.kind() === 'ipv4' ? WORD_BITS : 4 * WORD_BITS;
}

/** `8` and, for IPv4, `255.0.0.0`. */
function maskBits(mask: string, address: ipaddr.IPv4 | ipaddr.IPv6): number | null {
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= widthOf(address) ? Number(mask) : null;
  return address.kind() === 'ipv4' && isIPv4(mask)
    ? ipaddr.IPv4.parse(mask).prefixLengthFromSubnetMask()
    : null;
}
