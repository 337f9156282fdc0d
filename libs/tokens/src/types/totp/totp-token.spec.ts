import { hotp } from '@app/otp';

import {
  ENROLMENT_DEFAULTS,
  RFC_KEY,
  givenTotpToken,
} from '../../../../../test/support/domain/given-token.js';
import type { EnrolmentRequest, Verification } from '../token-type.js';
import { totpToken } from './totp-token.js';

const DEFAULTS = ENROLMENT_DEFAULTS;
const NOTHING: EnrolmentRequest = { seed: null, password: null, digits: null, hash: null, time: {} };

/** Step 59,000,000 began 13 s ago. */
const STEP = 59_000_000;
const SECONDS = STEP * 30 + 13;
const NOW = new Date(SECONDS * 1000);

const otp = (step: number) => hotp(RFC_KEY, step, 6);
const at = (seconds: number) => new Date(seconds * 1000);
const withShift = (shiftSeconds: number, stepSeconds = 30) => ({
  time: { stepSeconds, windowSeconds: 300, shiftSeconds },
});

function spends(verification: Verification) {
  return verification.kind === 'matched' ? verification.spends : null;
}

describe('totpToken', () => {
  describe('verify', () => {
    it.each([
      { offset: -11, accepted: false },
      { offset: -10, accepted: true },
      { offset: -1, accepted: true },
      { offset: 0, accepted: true },
      { offset: 1, accepted: true },
      { offset: 9, accepted: true },
      { offset: 10, accepted: false },
    ])('looks at steps from 10 behind to 9 ahead: $offset is accepted: $accepted', ({ offset, accepted }) => {
      expect(spends(totpToken.verify(givenTotpToken(), otp(STEP + offset), NOW))).toEqual(
        accepted ? { nextCounter: STEP + offset + 1, once: true, shiftSeconds: offset * 30 } : null,
      );
    });

    it.each([
      { lookAhead: 0, offset: 0, accepted: false },
      { lookAhead: 1, offset: 0, accepted: true },
      { lookAhead: 1, offset: -1, accepted: true },
      { lookAhead: 1, offset: 1, accepted: false },
      { lookAhead: 2, offset: 1, accepted: true },
    ])(
      'takes its window from the token: $lookAhead steps, $offset away',
      ({ lookAhead, offset, accepted }) => {
        const { kind } = totpToken.verify(givenTotpToken({ lookAhead }), otp(STEP + offset), NOW);
        expect(kind).toBe(accepted ? 'matched' : 'mismatched');
      },
    );

    it('does not use the window that is stored in seconds', () => {
      const time = { stepSeconds: 30, windowSeconds: 0, shiftSeconds: 0 };
      expect(totpToken.verify(givenTotpToken({ time }), otp(STEP - 10), NOW).kind).toBe('matched');
    });

    it.each([
      { title: 'the step that was matched', counter: STEP + 1, offset: 0, accepted: false },
      { title: 'a step before the one that was matched', counter: STEP + 1, offset: -1, accepted: false },
      { title: 'the step behind the one that was matched', counter: STEP + 1, offset: 1, accepted: true },
      {
        title: 'anything, when the counter is beyond the window',
        counter: STEP + 50,
        offset: 9,
        accepted: false,
      },
    ])('does not accept twice (RFC 6238 §5.2): $title', ({ counter, offset, accepted }) => {
      const { kind } = totpToken.verify(givenTotpToken({ counter }), otp(STEP + offset), NOW);
      expect(kind).toBe(accepted ? 'matched' : 'mismatched');
    });

    it.each([
      // A step starts with its first second and ends before the next one's.
      { seconds: STEP * 30, current: STEP },
      { seconds: STEP * 30 + 29.999, current: STEP },
      { seconds: STEP * 30 - 0.001, current: STEP - 1 },
    ])('counts steps from second 0: at $seconds it is step $current', ({ seconds, current }) => {
      const token = givenTotpToken({ lookAhead: 1 });
      expect(totpToken.verify(token, otp(current), at(seconds)).kind).toBe('matched');
      expect(totpToken.verify(token, otp(current + 1), at(seconds)).kind).toBe('mismatched');
    });

    it('shifts its window by the drift that was seen', () => {
      const ahead = givenTotpToken({ ...withShift(300) });
      expect(totpToken.verify(ahead, otp(STEP + 19), NOW).kind).toBe('matched');
      expect(totpToken.verify(ahead, otp(STEP + 20), NOW).kind).toBe('mismatched');
      expect(totpToken.verify(ahead, otp(STEP), NOW).kind).toBe('matched');
      expect(totpToken.verify(ahead, otp(STEP - 1), NOW).kind).toBe('mismatched');
      const behind = givenTotpToken({ ...withShift(-300) });
      expect(totpToken.verify(behind, otp(STEP - 20), NOW).kind).toBe('matched');
      expect(totpToken.verify(behind, otp(STEP), NOW).kind).toBe('mismatched');
    });

    it('overwrites the drift with what the last match shows, from the clock without drift', () => {
      const token = givenTotpToken({ ...withShift(300) });
      expect(spends(totpToken.verify(token, otp(STEP + 2), NOW))?.shiftSeconds).toBe(60);
      expect(spends(totpToken.verify(token, otp(STEP), NOW))?.shiftSeconds).toBe(0);
    });

    it('works in steps of 60 s', () => {
      const token = givenTotpToken({ ...withShift(0, 60), lookAhead: 1 });
      const step = Math.floor(SECONDS / 60);
      expect(spends(totpToken.verify(token, otp(step), NOW))).toEqual({
        nextCounter: step + 1,
        once: true,
        shiftSeconds: 0,
      });
      expect(totpToken.verify(token, otp(STEP), NOW).kind).toBe('mismatched');
    });

    it('looks at no step before 1970', () => {
      const token = givenTotpToken();
      expect(spends(totpToken.verify(token, otp(0), at(31)))?.nextCounter).toBe(1);
    });
  });

  describe('resync', () => {
    const token = givenTotpToken({ syncWindow: 100 });

    it.each([
      { first: -102, accepted: false },
      { first: -101, accepted: true },
      { first: -1, accepted: true },
      { first: 0, accepted: true },
      { first: 98, accepted: true },
      { first: 99, accepted: false },
    ])('finds two consecutive values, the first $first steps away: $accepted', ({ first, accepted }) => {
      const spent = totpToken.resync(token, otp(STEP + first), otp(STEP + first + 1), NOW);
      expect(spent).toEqual(
        accepted
          ? {
              nextCounter: STEP + first + 2,
              once: true,
              shiftSeconds: (STEP + first + 1.5) * 30 - SECONDS,
            }
          : null,
      );
    });

    it.each([
      { title: 'with a gap', first: 3, second: 5 },
      { title: 'the wrong way round', first: 4, second: 3 },
      { title: 'given twice', first: 3, second: 3 },
    ])('takes no values $title', ({ first, second }) => {
      expect(totpToken.resync(token, otp(STEP + first), otp(STEP + second), NOW)).toBeNull();
    });

    it('takes no value that is spent', () => {
      const spent = givenTotpToken({ syncWindow: 100, counter: STEP + 4 });
      expect(totpToken.resync(spent, otp(STEP + 3), otp(STEP + 4), NOW)).toBeNull();
      expect(totpToken.resync(spent, otp(STEP + 4), otp(STEP + 5), NOW)).not.toBeNull();
    });

    it('leaves a device whose next value is accepted', () => {
      // 90 steps ahead: out of reach of a login, within that of a resync.
      const ahead = STEP + 90;
      expect(totpToken.verify(token, otp(ahead), NOW).kind).toBe('mismatched');
      const spent = totpToken.resync(token, otp(ahead), otp(ahead + 1), NOW);
      const synchronised = givenTotpToken({
        counter: spent?.nextCounter ?? 0,
        ...withShift(spent?.shiftSeconds ?? 0),
      });
      expect(totpToken.verify(synchronised, otp(ahead + 1), NOW).kind).toBe('mismatched');
      expect(totpToken.verify(synchronised, otp(ahead + 2), at(SECONDS + 30)).kind).toBe('matched');
    });
  });

  describe('plan', () => {
    it.each([
      { hash: null, length: 20 },
      { hash: 'sha256', length: 32 },
      { hash: 'sha512', length: 64 },
    ] as const)('generates a seed of $length bytes for $hash', ({ hash, length }) => {
      expect(totpToken.plan({ ...NOTHING, hash }, DEFAULTS).secret).toEqual({ kind: 'generate', length });
    });

    it('takes time settings from the request, else from the installation', () => {
      expect(totpToken.plan(NOTHING, DEFAULTS).time).toEqual(DEFAULTS.time);
      expect(totpToken.plan({ ...NOTHING, time: { stepSeconds: 60 } }, DEFAULTS).time).toEqual({
        ...DEFAULTS.time,
        stepSeconds: 60,
      });
    });
  });
});
