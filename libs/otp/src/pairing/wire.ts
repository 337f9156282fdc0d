/** What the app and the server tell each other: numbers are little endian, texts end with NUL. */

// Longer is nothing that either side makes: a pairing response has less than 2 kB.
const LONGEST = 8_192;
const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/;

/** RFC 4648 §5, with or without padding. @returns `null` for anything else */
export function fromBase64url(text: string): Buffer | null {
  return text.length <= LONGEST && BASE64URL.test(text) ? Buffer.from(text, 'base64url') : null;
}

/** @throws RangeError for a text that holds NUL itself */
export function terminated(text: string): Buffer {
  if (text.includes('\0')) throw new RangeError('a text that ends with NUL holds none');
  return Buffer.from(`${text}\0`, 'utf8');
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** @returns `null` for what is no UTF-8 */
export function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A transaction id as the app has it: two digits behind the root, `00` where it stands alone (spec/validate-api §3.2). */
export function transactionNumber(id: string): bigint {
  return BigInt(id.includes('.') ? id.replace('.', '') : `${id}00`);
}
