import { createDecipheriv } from 'node:crypto';

/** What a Yubikey's value says, once it is decrypted. */
export interface YubikeyOtp {
  /** Everything before the block, in lower case. */
  readonly publicId: string;
  /** 12 hexadecimal digits. */
  readonly privateId: string;
  /** Usages × 256 + values within this one: it only grows. */
  readonly counter: number;
}

export const YUBIKEY_KEY_BYTES = 16;
/** Characters of the encrypted block. */
export const YUBIKEY_BLOCK_LENGTH = 32;

const MODHEX = 'cbdefghijklnrtuv';
// What CRC-16 leaves of a block with its own checksum.
const CRC_RESIDUE = 0xf0b8;
const CRC_POLYNOMIAL = 0x8408;

/** Hexadecimal in letters that all keyboards have in one place. @returns `null` for what is no whole number of bytes of it */
export function modhexBytes(text: string): Buffer | null {
  if (text.length % 2 !== 0) return null;
  const digits = [...text].map((letter) => MODHEX.indexOf(letter));
  if (digits.includes(-1)) return null;
  return Buffer.from(digits.map((digit) => digit.toString(16)).join(''), 'hex');
}

/**
 * Opens a value of the AES mode: public id, then 32 letters, the block of private id (6 bytes), usage counter (2, little
 * endian), time (3), session counter (1), random (2) and checksum (2).
 *
 * @param key 16 bytes
 * @returns   `null` where nothing sensible comes out: too short, not modhex, another key
 */
export function openYubikeyOtp(key: Uint8Array, otp: string): YubikeyOtp | null {
  const letters = otp.toLowerCase();
  const encrypted = modhexBytes(letters.slice(-YUBIKEY_BLOCK_LENGTH));
  if (encrypted?.length !== YUBIKEY_KEY_BYTES) return null;
  const cipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  const block = Buffer.concat([cipher.update(encrypted), cipher.final()]);
  if (crc16(block) !== CRC_RESIDUE) return null;
  return {
    publicId: letters.slice(0, -YUBIKEY_BLOCK_LENGTH),
    privateId: block.subarray(0, 6).toString('hex'),
    counter: block.readUInt16LE(6) * 256 + block.readUInt8(11),
  };
}

/** CRC-16 of ISO 13239, reflected, without the final complement. */
function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CRC_POLYNOMIAL : crc >>> 1;
  }
  return crc;
}
