import type { Token, TokenTime } from '../token.js';

/**
 * A token's counter under other time settings. Rounded up: a step of the new length that overlaps a spent one is spent
 * too. A token whose counter counts no steps keeps it.
 */
export function rescaledCounter({ type, counter, time: before }: Token, after: TokenTime | null): number {
  return type === 'totp' && before && after
    ? Math.ceil((counter * before.stepSeconds) / after.stepSeconds)
    : counter;
}
