import { timingSafeEqual } from 'node:crypto';

/**
 * Whether a value is the expected one: in constant time for a given length. In bytes of UTF-8, so that no other
 * character passes for the digit that its low byte would be. Nothing is nobody's value.
 */
export function isSameText(expected: string, given: string): boolean {
  const one = Buffer.from(expected, 'utf8');
  const other = Buffer.from(given, 'utf8');
  return one.length > 0 && one.length === other.length && timingSafeEqual(one, other);
}
