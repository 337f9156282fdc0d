import type { Token } from '../token.js';

/**
 * A time-based token's counter in steps of another length. Rounded up: a step of the new length that overlaps a spent one
 * is spent too. A token without time settings keeps its counter.
 */
export function rescaledCounter({ counter, time }: Token, stepSeconds: number): number {
  return time ? Math.ceil((counter * time.stepSeconds) / stepSeconds) : counter;
}
