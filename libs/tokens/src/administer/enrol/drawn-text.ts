import type { RandomSource } from '@app/kernel';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const POOLS: ReadonlyMap<string, string> = new Map([
  ['c', LETTERS],
  ['C', LETTERS.toUpperCase()],
  ['n', '0123456789'],
  ['s', '!#$%&()*+,-./:;<=>?@[]^_'],
]);
const LETTERS_AND_DIGITS = [...POOLS].flatMap(([key, pool]) => (key === 's' ? [] : [...pool]));

/** The characters that policies name by `c`, `C`, `n` and `s`; without any of these letters and digits (spec/policies §8.5). */
export function poolOf(content: string): readonly string[] {
  const pool = [...new Set(content)].flatMap((letter) => [...(POOLS.get(letter) ?? '')]);
  return pool.length === 0 ? LETTERS_AND_DIGITS : pool;
}

export function drawnText(pool: readonly string[], length: number, random: RandomSource): string {
  return Array.from({ length }, () => drawn(pool, random)).join('');
}

/** Every character is as likely as any other: bytes beyond the last whole round are drawn again. */
function drawn(pool: readonly string[], random: RandomSource): string {
  const whole = 256 - (256 % pool.length);
  for (;;) {
    const [byte = 0] = random.bytes(1);
    const character = pool[byte % pool.length];
    if (byte < whole && character !== undefined) return character;
  }
}
