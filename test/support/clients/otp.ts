import { createCipheriv, createHash, createHmac } from 'node:crypto';

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

/** Mobile-OTP, `slots` of ten seconds later than that of the date; written down a second time, as above. */
export function motpAt(
  date: Date,
  { seed = '1234567890123456', pin = '1234', length = 6, slots = 0 } = {},
): string {
  const slot = Math.floor(date.getTime() / 10_000) + slots;
  return createHash('md5').update(`${slot}${seed}${pin}`).digest('hex').slice(0, length);
}

export interface YubikeyPress {
  readonly keyHex?: string;
  readonly publicId?: string;
  readonly privateId?: string;
  readonly usage?: number;
  readonly session?: number;
}

/** What a Yubikey types at a press; the checksum byte by byte, unlike the code that is tested. */
export function yubikeyOtp({
  keyHex = '00112233445566778899aabbccddeeff',
  publicId = 'vvccccccdefg',
  privateId = '8792ebfe26cc',
  usage = 1,
  session = 0,
}: YubikeyPress = {}): string {
  const block = Buffer.alloc(16, 0x5a);
  block.write(privateId, 'hex');
  block.writeUInt16LE(usage, 6);
  block[11] = session;
  block.writeUInt16LE(~crc16(block.subarray(0, 14)) & 0xffff, 14);
  const cipher = createCipheriv('aes-128-ecb', Buffer.from(keyHex, 'hex'), null).setAutoPadding(false);
  const hex = cipher.update(block).toString('hex');
  return publicId + [...hex].map((digit) => 'cbdefghijklnrtuv'.charAt(Number.parseInt(digit, 16))).join('');
}

function crc16(bytes: Uint8Array): number {
  return bytes.reduce((crc, byte) => {
    let q = (crc ^ byte) & 0xff;
    q = (q ^ (q << 4)) & 0xff;
    return (crc >> 8) ^ (q << 8) ^ (q << 3) ^ (q >> 4);
  }, 0xffff);
}

/** A day password, of the day that the date has in local time; for numbers that are long enough alone. */
export function dayPasswordAt(date: Date, { seed = '1234567890abcdef', digits = 6 } = {}): string {
  const parts = [date.getDate(), date.getMonth() + 1, date.getFullYear()];
  const day = parts.map((part) => `0${part}`.slice(-2)).join('');
  const hex = createHash('md5').update(`${seed}${day}`).digest('hex').slice(-digits);
  const number = Number.parseInt(hex, 16).toString();
  // LinOTP's reading of shorter ones.
  return number.slice(number.length < digits ? number.length - digits : -digits).padStart(digits, '0');
}
