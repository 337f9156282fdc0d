import { timingSafeEqual } from 'node:crypto';

/** Compares in a time that does not tell where the two differ. */
export function isSame(expected: string | Uint8Array, actual: string | Uint8Array): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(actual)];
  return one.length === other.length && timingSafeEqual(one, other);
}
