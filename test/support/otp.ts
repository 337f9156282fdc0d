import { createHmac } from 'node:crypto';

/** The test key of RFC 4226: ASCII `12345678901234567890`, as `otpkey` takes it. */
export const RFC_KEY_HEX = '3132333435363738393031323334353637383930';

export interface OtpOptions {
  readonly keyHex?: string;
  readonly digits?: number;
  readonly hash?: 'sha1' | 'sha256' | 'sha512';
}

/** HOTP as RFC 4226 §5.3 has it, written down a second time: what is tested does not check itself. */
export function hotpAt(
  counter: number,
  { keyHex = RFC_KEY_HEX, digits = 6, hash = 'sha1' }: OtpOptions = {},
): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac(hash, Buffer.from(keyHex, 'hex')).update(message).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  const value = mac.readUInt32BE(offset) % 2 ** 31;
  return value.toString().slice(-digits).padStart(digits, '0');
}

/** TOTP (RFC 6238, T0 = 0); `steps` later than the step of the date. */
export function totpAt(
  date: Date,
  { stepSeconds = 30, steps = 0, ...options }: OtpOptions & { stepSeconds?: number; steps?: number } = {},
): string {
  return hotpAt(Math.floor(date.getTime() / 1000 / stepSeconds) + steps, options);
}
