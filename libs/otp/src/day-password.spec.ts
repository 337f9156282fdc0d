import { readFileSync } from 'node:fs';

import { dayPassword } from './day-password.js';

interface Vector {
  readonly seedText: string;
  readonly ddmmyy: string;
  readonly digits: number;
  readonly otp: string;
}

const { vectors } = (
  JSON.parse(readFileSync(new URL('../../../test/vectors/otp.json', import.meta.url), 'utf8')) as {
    readonly dpw: { readonly vectors: readonly Vector[] };
  }
).dpw;

/** Noon, local time. */
function dayOf(ddmmyy: string): Date {
  const [day = 0, month = 1, year = 0] = (ddmmyy.match(/../g) ?? []).map(Number);
  return new Date(2000 + year, month - 1, day, 12);
}

const SEED = Buffer.from('1234567890abcdef');

describe('dayPassword', () => {
  it('has vectors to be checked with', () => {
    expect(vectors).toHaveLength(15);
  });

  it.each([
    ...vectors,
    // spec/token-types §7
    { seedText: '1234567890abcdef', ddmmyy: '230512', digits: 6, otp: '467988' },
    { seedText: '1234567890abcdef', ddmmyy: '230512', digits: 8, otp: '18050388' },
    { seedText: '1234567890abcdef', ddmmyy: '010125', digits: 6, otp: '479424' },
    { seedText: '1234567890abcdef', ddmmyy: '010125', digits: 8, otp: '64413696' },
  ])('gives $otp on $ddmmyy in $digits digits', ({ seedText, ddmmyy, digits, otp }) => {
    expect(dayPassword(Buffer.from(seedText), dayOf(ddmmyy), digits)).toBe(otp);
  });

  it('gives 223596 on the last day of 1999', () => {
    expect(dayPassword(SEED, new Date(1999, 11, 31, 12), 6)).toBe('223596');
    expect(dayPassword(SEED, new Date(1999, 11, 31, 12), 8)).toBe('98099564');
  });

  it('is the same from the first moment of the local day to its last', () => {
    const ofDay = dayPassword(SEED, new Date(2025, 0, 1, 12), 6);
    expect(dayPassword(SEED, new Date(2025, 0, 1, 0, 0, 0, 0), 6)).toBe(ofDay);
    expect(dayPassword(SEED, new Date(2025, 0, 1, 23, 59, 59, 999), 6)).toBe(ofDay);
    expect(dayPassword(SEED, new Date(2025, 0, 2, 0, 0, 0, 0), 6)).not.toBe(ofDay);
  });

  it('takes as many digits as wanted, and none where none are', () => {
    for (const length of [1, 20, 32, 40])
      expect(dayPassword(SEED, dayOf('010125'), length)).toHaveLength(length);
    expect(dayPassword(SEED, dayOf('010125'), 0)).toBe('');
  });
});
