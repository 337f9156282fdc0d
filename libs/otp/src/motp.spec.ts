import { readFileSync } from 'node:fs';

import { type MotpKey, findMotpSlot, motp, motpSlotAt } from './motp.js';

interface Vector {
  readonly seedText: string;
  readonly pin: string;
  readonly tenSecondEpoch: number;
  readonly unixTime?: number;
  readonly otp: string;
}

const { vectors } = (
  JSON.parse(readFileSync(new URL('../../../test/vectors/otp.json', import.meta.url), 'utf8')) as {
    readonly motp: { readonly vectors: readonly Vector[] };
  }
).motp;

const keyOf = (seed: string, pin: string, length = 6): MotpKey => ({
  seed: Buffer.from(seed),
  pin: Buffer.from(pin),
  length,
});
const KEY = keyOf('0123456789abcdef', '6666');
const SLOT = 129_612_120;

describe('motp', () => {
  it('has vectors to be checked with', () => {
    expect(vectors).toHaveLength(10);
  });

  it.each(vectors)(
    'gives $otp in slot $tenSecondEpoch with PIN $pin',
    ({ seedText, pin, tenSecondEpoch, unixTime, otp }) => {
      expect(motp(keyOf(seedText, pin, otp.length), tenSecondEpoch)).toBe(otp);
      if (unixTime !== undefined) expect(motpSlotAt(unixTime)).toBe(tenSecondEpoch);
    },
  );

  it('gives the value of the recorded LinOTP', () => {
    expect(motp(keyOf('1234567890123456', '1234'), 126_753_370)).toBe('7215e7');
  });

  it('takes the seed as text: its case matters', () => {
    expect(motp(keyOf('0123456789ABCDEF', '6666'), SLOT)).not.toBe(motp(KEY, SLOT));
  });

  it.each([
    { seconds: 0, slot: 0 },
    { seconds: 9.999, slot: 0 },
    { seconds: 10, slot: 1 },
    { seconds: 1_700_000_009, slot: 170_000_000 },
  ])('counts slots of ten seconds: $seconds s is in slot $slot', ({ seconds, slot }) => {
    expect(motpSlotAt(seconds)).toBe(slot);
  });
});

describe('findMotpSlot', () => {
  it.each([
    { title: 'the first slot of the window', from: SLOT, to: SLOT + 5, found: SLOT },
    { title: 'the last slot of the window', from: SLOT - 5, to: SLOT + 1, found: SLOT },
    { title: 'nothing just beyond the window', from: SLOT - 5, to: SLOT, found: null },
    { title: 'nothing below the window', from: SLOT + 1, to: SLOT + 5, found: null },
    { title: 'nothing in an empty window', from: SLOT, to: SLOT, found: null },
    { title: 'nothing in a window that ends before it begins', from: SLOT + 1, to: SLOT, found: null },
  ])('finds $title', ({ from, to, found }) => {
    expect(findMotpSlot(KEY, '6ed4e4', from, to)).toBe(found);
  });

  it('looks at no slot below zero', () => {
    expect(findMotpSlot(keyOf('0123456789abcdef', '1'), 'bd94a4', -9, 1)).toBe(0);
  });

  it.each(['', '6ed4e', '6ed4e41', '6ED4E4', 'öd4e4', '６ed4e4'])('finds nothing for "%s"', (otp) => {
    expect(findMotpSlot(KEY, otp, SLOT, SLOT + 1)).toBeNull();
  });

  it.each([
    { length: 0, otp: '' },
    { length: 33, otp: '6ed4e4'.padEnd(33, '0') },
  ])('finds nothing where a value has $length characters', ({ length, otp }) => {
    expect(findMotpSlot({ ...KEY, length }, otp, SLOT, SLOT + 1)).toBeNull();
  });

  it('finds values of eight characters', () => {
    const key = { ...KEY, length: 8 };
    expect(findMotpSlot(key, motp(key, SLOT), SLOT, SLOT + 1)).toBe(SLOT);
    expect(motp(key, SLOT)).toMatch(/^6ed4e4[0-9a-f]{2}$/);
  });
});
