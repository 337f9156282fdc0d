import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto';

const BLOCK_BYTES = 16;
const ZERO_BLOCK = Buffer.alloc(BLOCK_BYTES);
/** What is encrypted for whom: the tweaks of OMAC. */
const TWEAK = { nonce: 0, header: 1, ciphertext: 2 };

const EAX_TAG_BYTES = BLOCK_BYTES;

/**
 * AES-128 in EAX mode (Bellare, Rogaway, Wagner: "The EAX mode of operation", 2004), which OpenSSL does not have.
 *
 * @param header authenticated, and not encrypted
 * @returns ciphertext and tag
 */
export function sealEax(key: Uint8Array, nonce: Uint8Array, header: Uint8Array, plain: Uint8Array): Buffer {
  const start = omac(key, TWEAK.nonce, nonce);
  const cipher = createCipheriv('aes-128-ctr', key, start);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([ciphertext, tagOf(key, start, header, ciphertext)]);
}

/** @returns `null` for what was not sealed with this key, nonce and header */
export function openEax(
  key: Uint8Array,
  nonce: Uint8Array,
  header: Uint8Array,
  sealed: Uint8Array,
): Buffer | null {
  if (sealed.length < EAX_TAG_BYTES) return null;
  const ciphertext = sealed.subarray(0, sealed.length - EAX_TAG_BYTES);
  const start = omac(key, TWEAK.nonce, nonce);
  const tag = tagOf(key, start, header, ciphertext);
  if (!timingSafeEqual(tag, sealed.subarray(ciphertext.length))) return null;
  const decipher = createDecipheriv('aes-128-ctr', key, start);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

/** AES-CMAC (RFC 4493). */
export function cmac(key: Uint8Array, message: Uint8Array): Buffer {
  const first = doubled(encrypted('aes-128-ecb', key, ZERO_BLOCK));
  const isWhole = message.length > 0 && message.length % BLOCK_BYTES === 0;
  const head = isWhole ? message.length - BLOCK_BYTES : message.length - (message.length % BLOCK_BYTES);
  const last = Buffer.alloc(BLOCK_BYTES);
  last.set(message.subarray(head));
  if (!isWhole) last.writeUInt8(0x80, message.length - head);
  const chained = Buffer.concat([message.subarray(0, head), xor(last, isWhole ? first : doubled(first))]);
  return encrypted('aes-128-cbc', key, chained).subarray(-BLOCK_BYTES);
}

function omac(key: Uint8Array, tweak: number, message: Uint8Array): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.writeUInt8(tweak, BLOCK_BYTES - 1);
  return cmac(key, Buffer.concat([block, message]));
}

function tagOf(key: Uint8Array, start: Buffer, header: Uint8Array, ciphertext: Uint8Array): Buffer {
  return xor(xor(start, omac(key, TWEAK.header, header)), omac(key, TWEAK.ciphertext, ciphertext));
}

function encrypted(mode: 'aes-128-ecb' | 'aes-128-cbc', key: Uint8Array, blocks: Uint8Array): Buffer {
  const cipher = createCipheriv(mode, key, mode === 'aes-128-ecb' ? null : ZERO_BLOCK).setAutoPadding(false);
  return Buffer.concat([cipher.update(blocks), cipher.final()]);
}

/** Times x in GF(2^128). */
function doubled(block: Buffer): Buffer {
  const result = Buffer.alloc(BLOCK_BYTES);
  for (let index = 0; index < BLOCK_BYTES; index++) {
    const next = index + 1 < BLOCK_BYTES ? block.readUInt8(index + 1) >>> 7 : 0;
    result.writeUInt8(((block.readUInt8(index) << 1) & 0xff) | next, index);
  }
  const carry = block.readUInt8(0) >>> 7;
  result.writeUInt8(result.readUInt8(BLOCK_BYTES - 1) ^ (carry * 0x87), BLOCK_BYTES - 1);
  return result;
}

function xor(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, index) => byte ^ other.readUInt8(index)));
}
