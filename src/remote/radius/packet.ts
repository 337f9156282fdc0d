import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** RFC 2865 §3; all that a client of authentication sends and gets. */
export const CODES = { accessRequest: 1, accessAccept: 2, accessReject: 3, accessChallenge: 11 } as const;

/** RFC 2865 §5; Message-Authenticator: RFC 3579 §3.2. */
export const ATTRIBUTES = {
  userName: 1,
  userPassword: 2,
  replyMessage: 18,
  state: 24,
  nasIdentifier: 32,
  proxyState: 33,
  messageAuthenticator: 80,
} as const;

export type Attribute = readonly [type: number, value: Uint8Array];

/** What an answer has to fit. */
export interface SentRequest {
  readonly identifier: number;
  /** 16 random bytes. */
  readonly authenticator: Buffer;
  readonly secret: Uint8Array;
}

export interface RadiusAnswer {
  readonly code: number;
  /** In their order, but for the Message-Authenticator. */
  readonly attributes: readonly Attribute[];
}

const HEADER_BYTES = 20;
const HASH_BYTES = 16;
const LONGEST_PACKET = 4_096;
/** In bytes: an attribute's length is one byte that counts two of its own. */
export const LONGEST_VALUE = 253;
export const LONGEST_PASSWORD = 128;

/** An Access-Request with a Message-Authenticator in front. @param attributes none longer than `LONGEST_VALUE` bytes */
export function accessRequest(
  { identifier, authenticator, secret }: SentRequest,
  attributes: readonly Attribute[],
): Buffer {
  const parts = [[ATTRIBUTES.messageAuthenticator, Buffer.alloc(HASH_BYTES)] as const, ...attributes];
  const body = parts.map(([type, value]) => Buffer.concat([Buffer.of(type, value.length + 2), value]));
  const packet = Buffer.concat([Buffer.alloc(4), authenticator, ...body]);
  packet[0] = CODES.accessRequest;
  packet[1] = identifier;
  packet.writeUInt16BE(packet.length, 2);
  // Its value is made with zeros in its place.
  hmacMd5(secret, packet).copy(packet, HEADER_BYTES + 2);
  return packet;
}

/** The value of User-Password (RFC 2865 §5.2). @param password at most `LONGEST_PASSWORD` bytes */
export function hiddenPassword(password: Uint8Array, { authenticator, secret }: SentRequest): Buffer {
  const blocks = Math.max(1, Math.ceil(password.length / HASH_BYTES));
  const hidden = Buffer.alloc(blocks * HASH_BYTES);
  hidden.set(password);
  let before = authenticator;
  for (let start = 0; start < hidden.length; start += HASH_BYTES) {
    const block = hidden.subarray(start, start + HASH_BYTES);
    const mask = md5(secret, before);
    for (const [at, byte] of mask.entries()) block[at] = (block[at] ?? 0) ^ byte;
    before = block;
  }
  return hidden;
}

/**
 * The answer to the request that a datagram holds.
 *
 * @param needsAuthenticator whether only a Message-Authenticator proves it: MD5 alone does not (CVE-2024-3596)
 * @returns `null` where it is none that the server made for this request: whoever waits goes on waiting (RFC 2865 §3)
 */
export function answerTo(
  sent: SentRequest,
  datagram: Buffer,
  needsAuthenticator: boolean,
): RadiusAnswer | null {
  if (datagram.length < HEADER_BYTES) return null;
  const length = datagram.readUInt16BE(2);
  if (length < HEADER_BYTES || length > LONGEST_PACKET || length > datagram.length) return null;
  // What comes behind is padding.
  const packet = Buffer.from(datagram.subarray(0, length));
  if (packet[1] !== sent.identifier) return null;
  const signed = Buffer.concat([packet.subarray(0, 4), sent.authenticator, packet.subarray(HEADER_BYTES)]);
  const authenticator = packet.subarray(4, HEADER_BYTES);
  if (!timingSafeEqual(authenticator, md5(signed, sent.secret))) return null;
  const attributes = attributesOf(packet);
  if (!attributes) return null;
  // We send none, and so get none back: a forger needs its room.
  if (attributes.some(([type]) => type === ATTRIBUTES.proxyState)) return null;
  const [own, ...others] = attributes.filter(([type]) => type === ATTRIBUTES.messageAuthenticator);
  if (others.length > 0 || (!own && needsAuthenticator)) return null;
  if (own && !hasRightAuthenticator(signed, own, sent.secret)) return null;
  return {
    code: packet[0] ?? 0,
    attributes: attributes.flatMap(([type, value]) =>
      type === ATTRIBUTES.messageAuthenticator ? [] : [[type, value] as const],
    ),
  };
}

/** @returns `null` where they do not fill the packet as they say */
function attributesOf(packet: Buffer): PlacedAttribute[] | null {
  const attributes: PlacedAttribute[] = [];
  let at = HEADER_BYTES;
  while (at < packet.length) {
    const [type, length] = packet.subarray(at, at + 2);
    if (type === undefined || length === undefined || length < 2 || at + length > packet.length) return null;
    attributes.push([type, packet.subarray(at + 2, at + length), at + 2]);
    at += length;
  }
  return attributes;
}

type PlacedAttribute = readonly [type: number, value: Buffer, place: number];

/** RFC 3579 §3.2: made with the request's authenticator, and zeros in its own place. */
function hasRightAuthenticator(
  signed: Buffer,
  [, value, place]: PlacedAttribute,
  secret: Uint8Array,
): boolean {
  if (value.length !== HASH_BYTES) return false;
  const blank = Buffer.from(signed).fill(0, place, place + HASH_BYTES);
  return timingSafeEqual(value, hmacMd5(secret, blank));
}

function md5(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function hmacMd5(secret: Uint8Array, packet: Uint8Array): Buffer {
  return createHmac('md5', secret).update(packet).digest();
}
