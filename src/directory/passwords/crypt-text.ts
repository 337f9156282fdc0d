/** The 64 digits of crypt(3), the least first. */
const DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * Bytes as crypt(3) writes them: each group of up to three is one number, its first byte the highest, written with the
 * lowest digit first.
 *
 * @param groups places in `bytes`; every scheme has an order of its own
 */
export function cryptText(bytes: Uint8Array, groups: readonly (readonly number[])[]): string {
  return groups
    .map((places) => {
      const value = places.reduce((sum, place) => (sum << 8) | (bytes[place] ?? 0), 0);
      return cryptDigits(value, places.length + 1);
    })
    .join('');
}

/** `count` digits of 6 bits, the lowest first. */
function cryptDigits(value: number, count: number): string {
  return Array.from({ length: count }, (_, place) => DIGITS.charAt((value >>> (6 * place)) & 63)).join('');
}

/** The number that such digits are; −1 when one of them is none. */
export function cryptNumber(text: string): number {
  let value = 0;
  for (const [place, digit] of [...text].entries()) {
    const six = DIGITS.indexOf(digit);
    if (six < 0) return -1;
    value |= six << (6 * place);
  }
  return value;
}

/** Eight bytes, the highest bit first, in 11 digits of which each takes the next six bits: how DES crypt writes. */
export function cryptTextOfBlock(high: number, low: number): string {
  const bits = ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)) << 2n;
  return Array.from({ length: 11 }, (_, place) =>
    DIGITS.charAt(Number((bits >> BigInt(60 - 6 * place)) & 63n)),
  ).join('');
}
