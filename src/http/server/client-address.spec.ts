import type { IncomingMessage } from 'node:http';

import { Networks } from '../../config/networks.js';
import { cameSecurely, clientAddress, forwardedClient, requestOrigin } from './client-address.js';
import type { Forwarding } from './stored-forwarding.js';

const PROXIES = Networks.parse(['10.0.0.0/8', '2001:db8:1::/48']);

describe('clientAddress', () => {
  it.each<[why: string, peer: string, headers: string[], client: string]>([
    ['without a header it is the peer', '10.0.0.1', [], '10.0.0.1'],
    ['what an untrusted peer says does not count', '192.0.2.9', ['203.0.113.5'], '192.0.2.9'],
    ['a trusted peer is believed', '10.0.0.1', ['203.0.113.5'], '203.0.113.5'],
    ['only the last untrusted hop counts', '10.0.0.1', ['198.51.100.1, 203.0.113.5'], '203.0.113.5'],
    [
      'trusted hops are passed over',
      '10.0.0.1',
      ['198.51.100.1, 203.0.113.5, 10.2.3.4,10.9.9.9'],
      '203.0.113.5',
    ],
    ['all headers are one list', '10.0.0.1', ['198.51.100.1', '203.0.113.5', '10.2.3.4'], '203.0.113.5'],
    ['the first hop counts when all are trusted', '10.0.0.1', ['10.1.1.1, 10.2.2.2'], '10.1.1.1'],
    ['a malformed entry ends the walk', '10.0.0.1', ['203.0.113.5, unknown, 10.2.2.2'], '10.2.2.2'],
    ['a malformed last entry leaves the peer', '10.0.0.1', ['203.0.113.5, _hidden'], '10.0.0.1'],
    ['an empty entry is malformed', '10.0.0.1', ['203.0.113.5,'], '10.0.0.1'],
    ['an empty header is malformed', '10.0.0.1', [''], '10.0.0.1'],
    ['a leading comma is malformed only when it is reached', '10.0.0.1', [',203.0.113.5'], '203.0.113.5'],
    ['nothing but commas leaves the peer', '10.0.0.1', [','.repeat(8000)], '10.0.0.1'],
    ['an IPv4 port is dropped', '10.0.0.1', ['203.0.113.5:4711'], '203.0.113.5'],
    ['an IPv6 port is dropped', '10.0.0.1', ['[2001:DB8::5]:4711'], '2001:db8::5'],
    ['brackets are dropped', '10.0.0.1', ['[2001:db8::5]'], '2001:db8::5'],
    ['IPv6 is shortened', '2001:db8:1::1', ['2001:0db8:0000::0005'], '2001:db8::5'],
    ['an IPv4-mapped client is IPv4', '10.0.0.1', ['::ffff:203.0.113.5'], '203.0.113.5'],
    ['an IPv4-mapped peer is IPv4', '::ffff:10.0.0.1', ['203.0.113.5'], '203.0.113.5'],
    ['an interface name is dropped', '10.0.0.1', ['fe80::1%eth0'], 'fe80::1'],
    ['a port that is none is malformed', '10.0.0.1', ['203.0.113.5:http'], '10.0.0.1'],
    ['IPv4 in brackets is malformed', '10.0.0.1', ['[203.0.113.5]'], '10.0.0.1'],
    ['an open bracket is malformed', '10.0.0.1', ['[2001:db8::5'], '10.0.0.1'],
    ['short forms of IPv4 are malformed', '10.0.0.1', ['203.5'], '10.0.0.1'],
    ['octal forms of IPv4 are malformed', '10.0.0.1', ['0313.0.0161.5'], '10.0.0.1'],
    ['a peer that is gone stays unknown', '', ['203.0.113.5'], ''],
  ])('%s', (_why, peer, headers, client) => {
    expect(clientAddress(peer, headers, PROXIES)).toBe(client);
  });

  it('believes nobody when no proxy is trusted', () => {
    expect(clientAddress('10.0.0.1', ['203.0.113.5'], Networks.none)).toBe('10.0.0.1');
  });
});

