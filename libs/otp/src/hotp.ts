import { createHmac, timingSafeEqual } from 'node:crypto';

export const OTP_HASHES = ['sha1', 'sha256', 'sha512'] as const;
export type OtpHash = (typeof OTP_HASHES)[number];

/**
 * One HOTP value (RFC 4226 §5.3; other hashes as RFC 6238 §1.2 has them).
 *
 * @param seed     raw key bytes, at least one
 * @param counter  moving factor, 0 … 2^53 − 1, as a bigint up to 2^64 − 1
 * @param digits   length of the result, 1 … 10
 * @returns        decimal text, zero-padded to `digits`
 */
export function hotp(
  seed: Uint8Array,
  counter: number | bigint,
  digits: number,
  hash: OtpHash = 'sha1',
): string {
  const message = Buffer.allocUnsafe(8);
  if (typeof counter === 'bigint') message.writeBigUInt64BE(counter);
  else {
    message.writeUInt32BE(Math.floor(counter / 0x1_0000_0000), 0);
    message.writeUInt32BE(counter % 0x1_0000_0000, 4);
  }
  // As text and back: Node takes longer to hand out a buffer than to compute the hash.
  const mac = Buffer.from(createHmac(hash, seed).update(message).digest('binary'), 'binary');
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  const binary = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(binary % 10 ** digits).padStart(digits, '0');
}

/** Everything but the counters that an HOTP search needs. */
export interface HotpParameters {
  readonly digits: number;
  readonly hash: OtpHash;
}

/**
 * The lowest counter in `[from, from + count)` whose value is `otp`, or `null`.
 *
 * Every candidate is compared in constant time. The search ends at the first match: which counter matched shows in the
 * time, but only to somebody who knows a valid value.
 */
export function findHotpCounter(
  seed: Uint8Array,
  otp: string,
  from: number,
  count: number,
  parameters: HotpParameters,
): number | null {
  // In bytes of UTF-8, so that no other character passes for the digit that its low byte would be.
  const wanted = Buffer.from(otp, 'utf8');
  if (wanted.length !== parameters.digits) return null;
  for (let counter = Math.max(0, from); counter < from + count; counter++) {
    const candidate = Buffer.from(hotp(seed, counter, parameters.digits, parameters.hash), 'latin1');
    if (timingSafeEqual(candidate, wanted)) return counter;
  }
  return null;
}
