import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const CODE_BYTES = 20;
const ITERATIONS = 10_000;
const KEY_BYTES = 32;
const SALT_BYTES = 8;
/** Of the random value that the server adds. */
export const OCRA_NONCE_BYTES = 64;

/** Says what is wrong with an activation code, and never repeats it: it is a part of the key. */
export class MalformedActivationCode extends Error {}

/**
 * The 20 bytes of an activation code: base32 and two hexadecimal digits that are the XOR of all bytes. People mistake O for 0:
 * letters have no 0, and the checksum no O (spec/token-types §16.2).
 * @throws MalformedActivationCode
 */
export function activationCodeBytes(text: string): Uint8Array {
  const written = text.trim().toUpperCase();
  const code = written.slice(0, -2).replaceAll('0', 'O').replaceAll('-', '');
  const checksum = written.slice(-2).replaceAll('O', '0');
  const bytes = base32Bytes(code);
  if (!bytes || bytes.length !== CODE_BYTES) {
    throw new MalformedActivationCode('Error during decoding activation code');
  }
  const expected = bytes.reduce((sum, byte) => sum ^ byte, 0);
  if (!/^[0-9A-F]{2}$/.test(checksum) || Number.parseInt(checksum, 16) !== expected) {
    throw new MalformedActivationCode('[crypt:kdf2] activation code checksum error.');
  }
  return bytes;
}

/**
 * The key that server and device have from now on (spec/data-and-crypto §3.13), of 32 bytes whatever the suite: PBKDF2 over
 * what the device got first, what its user typed, and what the server drew.
 * @param nonce `OCRA_NONCE_BYTES`, the last of which are the salt
 */
export async function ocraKey(
  sharedSecret: Uint8Array,
  activationCode: Uint8Array,
  nonce: Uint8Array,
): Promise<Uint8Array> {
  const split = nonce.length - SALT_BYTES;
  const passphrase = Buffer.concat([sharedSecret, activationCode, nonce.subarray(0, split)]);
  return derive(passphrase, nonce.subarray(split), ITERATIONS, KEY_BYTES, 'sha256');
}

/** RFC 4648 §6, with or without padding; `null`: it is none. */
function base32Bytes(text: string): Uint8Array | null {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text.replace(/=+$/, '')) {
    const five = BASE32.indexOf(letter);
    if (five < 0) return null;
    value = (value << 5) | five;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >>> bits) & 0xff);
    value &= (1 << bits) - 1;
  }
  return Uint8Array.from(bytes);
}
