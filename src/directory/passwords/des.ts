/** The tables of FIPS 46-3. Bits are counted from 1, the highest first. */
const INITIAL = [
  58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40,
  32, 24, 16, 8, 57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5,
  63, 55, 47, 39, 31, 23, 15, 7,
];
const FINAL = INITIAL.map((_, index) => INITIAL.indexOf(index + 1) + 1);
const KEY_CHOICE_1 = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
const KEY_CHOICE_2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47,
  55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const KEY_SHIFTS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
const OUTPUT = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22,
  11, 4, 25,
];
/** Eight boxes of four rows, each digit an entry. */
const SUBSTITUTION = [
  'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
  'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
  'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
  '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
  '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
  'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
  '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
  'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b',
];

/** What six bits of each group come to in the output of a round: substitution and permutation in one. */
const ROUND_OUTPUT = Int32Array.from({ length: 8 * 64 }, (_, index) => {
  const [box, input] = [index >> 6, index & 63];
  const row = ((input >> 4) & 2) | (input & 1);
  const four = Number.parseInt(SUBSTITUTION[box]?.charAt(16 * row + ((input >> 1) & 15)) ?? '0', 16);
  const before = Array.from({ length: 32 }, (_bit, place) =>
    place >> 2 === box ? (four >> (3 - (place & 3))) & 1 : 0,
  );
  return toNumber(chosen(before, OUTPUT));
});

/** Sixteen round keys, each in two halves of 24 bits. */
export type DesKey = Int32Array;
/** Two halves of 32 bits. */
export type DesBlock = readonly [high: number, low: number];

export const ZERO_BLOCK: DesBlock = [0, 0];

/** @param key eight bytes; the lowest bit of each is passed over */
export function desKey(key: Uint8Array): DesKey {
  const bits = chosen(
    Array.from({ length: 64 }, (_, place) => ((key[place >> 3] ?? 0) >> (7 - (place & 7))) & 1),
    KEY_CHOICE_1,
  );
  const schedule = new Int32Array(32);
  let turned = 0;
  for (const [round, shift] of KEY_SHIFTS.entries()) {
    turned += shift;
    // Each half of 28 bits turns on its own.
    const now = bits.map((_, place) => {
      const half = place < 28 ? 0 : 28;
      return bits[half + ((place - half + turned) % 28)] ?? 0;
    });
    const roundKey = chosen(now, KEY_CHOICE_2);
    schedule[2 * round] = toNumber(roundKey.slice(0, 24));
    schedule[2 * round + 1] = toNumber(roundKey.slice(24));
  }
  return schedule;
}

/**
 * DES between its outer permutations, which undo each other from one encryption to the next.
 *
 * @param salt for each of 24 bits that is set, crypt(3) swaps two bits of the expansion
 */
export function desCore([high, low]: DesBlock, key: DesKey, salt: number): DesBlock {
  const swaps = swapsOf(salt);
  let [left, right] = [high, low];
  for (let round = 0; round < 32; round += 2) {
    let upper = sixBits(right, 31, 18) | sixBits(right, 3, 12) | sixBits(right, 7, 6) | sixBits(right, 11, 0);
    let lower =
      sixBits(right, 15, 18) | sixBits(right, 19, 12) | sixBits(right, 23, 6) | sixBits(right, 27, 0);
    const exchanged = (upper ^ lower) & swaps;
    upper ^= exchanged ^ (key[round] ?? 0);
    lower ^= exchanged ^ (key[round + 1] ?? 0);
    const output = outputOf(0, upper) ^ outputOf(256, lower);
    [left, right] = [right, left ^ output];
  }
  return [right, left];
}

/** One block by plain DES. */
export function desEncrypt(block: DesBlock, key: DesKey): DesBlock {
  return finalPermutation(desCore(permuted(block, INITIAL), key, 0));
}

export function finalPermutation(block: DesBlock): DesBlock {
  return permuted(block, FINAL);
}

/** The salt's lowest bit is the expansion's first. */
function swapsOf(salt: number): number {
  let swaps = 0;
  for (let bit = 0; bit < 24; bit++) if ((salt >> bit) & 1) swaps |= 0x800000 >> bit;
  return swaps;
}

/** One group of the expansion: six bits from place `start` on, around the end, moved up by `shift`. */
function sixBits(half: number, start: number, shift: number): number {
  return (((half << start) | (half >>> (32 - start))) >>> 26) << shift;
}

function outputOf(box: number, bits: number): number {
  return (
    (ROUND_OUTPUT[box + (bits >> 18)] ?? 0) ^
    (ROUND_OUTPUT[box + 64 + ((bits >> 12) & 63)] ?? 0) ^
    (ROUND_OUTPUT[box + 128 + ((bits >> 6) & 63)] ?? 0) ^
    (ROUND_OUTPUT[box + 192 + (bits & 63)] ?? 0)
  );
}

function permuted([high, low]: DesBlock, table: readonly number[]): DesBlock {
  const bits = Array.from({ length: 64 }, (_, place) =>
    place < 32 ? (high >>> (31 - place)) & 1 : (low >>> (63 - place)) & 1,
  );
  const result = chosen(bits, table);
  return [toNumber(result.slice(0, 32)), toNumber(result.slice(32))];
}

function chosen(bits: readonly number[], places: readonly number[]): number[] {
  return places.map((place) => bits[place - 1] ?? 0);
}

function toNumber(bits: readonly number[]): number {
  return bits.reduce((sum, bit) => (sum << 1) | bit, 0);
}
