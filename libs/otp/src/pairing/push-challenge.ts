import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

import {
  KEY_BYTES,
  SIGNATURE_BYTES,
  agreed,
  agreementPublic,
  agreementPublicOf,
  isSignedBy,
} from './curve25519.js';
import type { PartitionKey } from './partition-key.js';
import { fromBase64url, terminated, transactionNumber, uint32, uint64 } from './wire.js';

/** What the app of a push token is to show, and its user to accept or reject (spec/token-types §19.2). */
export interface PushQuestion {
  readonly contentType: number;
  /** In their order; the last is the URL where the app answers. */
  readonly texts: readonly string[];
  /** In seconds since 1970. */
  readonly time: number;
}

/** For whom a challenge is. */
export interface PushDevice {
  readonly tokenNumber: number;
  /** Ed25519. */
  readonly publicKey: Uint8Array;
}

const VERSION = 2;
const HEADER_BYTES = 1 + 4 + KEY_BYTES;
const WORDS = { accept: 'ACCEPT', reject: 'DENY' };

/**
 * @param transaction its id
 * @param ephemeral   X25519 secret of this challenge alone
 * @returns           what stands behind `lseqr://push/`
 */
export function pushChallenge(
  { contentType, texts, time }: PushQuestion,
  transaction: string,
  device: PushDevice,
  ephemeral: Uint8Array,
  key: PartitionKey,
): string {
  const plain = Buffer.concat([
    Buffer.of(contentType),
    uint64(transactionNumber(transaction)),
    uint64(BigInt(time)),
    ...texts.map(terminated),
  ]);
  const { cipherKey, start } = keysOf(ephemeral, device.publicKey);
  const cipher = createCipheriv('aes-128-ctr', cipherKey, start);
  const unsigned = Buffer.concat([
    Buffer.of(VERSION),
    uint32(device.tokenNumber),
    agreementPublic(ephemeral),
    cipher.update(plain),
    cipher.final(),
  ]);
  return Buffer.concat([unsigned, key.sign(unsigned)]).toString('base64url');
}

/**
 * Whether the device says yes, or no, to this challenge and no other (spec/token-types §19.3).
 * @param given its signature, in the URL-safe form of Base64
 */
export function isPushAnswer(
  challenge: string,
  ephemeral: Uint8Array,
  publicKey: Uint8Array,
  answer: 'accept' | 'reject',
  given: string,
): boolean {
  const bytes = fromBase64url(challenge);
  const signed = fromBase64url(given);
  if (!bytes || !signed || bytes.length <= HEADER_BYTES + SIGNATURE_BYTES) return false;
  const { cipherKey, start } = keysOf(ephemeral, publicKey);
  const decipher = createDecipheriv('aes-128-ctr', cipherKey, start);
  const message = Buffer.concat([
    Buffer.of(VERSION),
    Buffer.from(`${WORDS[answer]}\0`, 'latin1'),
    bytes.subarray(-SIGNATURE_BYTES),
    decipher.update(bytes.subarray(HEADER_BYTES, -SIGNATURE_BYTES)),
    decipher.final(),
  ]);
  return isSignedBy(publicKey, message, signed);
}

function keysOf(ephemeral: Uint8Array, publicKey: Uint8Array) {
  const shared = agreed(ephemeral, agreementPublicOf(publicKey));
  const material = createHash('sha256').update(shared).digest();
  return { cipherKey: material.subarray(0, 16), start: material.subarray(16) };
}
