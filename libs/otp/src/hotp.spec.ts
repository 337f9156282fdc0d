import { readFileSync } from 'node:fs';

import { type OtpHash, findHotpCounter, hotp } from './hotp.js';
import { timeStepAt } from './totp.js';

interface HotpVectors {
  readonly keyHex: string;
  readonly algorithm: OtpHash;
  readonly digits: number;
  readonly vectors: readonly { readonly counter: number; readonly otp: string }[];
}
interface TotpVectors {
  readonly step: number;
  readonly digits: number;
  readonly vectors: readonly {
    readonly algorithm: OtpHash;
    readonly keyHex: string;
    readonly time: number;
    readonly counterHex: string;
    readonly otp: string;
  }[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../test/vectors/otp.json', import.meta.url), 'utf8'),
) as { readonly hotp: HotpVectors; readonly totp: TotpVectors };

const KEY = Buffer.from('12345678901234567890', 'ascii');
const SIX_DIGITS = { digits: 6, hash: 'sha1' } as const;

describe('hotp', () => {
  const { keyHex, algorithm, digits } = vectors.hotp;

  it('has vectors to be checked with', () => {
    expect(vectors.hotp.vectors).toHaveLength(10);
    expect(vectors.totp.vectors).toHaveLength(18);
  });

  it.each(vectors.hotp.vectors)(
    'gives $otp at counter $counter (RFC 4226, appendix D)',
    ({ counter, otp }) => {
      expect(hotp(Buffer.from(keyHex, 'hex'), counter, digits, algorithm)).toBe(otp);
    },
  );

  it.each(vectors.totp.vectors)(
    'gives $otp at second $time with $algorithm (RFC 6238, appendix B)',
    ({ algorithm: hash, keyHex: key, time, counterHex, otp }) => {
      const step = timeStepAt(time, vectors.totp.step);
      expect(step).toBe(Number.parseInt(counterHex, 16));
      expect(hotp(Buffer.from(key, 'hex'), step, vectors.totp.digits, hash)).toBe(otp);
    },
  );

  it('keeps leading zeros', () => {
    expect(hotp(KEY, 55, 6)).toMatch(/^\d{6}$/);
    const values = Array.from({ length: 200 }, (_, counter) => hotp(KEY, counter, 6));
    expect(values.filter((value) => value.startsWith('0')).length).toBeGreaterThan(0);
    expect(values.every((value) => value.length === 6)).toBe(true);
  });

  it('uses all eight bytes of the counter', () => {
    const low = hotp(KEY, 1, 8);
    expect(hotp(KEY, 1 + 2 ** 32, 8)).not.toBe(low);
    expect(hotp(KEY, 2 ** 53 - 1, 8)).toMatch(/^\d{8}$/);
  });
});

describe('findHotpCounter', () => {
  it.each([
    { title: 'the first counter of the window', otp: '755224', from: 0, count: 10, found: 0 },
    { title: 'the last counter of the window', otp: '520489', from: 0, count: 10, found: 9 },
    { title: 'nothing just beyond the window', otp: '403154', from: 0, count: 10, found: null },
    { title: 'nothing below the window', otp: '755224', from: 1, count: 10, found: null },
    { title: 'nothing in an empty window', otp: '755224', from: 0, count: 0, found: null },
    { title: 'nothing in a window of negative length', otp: '755224', from: 0, count: -5, found: null },
    { title: 'no counter below zero', otp: '755224', from: -3, count: 4, found: 0 },
    { title: 'nothing for a value that is too short', otp: '75522', from: 0, count: 10, found: null },
    { title: 'nothing for a value that is too long', otp: '7552240', from: 0, count: 10, found: null },
    { title: 'nothing for no value', otp: '', from: 0, count: 10, found: null },
    {
      title: 'nothing for characters that are no digits',
      otp: '75522\u0134',
      from: 0,
      count: 10,
      found: null,
    },
    { title: 'nothing for digits of another script', otp: '٧٥٥٢٢٤', from: 0, count: 10, found: null },
  ])('finds $title', ({ otp, from, count, found }) => {
    expect(findHotpCounter(KEY, otp, from, count, SIX_DIGITS)).toBe(found);
  });

  it('gives the lowest of several matching counters', () => {
    // With one digit, values repeat soon.
    const values = Array.from({ length: 30 }, (_, counter) => hotp(KEY, counter, 1));
    const first = values.indexOf(values[29] ?? '');
    expect(first).toBeLessThan(29);
    expect(findHotpCounter(KEY, values[29] ?? '', 0, 30, { digits: 1, hash: 'sha1' })).toBe(first);
  });
});

describe('timeStepAt', () => {
  it.each([
    { seconds: 0, step: 30, shift: 0, expected: 0 },
    { seconds: 29.999, step: 30, shift: 0, expected: 0 },
    { seconds: 30, step: 30, shift: 0, expected: 1 },
    { seconds: 59, step: 60, shift: 0, expected: 0 },
    { seconds: 60, step: 60, shift: 0, expected: 1 },
    { seconds: 60, step: 30, shift: 30, expected: 3 },
    { seconds: 60, step: 30, shift: -0.5, expected: 1 },
    { seconds: 20_000_000_000, step: 30, shift: 0, expected: 666_666_666 },
  ])(
    'is $expected at $seconds s in steps of $step s, shifted by $shift s',
    ({ seconds, step, shift, expected }) => {
      expect(timeStepAt(seconds, step, shift)).toBe(expected);
    },
  );
});
