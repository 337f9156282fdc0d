import {
  givenHotpToken,
  givenPasswordToken,
  givenSimplePassToken,
} from '../../../../../test/support/domain/given-token.js';
import { splitPassword } from './split-password.js';

describe('splitPassword (spec/validate-api §2.4)', () => {
  it.each([
    { password: 'mypin123456', digits: 6, prependPin: true, pin: 'mypin', otp: '123456' },
    { password: '123456mypin', digits: 6, prependPin: false, pin: 'mypin', otp: '123456' },
    { password: '12345', digits: 6, prependPin: true, pin: '', otp: '12345' },
    { password: '12345', digits: 6, prependPin: false, pin: '', otp: '12345' },
    { password: 'mypin', digits: 6, prependPin: true, pin: '', otp: 'mypin' },
    { password: '123456', digits: 6, prependPin: true, pin: '', otp: '123456' },
    { password: '123456', digits: 6, prependPin: false, pin: '', otp: '123456' },
    { password: '1234567', digits: 6, prependPin: true, pin: '1', otp: '234567' },
    { password: 'mypin12345678', digits: 8, prependPin: true, pin: 'mypin', otp: '12345678' },
    { password: 'mypin123456', digits: 0, prependPin: true, pin: '', otp: 'mypin123456' },
    { password: '', digits: 6, prependPin: true, pin: '', otp: '' },
    { password: 'gräßlich😀123456', digits: 6, prependPin: true, pin: 'gräßlich😀', otp: '123456' },
    { password: ' 123456', digits: 6, prependPin: true, pin: ' ', otp: '123456' },
  ])(
    'takes "$password" with $digits digits, PIN first: $prependPin, as "$pin" and "$otp"',
    ({ password, digits, prependPin, pin, otp }) => {
      expect(splitPassword(givenHotpToken({ digits }), password, prependPin)).toEqual({ pin, otp });
    },
  );

  it('counts the characters of a password token, not their halves', () => {
    expect(splitPassword(givenPasswordToken('p😀s'), 'cpinp😀s', true)).toEqual({ pin: 'cpin', otp: 'p😀s' });
  });

  it('gives all of it to the PIN where a type has no OTP', () => {
    for (const prependPin of [true, false]) {
      expect(splitPassword(givenSimplePassToken(), 'spin123456', prependPin)).toEqual({
        pin: 'spin123456',
        otp: '',
      });
    }
  });
});
