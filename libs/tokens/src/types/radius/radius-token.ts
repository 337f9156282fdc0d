import { isIPv6 } from 'node:net';

import { MalformedServer, MissingSharedSecret } from '../../token.errors.js';
import { isSwitchedOn } from '../info-switch.js';
import { REMOTE_OTP } from '../remote/remote-token.js';
import type { RadiusServer, ServerOtps } from '../server-check.js';
import { nothingIsSpent } from '../after-restore.js';
import type { TokenType } from '../token-type.js';

const USUAL_PORT = 1_812;
const MOST_SERVERS = 8;
const PLACE = /^(?:\[(?<address>[0-9a-f:.%]+)\]|(?<host>[\w.-]{1,253}))(?::(?<port>\d{1,5}))?$/i;

const server: ServerOtps = {
  checksPin: (info) => !isSwitchedOn(info, 'radius.local_checkpin'),
  check: ({ info, secret }, { text, transaction, server: asking }) => ({
    kind: 'radius',
    // Only the one that asked knows its question.
    servers: (radiusServers(String(info['radius.server'] ?? '')) ?? []).filter(
      (one) => asking === null || radiusName(one) === asking,
    ),
    secret,
    login: String(info['radius.user'] ?? ''),
    password: text,
    state: transaction,
  }),
  // The server knows what is spent.
  spends: () => ({ nextCounter: 1, once: false }),
};

/** A RADIUS server decides (spec/token-types §14). Its shared secret is the token's seed. */
export const radiusToken: TokenType = {
  id: 'radius',
  label: 'radius',
  serialPrefix: 'LSRA',
  hasOtp: true,
  seedForm: 'text',
  challenge: { prompt: REMOTE_OTP, needsText: false },
  server,

  plan({ digits, seed, info = {} }) {
    if (!seed || seed.length === 0) throw new MissingSharedSecret();
    if (!radiusServers(String(info['radius.server'] ?? ''))) throw new MalformedServer('radius.server');
    return { secret: { kind: 'given', bytes: seed }, digits: digits ?? 6, hash: null, time: null, info };
  },

  verify: () => ({ kind: 'mismatched' }),
  resync: () => null,
  afterRestore: nothingIsSpent,
};

/**
 * Several are asked one after the other until one answers: `host`, `host:port` or `[address]:port`, with commas or blanks
 * between them.
 * @returns `null` for what names no server
 */
export function radiusServers(given: string): readonly RadiusServer[] | null {
  const places = given.split(/[\s,]+/).filter((place) => place !== '');
  const servers = places.map(radiusServer);
  const known = servers.filter((one) => one !== null);
  return known.length === 0 || known.length < places.length || known.length > MOST_SERVERS ? null : known;
}

export function radiusName({ host, port }: RadiusServer): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function radiusServer(place: string): RadiusServer | null {
  const { address, host, port } = PLACE.exec(place)?.groups ?? {};
  const name = address ?? host;
  if (name === undefined || (address !== undefined && !isIPv6(address))) return null;
  const number = port === undefined ? USUAL_PORT : Number(port);
  return number >= 1 && number <= 65_535 ? { host: name, port: number } : null;
}
