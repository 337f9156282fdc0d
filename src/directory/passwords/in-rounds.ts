import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 1;
/** The clock costs something, too: it is looked at once in so many rounds. */
const ROUNDS_BETWEEN_LOOKS = 64;

/**
 * The most rounds of a digest that one check may cost: what LinOTP itself writes (656,000 of sha512-crypt) and some more.
 * A row of a foreign table must not be able to hold a core for minutes.
 */
export const MOST_ROUNDS = 1_000_000;

/** Does `round` for 0 … `count` − 1, and lets everybody else have the event loop about every millisecond. */
export async function inRounds(count: number, round: (index: number) => void): Promise<void> {
  let sliceEnd = performance.now() + SLICE_MS;
  for (let index = 0; index < count; index++) {
    round(index);
    if (index % ROUNDS_BETWEEN_LOOKS === 0 && performance.now() > sliceEnd) {
      await setImmediate();
      sliceEnd = performance.now() + SLICE_MS;
    }
  }
}
