import { createHash, createHmac } from 'node:crypto';

import { openEax, sealEax } from './aes-eax.js';
import { KEY_BYTES, agreed, agreementPublic } from './curve25519.js';
import type { PartitionKey } from './partition-key.js';
import { fromBase64url, terminated, transactionNumber, uint32, uint64 } from './wire.js';

/** What the app of a qr token is to show, and its user to confirm (spec/token-types §18.2). */
export interface QrQuestion {
  readonly contentType: number;
  readonly text: string;
  /** Where the app answers; `''`: not by HTTP, or not by SMS. */
  readonly callbackUrl: string;
  readonly callbackSms: string;
  /** The server proves who it is, and the app starts anew with what it is told here. */
  readonly isPairing: boolean;
}

/** For whom a challenge is. */
export interface QrDevice {
  readonly tokenNumber: number;
  /** X25519. */
  readonly publicKey: Uint8Array;
}

const VERSION = 1;
const HEADER_BYTES = 1 + 4;
const FLAG = { callbackUrl: 2, callbackSms: 4, serverMac: 8, reset: 16 };

/**
 * @param transaction its id
 * @param ephemeral   X25519 secret of this challenge alone
 * @returns           what stands behind `lseqr://chal/`
 */
export function qrChallenge(
  question: QrQuestion,
  transaction: string,
  device: QrDevice,
  ephemeral: Uint8Array,
  key: PartitionKey,
): string {
  const { contentType, text, callbackUrl, callbackSms, isPairing } = question;
  const { cipherKey, nonce } = keysOf(ephemeral, device.publicKey);
  const flags =
    (callbackUrl ? FLAG.callbackUrl : 0) |
    (callbackSms ? FLAG.callbackSms : 0) |
    (isPairing ? FLAG.serverMac | FLAG.reset : 0);
  const header = Buffer.concat([Buffer.of(contentType, flags), uint64(transactionNumber(transaction))]);
  const told = Buffer.concat([
    terminated(text),
    ...(callbackUrl ? [terminated(callbackUrl)] : []),
    ...(callbackSms ? [terminated(callbackSms)] : []),
  ]);
  const macKey = isPairing ? key.agreedWith(device.publicKey) : null;
  const mac = macKey ? hmac(macKey, nonce, header, told) : Buffer.alloc(0);
  const open = Buffer.concat([Buffer.of(VERSION), uint32(device.tokenNumber)]);
  const sealed = sealEax(cipherKey, nonce, open, Buffer.concat([header, mac, told]));
  return Buffer.concat([open, agreementPublic(ephemeral), sealed]).toString('base64url');
}

/** What the device signs a challenge with; `null`: the challenge is none that was made for it. */
export function qrSignature(challenge: string, ephemeral: Uint8Array, publicKey: Uint8Array): Buffer | null {
  const bytes = fromBase64url(challenge);
  if (!bytes || bytes.length <= HEADER_BYTES + KEY_BYTES) return null;
  const { cipherKey, signatureKey, nonce } = keysOf(ephemeral, publicKey);
  const sealed = bytes.subarray(HEADER_BYTES + KEY_BYTES);
  const plain = openEax(cipherKey, nonce, bytes.subarray(0, HEADER_BYTES), sealed);
  // Header, the server's MAC and what is told, one behind the other as they are signed: nothing is compressed.
  return plain && hmac(signatureKey, nonce, plain);
}

/** A signature as people can type it: truncated as an OTP is (RFC 4226 §5.3). */
export function tanOf(signature: Buffer, digits: number): string {
  const offset = signature.readUInt8(signature.length - 1) & 0x0f;
  const binary = signature.readUInt32BE(offset) & 0x7fffffff;
  return String(binary % 10 ** digits).padStart(digits, '0');
}

function keysOf(ephemeral: Uint8Array, publicKey: Uint8Array) {
  const first = sha256(agreed(ephemeral, publicKey));
  const second = sha256(first);
  return {
    cipherKey: first.subarray(0, 16),
    signatureKey: second.subarray(0, 16),
    nonce: second.subarray(16),
  };
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  return createHmac('sha256', key).update(Buffer.concat(parts)).digest();
}
