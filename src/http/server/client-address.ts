import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

import type { Networks } from '../../config/networks.js';
import type { Forwarding } from './stored-forwarding.js';

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
  /** Whether it may name another client in a parameter. */
  readonly mayNameClient: boolean;
}

/** `isSecure` of the request's origin, where nothing else of it matters: its peer is looked at only if that decides. */
export function cameSecurely({ socket, headers }: IncomingMessage, trusted: Networks): boolean {
  if (isEncrypted(socket)) return true;
  const protocol = headers['x-forwarded-proto'];
  if (protocol === undefined || forwardedProtocol(protocol) !== 'https') return false;
  return trusted.includes(canonicalAddress(socket.remoteAddress ?? '') ?? '');
}

function isEncrypted(socket: IncomingMessage['socket']): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
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

/**
 * The last untrusted hop of `Forwarded` headers (RFC 7239 §4), as `clientAddress` has it: an element without a proper `for`
 * ends the walk.
 */
export function forwardedClient(peer: string, headers: readonly string[], trusted: Networks): string {
  const hops = headers.flatMap(forwardedElements).map((element) => FOR.exec(element)?.groups?.['node'] ?? '');
  return clientAddress(
    peer,
    hops.map((hop) => hop.replace(/^"(.*)"$/, '$1')),
    trusted,
  );
}

/**
 * The origin of a request, from its socket and what a trusted proxy says of it.
 *
 * @param stored what administrators have stored; of its proxies only where `trusted` names none
 */
export function requestOrigin(
  request: IncomingMessage,
  trusted: Networks,
  stored: Forwarding | null = null,
): RequestOrigin {
  const { socket } = request;
  const ownTls = isEncrypted(socket);
  const peer = canonicalAddress(socket.remoteAddress ?? '') ?? '';
  const isTrustedProxy = trusted.includes(peer);
  const client = isTrustedProxy
    ? clientAddress(peer, headerValues(request.headers['x-forwarded-for']), trusted)
    : trusted.isEmpty && stored
      ? storedClient(request, peer, stored)
      : peer;
  return {
    client,
    peer,
    isTrustedProxy,
    isSecure:
      ownTls || (isTrustedProxy && forwardedProtocol(request.headers['x-forwarded-proto']) === 'https'),
    mayNameClient: stored?.namers.includes(client) ?? false,
  };
}

function storedClient({ headers }: IncomingMessage, peer: string, stored: Forwarding): string {
  if (!stored.proxies.includes(peer)) return peer;
  const xForwardedFor = headerValues(headers['x-forwarded-for']);
  if (stored.readsXForwardedFor && xForwardedFor.length > 0) {
    return clientAddress(peer, xForwardedFor, stored.proxies);
  }
  return stored.readsForwarded
    ? forwardedClient(peer, headerValues(headers['forwarded']), stored.proxies)
    : peer;
}

/** The address that a parameter names. @returns `null` where it is none */
export function namedAddress(text: string): string | null {
  return canonicalAddress(text.trim());
}

// Commas within quotation marks do not separate elements.
const ELEMENT = /(?:"(?:[^"\\]|\\.)*"|[^",])+/g;
const WELL_FORMED = /^(?:"(?:[^"\\]|\\.)*"|[^"\\])*$/;
const FOR = /(?:^|;)\s*for\s*=\s*(?<node>"[^"]*"|[^;,\s"]+)\s*(?:;|$)/i;

/** One element that is malformed where quotation marks do not match: a client's open one would swallow what a proxy adds. */
function forwardedElements(header: string): readonly string[] {
  return WELL_FORMED.test(header) ? (header.match(ELEMENT) ?? ['']) : [''];
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
