import { ENROLMENT_DEFAULTS, givenDayPasswordToken } from '../../../../../test/support/domain/given-token.js';
import type { EnrolmentRequest } from '../token-type.js';
import { dayPasswordToken } from './day-password-token.js';

const DEFAULTS = ENROLMENT_DEFAULTS;
const NOTHING: EnrolmentRequest = { seed: null, password: null, digits: null, hash: null, time: {} };

/** Of 1 January 2025 (spec/token-types §7). */
const OF_DAY = '479424';
const at = (day: number, hour = 12) => new Date(2025, 0, day, hour);
const MATCHED = { kind: 'matched', spends: { nextCounter: 2, once: false } };
const MISMATCHED = { kind: 'mismatched' };

describe('dayPasswordToken', () => {
  it.each([
    { title: 'at noon', now: at(1) },
    { title: 'at the first moment of the local day', now: at(1, 0) },
    { title: 'at its last', now: new Date(2025, 0, 1, 23, 59, 59, 999) },
  ])('accepts the password of the day $title', ({ now }) => {
    expect(dayPasswordToken.verify(givenDayPasswordToken(), OF_DAY, now)).toEqual(MATCHED);
  });

  it.each([
    { title: 'the day before', now: new Date(2024, 11, 31, 23, 59, 59, 999) },
    { title: 'the day after', now: at(2, 0) },
    { title: 'the same day of another year', now: new Date(2026, 0, 1, 12) },
  ])('refuses it on $title', ({ now }) => {
    expect(dayPasswordToken.verify(givenDayPasswordToken(), OF_DAY, now)).toEqual(MISMATCHED);
  });

  it('accepts it as often as it is given', () => {
    const again = givenDayPasswordToken({ counter: 2 });
    expect(dayPasswordToken.verify(again, OF_DAY, at(1))).toEqual(MATCHED);
  });

  it.each(['', '47942', '4794240', '479425', '47942４', 'abcdef'])('refuses "%s"', (value) => {
    expect(dayPasswordToken.verify(givenDayPasswordToken(), value, at(1))).toEqual(MISMATCHED);
  });

  it('takes as many digits as the token has', () => {
    const token = givenDayPasswordToken({ digits: 8 });
    expect(dayPasswordToken.verify(token, '64413696', at(1))).toEqual(MATCHED);
    expect(dayPasswordToken.verify(token, OF_DAY, at(1))).toEqual(MISMATCHED);
    expect(dayPasswordToken.verify(givenDayPasswordToken({ digits: 0 }), '', at(1))).toEqual(MISMATCHED);
  });

  it('has nothing to resynchronise', () => {
    expect(dayPasswordToken.resync(givenDayPasswordToken(), OF_DAY, OF_DAY, at(1))).toBeNull();
  });

  it('takes a seed as text, and makes one of forty hexadecimal digits', () => {
    const seed = Buffer.from('any Text, with blanks ');
    expect(dayPasswordToken.plan({ ...NOTHING, seed, digits: 8 }, DEFAULTS)).toEqual({
      secret: { kind: 'given', bytes: seed },
      digits: 8,
      hash: null,
      time: null,
    });
    expect(dayPasswordToken.plan(NOTHING, DEFAULTS).secret).toEqual({
      kind: 'generate',
      length: 20,
      text: 'lower case',
    });
  });
});