describe('forwardedClient', () => {
  it.each<[why: string, header: string, client: string]>([
    ['an element names the client', 'for=203.0.113.5', '203.0.113.5'],
    ['its other parts do not matter', 'proto=https; For="203.0.113.5:80" ;by=10.0.0.1', '203.0.113.5'],
    ['IPv6 stands in quotation marks', 'for="[2001:DB8::5]:4711"', '2001:db8::5'],
    ['only the last untrusted hop counts', 'for=198.51.100.1, for=203.0.113.5, for=10.2.3.4', '203.0.113.5'],
    [
      'a comma in quotation marks separates nothing',
      'for=203.0.113.5;x="a, for=198.51.100.1"',
      '203.0.113.5',
    ],
    ['a hidden node ends the walk', 'for=203.0.113.5, for=_hidden', '10.0.0.1'],
    ['an element without a node ends the walk', 'for=203.0.113.5, proto=https', '10.0.0.1'],
    ['open quotation marks make all of it malformed', 'for=1.1.1.1;x=", for="[2001:db8::5]"', '10.0.0.1'],
    ['so do escaped ones', 'for=1.1.1.1;x="\\", for="[2001:db8::5]"', '10.0.0.1'],
    ['an empty header is malformed', '', '10.0.0.1'],
  ])('%s', (_why, header, client) => {
    expect(forwardedClient('10.0.0.1', [header], PROXIES)).toBe(client);
  });

  it('believes no stranger', () => {
    expect(forwardedClient('192.0.2.9', ['for=203.0.113.5'], PROXIES)).toBe('192.0.2.9');
  });
});

describe('requestOrigin', () => {
  const request = (remoteAddress: string, headers: Record<string, string>, encrypted = false) =>
    ({ headers, socket: { remoteAddress, ...(encrypted && { encrypted }) } }) as unknown as IncomingMessage;

  it.each<[why: string, request: IncomingMessage, isSecure: boolean]>([
    ['plain HTTP is not secure', request('192.0.2.9', {}), false],
    ['own TLS is', request('192.0.2.9', {}, true), true],
    ['a stranger cannot claim it', request('192.0.2.9', { 'x-forwarded-proto': 'https' }), false],
    ['a trusted proxy can', request('10.0.0.1', { 'x-forwarded-proto': 'HTTPS' }), true],
    [
      'the proxy next to us has the last word',
      request('10.0.0.1', { 'x-forwarded-proto': 'https, http' }),
      false,
    ],
    ['nonsense is not secure', request('10.0.0.1', { 'x-forwarded-proto': 'gopher' }), false],
  ])('%s', (_why, incoming, isSecure) => {
    expect(requestOrigin(incoming, PROXIES).isSecure).toBe(isSecure);
    expect(cameSecurely(incoming, PROXIES)).toBe(isSecure);
  });

  it('tells the client from the peer', () => {
    const incoming = request('::ffff:10.0.0.1', { 'x-forwarded-for': '203.0.113.5' });
    expect(requestOrigin(incoming, PROXIES)).toEqual({
      client: '203.0.113.5',
      peer: '10.0.0.1',
      isTrustedProxy: true,
      isSecure: false,
      mayNameClient: false,
    });
  });

  describe('by what administrators have stored', () => {
    const stored = (changes: Partial<Forwarding>): Forwarding => ({
      proxies: PROXIES,
      readsXForwardedFor: true,
      readsForwarded: true,
      namers: Networks.none,
      ...changes,
    });
    const headers = { 'x-forwarded-for': '203.0.113.5', forwarded: 'for=203.0.113.6' };
    const clientOf = (forwarding: Forwarding, sent: Record<string, string>, trusted = Networks.none) =>
      requestOrigin(request('10.0.0.1', sent), trusted, forwarding).client;

    it.each<[why: string, forwarding: Forwarding, sent: Record<string, string>, client: string]>([
      ['X-Forwarded-For comes first', stored({}), headers, '203.0.113.5'],
      ['Forwarded counts without it', stored({}), { forwarded: 'for=203.0.113.6' }, '203.0.113.6'],
      ['or where it is not read', stored({ readsXForwardedFor: false }), headers, '203.0.113.6'],
      [
        'neither counts unless it is read',
        stored({ readsXForwardedFor: false, readsForwarded: false }),
        headers,
        '10.0.0.1',
      ],
      ['nobody is believed but the proxies', stored({ proxies: Networks.none }), headers, '10.0.0.1'],
    ])('%s', (_why, forwarding, sent, client) => {
      expect(clientOf(forwarding, sent)).toBe(client);
    });

    it('has no say where the installation trusts proxies of its own', () => {
      expect(clientOf(stored({}), headers, Networks.parse(['192.0.2.0/24']))).toBe('10.0.0.1');
    });

    it('makes nobody a trusted proxy', () => {
      const origin = requestOrigin(
        request('10.0.0.1', { ...headers, 'x-forwarded-proto': 'https' }),
        Networks.none,
        stored({}),
      );
      expect(origin).toMatchObject({ client: '203.0.113.5', isTrustedProxy: false, isSecure: false });
    });

    it('lets those who are listed name another client', () => {
      const namers = Networks.parse(['203.0.113.5']);
      const nameable = (sent: Record<string, string>) =>
        requestOrigin(request('10.0.0.1', sent), Networks.none, stored({ namers })).mayNameClient;
      expect(nameable(headers)).toBe(true);
      expect(nameable({})).toBe(false);
    });
  });
});
