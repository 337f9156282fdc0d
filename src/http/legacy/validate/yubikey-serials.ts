import { YUBIKEY_BLOCK_LENGTH, modhexBytes } from '@app/otp';

const LETTERS = 16;
const PRINTABLE = /^[\x21-\x7e]+$/;
/** One for each place on a device that a key may lie in. */
const SUFFIXES = ['_0', '_1', '_2'];

/**
 * The serials that the token of a Yubikey may have. Those who program many write the device's number into the public id:
 * as ASCII, in modhex (spec/validate-api §1.7).
 *
 * @returns `null` where the password holds no public id that is text
 */
export function yubikeySerials(pass: string): [string, ...string[]] | null {
  const letters = pass.toLowerCase().slice(0, -YUBIKEY_BLOCK_LENGTH).slice(-LETTERS);
  const number = modhexBytes(letters)?.toString('latin1') ?? '';
  if (!PRINTABLE.test(number)) return null;
  const serial = `UBAM${number}`;
  return [serial, ...SUFFIXES.map((suffix) => `${serial}${suffix}`)];
}
