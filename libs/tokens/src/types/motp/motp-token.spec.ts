import { Secret } from '@app/kernel';

import { ENROLMENT_DEFAULTS, givenMotpToken } from '../../../../../test/support/domain/given-token.js';
import { motpAt } from '../../../../../test/support/clients/otp.js';
import { MissingUserPin } from '../../token.errors.js';
import type { EnrolmentRequest } from '../token-type.js';
import { motpToken } from './motp-token.js';

const DEFAULTS = ENROLMENT_DEFAULTS;
const NOTHING: EnrolmentRequest = { seed: null, password: null, digits: null, hash: null, time: {} };

/** Slot 176,732,344 began 5 s ago. */
const SLOT = 176_732_344;
const NOW = new Date(SLOT * 10_000 + 5_000);

const otp = (slots: number, more: { pin?: string; seed?: string; length?: number } = {}) =>
  motpAt(NOW, { ...more, slots });
const MISMATCHED = { kind: 'mismatched' };
const spending = (slot: number) => ({ kind: 'matched', spends: { nextCounter: slot + 1, once: true } });

describe('motpToken', () => {
  describe('verify', () => {
    it.each([
      { offset: -21, accepted: false },
      { offset: -20, accepted: true },
      { offset: -1, accepted: true },
      { offset: 0, accepted: true },
      { offset: 19, accepted: true },
      { offset: 20, accepted: false },
    ])(
      'looks at slots from 20 behind to 19 ahead: $offset is accepted: $accepted',
      ({ offset, accepted }) => {
        expect(motpToken.verify(givenMotpToken(), otp(offset), NOW)).toEqual(
          accepted ? spending(SLOT + offset) : MISMATCHED,
        );
      },
    );

    it.each([
      { lookAhead: 0, offset: 0, accepted: false },
      { lookAhead: 1, offset: -2, accepted: true },
      { lookAhead: 1, offset: -3, accepted: false },
      { lookAhead: 1, offset: 1, accepted: true },
      { lookAhead: 1, offset: 2, accepted: false },
      { lookAhead: 50, offset: -100, accepted: true },
      { lookAhead: 50, offset: 99, accepted: true },
      // However large the window is, a login looks at a hundred slots to each side.
      { lookAhead: 10_000, offset: -100, accepted: true },
      { lookAhead: 10_000, offset: -101, accepted: false },
      { lookAhead: 10_000, offset: 99, accepted: true },
      { lookAhead: 10_000, offset: 100, accepted: false },
    ])(
      'takes its window from the token: $lookAhead, $offset slots away',
      ({ lookAhead, offset, accepted }) => {
        expect(motpToken.verify(givenMotpToken({ lookAhead }), otp(offset), NOW)).toEqual(
          accepted ? spending(SLOT + offset) : MISMATCHED,
        );
      },
    );

    it.each([
      { title: 'the slot that was matched', counter: SLOT + 1, offset: 0, accepted: false },
      { title: 'a slot before the one that was matched', counter: SLOT + 1, offset: -1, accepted: false },
      { title: 'the slot behind the one that was matched', counter: SLOT + 1, offset: 1, accepted: true },
      { title: 'anything, when the counter is ahead', counter: SLOT + 50, offset: 19, accepted: false },
    ])('does not accept twice: $title', ({ counter, offset, accepted }) => {
      expect(motpToken.verify(givenMotpToken({ counter }), otp(offset), NOW)).toEqual(
        accepted ? spending(SLOT + offset) : MISMATCHED,
      );
    });

    it.each([
      { title: 'nothing', value: '' },
      { title: 'a value that is cut off', value: otp(0).slice(1) },
      { title: 'a value with more behind it', value: `${otp(0)}0` },
      { title: 'capital letters', value: otp(0).toUpperCase().replaceAll(/\d/g, 'A') },
      { title: 'the value of another PIN', value: otp(0, { pin: '1235' }) },
      { title: 'the value of another seed', value: otp(0, { seed: '1234567890123457' }) },
    ])('refuses $title', ({ value }) => {
      expect(motpToken.verify(givenMotpToken(), value, NOW)).toEqual(MISMATCHED);
    });

    it('takes as many characters as the token has', () => {
      const token = givenMotpToken({ digits: 8 });
      expect(motpToken.verify(token, otp(0, { length: 8 }), NOW)).toEqual(spending(SLOT));
      expect(motpToken.verify(token, otp(0), NOW)).toEqual(MISMATCHED);
      expect(motpToken.verify(givenMotpToken({ digits: 0 }), '', NOW)).toEqual(MISMATCHED);
    });

    it('refuses everything without a PIN for the device', () => {
      const token = givenMotpToken({ userPin: null });
      expect(motpToken.verify(token, otp(0, { pin: '' }), NOW)).toEqual(MISMATCHED);
    });
  });

  it('has nothing to resynchronise', () => {
    expect(motpToken.resync(givenMotpToken(), otp(0), otp(1), NOW)).toBeNull();
  });

  describe('plan', () => {
    const pinOf = (secret: Secret | undefined) => secret?.use((bytes) => Buffer.from(bytes).toString('utf8'));

    it('makes a seed of sixteen hexadecimal digits, in capitals', () => {
      const plan = motpToken.plan({ ...NOTHING, userPin: '4711' }, DEFAULTS);
      expect(plan).toMatchObject({
        secret: { kind: 'generate', length: 8, text: 'upper case' },
        digits: null,
        hash: 'sha1',
        time: null,
      });
      expect(pinOf(plan.userPin)).toBe('4711');
    });

    it('takes a seed as it is written', () => {
      const seed = Buffer.from('0123456789aBcDeF');
      const plan = motpToken.plan({ ...NOTHING, seed, userPin: 'ä', digits: 8 }, DEFAULTS);
      expect(plan).toMatchObject({ secret: { kind: 'given', bytes: seed }, digits: 8 });
      expect(pinOf(plan.userPin)).toBe('ä');
    });

    it.each([null, '', undefined])('is not made with the PIN %j', (userPin) => {
      const request = userPin === undefined ? NOTHING : { ...NOTHING, userPin };
      expect(() => motpToken.plan(request, DEFAULTS)).toThrow(MissingUserPin);
    });
  });
});
