import { timingSafeEqual } from 'node:crypto';

/** Constant in time for a given length. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
