import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

import type { Networks } from '../../config/networks.js';

/** Where a request came from, as far as it can be believed. */
export interface RequestOrigin {
  /** The client: the last hop that is not a trusted proxy. */
  readonly client: string;
  /** The other end of the connection. */
  readonly peer: string;
  /** Whether the peer is a proxy whose words about the request are believed. */
  readonly isTrustedProxy: boolean;
  /** Whether it came by TLS: to us, or to the trusted proxy that says so. */
  readonly isSecure: boolean;
}

type ForwardedHeader = string | readonly string[] | undefined;

/**
 * The last untrusted hop from the right over all X-Forwarded-For headers: what stands left of it may be made up. A
 * malformed entry ends the walk, and the last good hop counts.
 *
 * @param peer     address of the socket's other end, `''` when it is gone already
 * @param headers  the X-Forwarded-For headers in the order in which they came
 * @returns        IPv4, or IPv6 in the form of RFC 5952; IPv4-mapped addresses as IPv4
 */
export function clientAddress(peer: string, headers: readonly string[], trusted: Networks): string {
  let hop = canonicalAddress(peer) ?? peer;
  if (trusted.isEmpty || !trusted.includes(hop)) return hop;
  for (const entry of entriesFromTheRight(headers)) {
    const address = forwardedAddress(entry);
    if (address === null) return hop;
    hop = address;
    if (!trusted.includes(hop)) return hop;
  }
  return hop;
}

/** The origin of a request, from its socket and what a trusted proxy says of it. */
export function requestOrigin(request: IncomingMessage, trusted: Networks): RequestOrigin {
  const { socket } = request;
  const ownTls = 'encrypted' in socket && socket.encrypted === true;
  const peer = canonicalAddress(socket.remoteAddress ?? '') ?? '';
  const isTrustedProxy = trusted.includes(peer);
  if (!isTrustedProxy) return { client: peer, peer, isTrustedProxy, isSecure: ownTls };
  return {
    client: clientAddress(peer, headerValues(request.headers['x-forwarded-for']), trusted),
    peer,
    isTrustedProxy,
    isSecure: ownTls || forwardedProtocol(request.headers['x-forwarded-proto']) === 'https',
  };
}

/** Entries from the last to the first, without splitting what a client may have made very long. */
function* entriesFromTheRight(headers: readonly string[]): Generator<string> {
  for (const header of headers.toReversed()) {
    let end = header.length;
    while (end >= 0) {
      const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1);
      yield header.slice(comma + 1, end);
      end = comma;
    }
  }
}

/** `a.b.c.d`, `a.b.c.d:port`, `v6`, `[v6]` or `[v6]:port`; `null` for anything else, such as `unknown`. */
function forwardedAddress(entry: string): string | null {
  const text = entry.trim();
  if (text.startsWith('[')) {
    const close = text.indexOf(']');
    return close > 0 && isPortOrNothing(text.slice(close + 1))
      ? canonicalAddress(text.slice(1, close), 6)
      : null;
  }
  const colon = text.indexOf(':');
  if (colon >= 0 && colon === text.lastIndexOf(':')) {
    return isPortOrNothing(text.slice(colon)) ? canonicalAddress(text.slice(0, colon), 4) : null;
  }
  return canonicalAddress(text);
}

function isPortOrNothing(text: string): boolean {
  return text === '' || /^:\d{1,5}$/.test(text);
}

function canonicalAddress(text: string, family?: 4 | 6): string | null {
  // Node's check first: ipaddr.js also takes `10.1`, `0x7f.1` and octal parts, which others read differently.
  const found = isIP(text);
  if (found === 0 || (family !== undefined && found !== family)) return null;
  if (found === 4) return text;
  const zone = text.indexOf('%');
  return ipaddr.process(zone < 0 ? text : text.slice(0, zone)).toString();
}

/** The last value: what the proxy next to us says, not what the client may have put before it. */
function forwardedProtocol(header: ForwardedHeader): string {
  const text = headerValues(header).at(-1) ?? '';
  return text
    .slice(text.lastIndexOf(',') + 1)
    .trim()
    .toLowerCase();
}

function headerValues(header: ForwardedHeader): readonly string[] {
  if (header === undefined) return [];
  return typeof header === 'string' ? [header] : header;
}
