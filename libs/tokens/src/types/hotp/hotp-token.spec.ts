import {
  ENROLMENT_DEFAULTS,
  RFC_KEY,
  RFC_OTPS,
  givenHotpToken,
} from '../../../../../test/support/domain/given-token.js';
import type { EnrolmentRequest } from '../token-type.js';
import { hotpToken } from './hotp-token.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const DEFAULTS = ENROLMENT_DEFAULTS;
const NOTHING: EnrolmentRequest = { seed: null, password: null, digits: null, hash: null, time: {} };

const otp = (counter: number) => RFC_OTPS[counter] ?? '';
const spending = (nextCounter: number) => ({ kind: 'matched', spends: { nextCounter, once: true } });

describe('hotpToken', () => {
  describe('verify', () => {
    it.each([
      { title: 'the next value', counter: 0, given: 0, next: 1 },
      { title: 'the last value of the window', counter: 0, given: 9, next: 10 },
      { title: 'no value beyond the window', counter: 0, given: 10, next: null },
      { title: 'the last value of a window that moved', counter: 5, given: 14, next: 15 },
      { title: 'no value beyond a window that moved', counter: 5, given: 15, next: null },
      { title: 'no value below the counter', counter: 5, given: 4, next: null },
      { title: 'no value a second time', counter: 1, given: 0, next: null },
    ])('accepts $title', ({ counter, given, next }) => {
      expect(hotpToken.verify(givenHotpToken({ counter }), otp(given), NOW)).toEqual(
        next === null ? { kind: 'mismatched' } : spending(next),
      );
    });

    it('accepts a value once and never an earlier one, counter by counter', () => {
      let token = givenHotpToken();
      for (const given of [0, 3, 4]) {
        const verification = hotpToken.verify(token, otp(given), NOW);
        if (verification.kind !== 'matched') throw new Error(`counter ${given} was refused`);
        token = { ...token, counter: verification.spends.nextCounter };
        for (let spent = 0; spent <= given; spent++) {
          expect(hotpToken.verify(token, otp(spent), NOW)).toEqual({ kind: 'mismatched' });
        }
      }
    });

    it.each([
      { lookAhead: 1, given: 0, accepted: true },
      { lookAhead: 1, given: 1, accepted: false },
      { lookAhead: 0, given: 0, accepted: false },
      { lookAhead: 20, given: 19, accepted: true },
    ])('looks $lookAhead counters ahead', ({ lookAhead, given, accepted }) => {
      const { kind } = hotpToken.verify(givenHotpToken({ lookAhead }), otp(given), NOW);
      expect(kind).toBe(accepted ? 'matched' : 'mismatched');
    });

    it.each(['', '75522', '7552244', '000000', 'abcdef'])('refuses "%s"', (value) => {
      expect(hotpToken.verify(givenHotpToken(), value, NOW)).toEqual({ kind: 'mismatched' });
    });
  });

  describe('resync', () => {
    it.each([
      { title: 'the very next two', counter: 0, syncWindow: 1000, first: 0, second: 1, next: 2 },
      { title: 'two far ahead', counter: 0, syncWindow: 1000, first: 17, second: 18, next: 19 },
      {
        title: 'the last of the window and the one behind it',
        counter: 0,
        syncWindow: 10,
        first: 9,
        second: 10,
        next: 11,
      },
      { title: 'none beyond the window', counter: 0, syncWindow: 10, first: 10, second: 11, next: null },
      {
        title: 'none of which the first is spent',
        counter: 5,
        syncWindow: 1000,
        first: 4,
        second: 5,
        next: null,
      },
      { title: 'none with a gap', counter: 0, syncWindow: 1000, first: 4, second: 6, next: null },
      { title: 'none the wrong way round', counter: 0, syncWindow: 1000, first: 5, second: 4, next: null },
      { title: 'none given twice', counter: 0, syncWindow: 1000, first: 4, second: 4, next: null },
    ])('takes $title', ({ counter, syncWindow, first, second, next }) => {
      const token = givenHotpToken({ counter, syncWindow });
      expect(hotpToken.resync(token, otp(first), otp(second), NOW)).toEqual(
        next === null ? null : { nextCounter: next, once: true },
      );
    });
  });

  describe('plan', () => {
    it.each([
      { hash: null, length: 20, planned: 'sha1' },
      { hash: 'sha1', length: 20, planned: 'sha1' },
      { hash: 'sha256', length: 32, planned: 'sha256' },
      { hash: 'sha512', length: 64, planned: 'sha512' },
    ] as const)('generates a seed as long as the output of $hash', ({ hash, length, planned }) => {
      expect(hotpToken.plan({ ...NOTHING, hash }, DEFAULTS)).toEqual({
        secret: { kind: 'generate', length },
        digits: null,
        hash: planned,
        time: null,
      });
    });

    it('takes a seed as given, however short', () => {
      for (const bytes of [RFC_KEY, Buffer.of(1)]) {
        expect(hotpToken.plan({ ...NOTHING, seed: bytes, digits: 8 }, DEFAULTS)).toMatchObject({
          secret: { kind: 'given', bytes },
          digits: 8,
        });
      }
    });
  });
});
