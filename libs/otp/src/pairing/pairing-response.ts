import { createHash } from 'node:crypto';

import { Invalid } from '@app/kernel';

import { openEax } from './aes-eax.js';
import { KEY_BYTES, SIGNATURE_BYTES, agreementPublicOf, isSignedBy } from './curve25519.js';
import { type PairedType, TYPE_NUMBERS } from './pairing-url.js';
import type { PartitionKey } from './partition-key.js';
import { fromBase64url, utf8 } from './wire.js';

/** The answer of an app says nothing that can be read. The message is for records: it holds nothing of the answer. */
export class UnreadablePairing extends Invalid {
  override readonly code = 'pairing.unreadable';
  constructor(message: string) {
    super('pairing_response', message);
  }
}

/** As it arrives. */
export interface SealedPairing {
  readonly partition: number;
  readonly bytes: Buffer;
}

/** What the app of a device says of itself (spec/token-types §17.2). */
export interface PairingResponse {
  readonly type: PairedType;
  /** By which the app finds the token again. */
  readonly tokenNumber: number;
  /** Of the device: X25519 of a qr token, Ed25519 of a push token. */
  readonly publicKey: Buffer;
  readonly serial: string;
  readonly login: string;
  /** Where the device is reached by pushes; `''` of a qr token. */
  readonly address: string;
}

const VERSION = 1;
const HEADER_BYTES = 1 + 4;
const LEAST_BYTES = HEADER_BYTES + KEY_BYTES + 16;
/** Of the plaintext: type, number of the token, key. */
const FIXED_BYTES = 1 + 4 + KEY_BYTES;
const LEAST_PLAIN: Readonly<Record<PairedType, number>> = { qr: 39, push: 104 };
const NAMES: Readonly<Record<PairedType, string>> = { qr: 'QrToken', push: 'PushToken' };
const LONGEST = { serial: 63, login: 255, address: 1_024 };

/** @param text in the URL-safe form of Base64 @throws UnreadablePairing */
export function sealedPairing(text: string): SealedPairing {
  const bytes = fromBase64url(text);
  if (!bytes || bytes.length < LEAST_BYTES) throw new UnreadablePairing('Malformed pairing response');
  const version = bytes.readUInt8(0);
  if (version !== VERSION) {
    throw new UnreadablePairing(`Unexpected pair-response version, expected: ${VERSION}, got: ${version}`);
  }
  return { partition: bytes.readUInt32LE(1), bytes };
}

/** @param key of its partition @throws UnreadablePairing */
export function openPairing({ bytes }: SealedPairing, key: PartitionKey): PairingResponse {
  const plain = unsealed(bytes, key);
  const [type] = plain ? typesOf(plain.readUInt8(0)) : [];
  if (!plain) throw new UnreadablePairing('Malformed pairing response');
  if (!type) {
    const supported = Object.values(TYPE_NUMBERS).join(', ');
    throw new UnreadablePairing(
      `unsupported token type ${plain.readUInt8(0)}, supported types are [${supported}]`,
    );
  }
  if (plain.length < LEAST_PLAIN[type]) throw malformed(type);
  const signedBytes = type === 'push' ? plain.length - SIGNATURE_BYTES : plain.length;
  const publicKey = plain.subarray(1 + 4, FIXED_BYTES);
  const texts = utf8(plain.subarray(FIXED_BYTES, signedBytes))?.split('\0') ?? [];
  // Each ends with NUL, but for the login of a qr token, which may leave it out: nothing comes behind them.
  const rest = type === 'push' || texts.length > 2 ? texts.pop() : '';
  const [serial = '', login = '', address = ''] = texts;
  if (rest !== '' || texts.length !== (type === 'push' ? 3 : 2)) throw malformed(type);
  if (isTooLong({ serial, login, address }) || !isUsable(type, publicKey, key)) throw malformed(type);
  if (
    type === 'push' &&
    !isSignedBy(publicKey, plain.subarray(0, signedBytes), plain.subarray(signedBytes))
  ) {
    throw new UnreadablePairing('Invalid signature for pairing response data');
  }
  if (serial === '') {
    throw new UnreadablePairing('Pairing responses with no serial attached are currently not implemented.');
  }
  return {
    type,
    tokenNumber: plain.readUInt32LE(1),
    publicKey: Buffer.from(publicKey),
    serial,
    login,
    address,
  };
}

function unsealed(bytes: Buffer, key: PartitionKey): Buffer | null {
  const ephemeral = bytes.subarray(HEADER_BYTES, HEADER_BYTES + KEY_BYTES);
  let shared: Buffer;
  try {
    shared = key.agreedWith(ephemeral);
  } catch {
    return null;
  }
  const material = createHash('sha256').update(shared).digest();
  const plain = openEax(
    material.subarray(0, 16),
    material.subarray(16),
    bytes.subarray(0, HEADER_BYTES),
    bytes.subarray(HEADER_BYTES + KEY_BYTES),
  );
  return plain && plain.length > 0 ? plain : null;
}

/** With a key of small order every challenge would be open to anybody. */
function isUsable(type: PairedType, publicKey: Buffer, key: PartitionKey): boolean {
  try {
    key.agreedWith(type === 'qr' ? publicKey : agreementPublicOf(publicKey));
    return true;
  } catch {
    return false;
  }
}

function typesOf(number: number): PairedType[] {
  return (['qr', 'push'] as const).filter((type) => TYPE_NUMBERS[type] === number);
}

function isTooLong(texts: Readonly<Record<keyof typeof LONGEST, string>>): boolean {
  return (['serial', 'login', 'address'] as const).some(
    (name) => Buffer.byteLength(texts[name]) > LONGEST[name],
  );
}

function malformed(type: PairedType): UnreadablePairing {
  return new UnreadablePairing(`Malformed pairing response for type ${NAMES[type]}`);
}
