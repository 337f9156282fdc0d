import { gapIn, givenLane } from '../../../../test/support/database/given-lane.js';
import { decodeGaps, encodeGaps, joinedGaps } from './gaps.js';

describe('gaps', () => {
  const lane = givenLane([1, 3, 2, 4]);

  it('are the same when they are read again', () => {
    const gaps = [gapIn(lane, 1, 1), gapIn(lane, 3, 3), gapIn(lane, 5, 6)];
    expect(decodeGaps(encodeGaps(gaps))).toEqual(
      gaps.map((gap) => ({ ...gap, afterSeal: Buffer.from(gap.afterSeal) })),
    );
  });

  it.each([0, 1, 143, 145])('are none in %i bytes', (length) => {
    expect(decodeGaps(Buffer.alloc(length))).toBeNull();
  });

  it('become one where they touch, in whatever order they come', () => {
    const parts = [gapIn(lane, 5, 6), gapIn(lane, 2, 2), gapIn(lane, 3, 4), gapIn(lane, 8, 8)];
    expect(joinedGaps(parts)).toEqual([gapIn(lane, 2, 6), gapIn(lane, 8, 8)]);
    expect(joinedGaps([])).toEqual([]);
  });
});
