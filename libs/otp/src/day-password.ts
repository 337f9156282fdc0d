import { createHash } from 'node:crypto';

/**
 * The value of a day (spec/token-types §7, `dpw`): of MD5(seed, DDMMYY) the last `length` hexadecimal digits, as a
 * decimal number; of that the last `length` digits.
 *
 * Devices and lists follow LinOTP where the number has fewer digits than wanted, say 9 of 12: only the last 12 − 9 = 3 of
 * them are kept, and zeros stand before them.
 *
 * @param seed   used as text
 * @param date   the day as the local time has it
 * @param length 1 … 255; none for another length
 */
export function dayPassword(seed: Uint8Array, date: Date, length: number): string {
  if (length < 1) return '';
  const day = [date.getDate(), date.getMonth() + 1, date.getFullYear() % 100].map(twoDigits).join('');
  const digest = createHash('md5').update(seed).update(day, 'latin1').digest('hex');
  const number = BigInt(`0x${digest.slice(-length)}`).toString();
  const kept = number.length < length ? length - number.length : length;
  return number.slice(-kept).padStart(length, '0');
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}
