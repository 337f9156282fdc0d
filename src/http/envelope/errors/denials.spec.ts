import type { PinRefusal } from '@app/tokens';

import { pinRefused, selfServiceDenial } from './denials.js';

describe('what users of the self-service read', () => {
  it.each<[PinRefusal, string]>([
    [{ kind: 'too-short', least: 4 }, 'The provided PIN is too short. It should be at least 4 characters.'],
    [
      { kind: 'too-long', most: 8 },
      'The provided PIN is too long. It should not be longer than 8 characters.',
    ],
    [
      { kind: 'not-of-group', contents: '+cn' },
      'The provided PIN does not contain characters of the group or it does contains characters that are not in the group +cn',
    ],
    [
      { kind: 'without', characters: 'letters' },
      'The provided PIN does not contain any letters. Check policy otp_pin_contents.',
    ],
    [
      { kind: 'without', characters: 'digits' },
      'The provided PIN does not contain any numbers. Check policy otp_pin_contents.',
    ],
    [
      { kind: 'without', characters: 'special' },
      'The provided PIN does not contain any special characters. It should contain some of these characters like .: ,;-_<>+*~!/()=?$. Check policy otp_pin_contents.',
    ],
    [
      { kind: 'without', characters: 'other' },
      'The provided PIN does not contain any other characters. It should contain some of these characters that are not contained in letters, digits and the defined special characters. Check policy otp_pin_contents.',
    ],
    [
      { kind: 'with', characters: 'special', contents: '-n' },
      'The PIN contains special characters, although it should not! (-n)',
    ],
    [
      { kind: 'with', characters: 'digits', contents: '-c' },
      'The PIN contains digits, although it should not! (-c)',
    ],
  ])('of a PIN: %j', (refusal, text) => {
    expect(pinRefused(refusal)).toBe(text);
  });

  it.each([
    ['enable', 'The policy settings do not allow you to issue this request!'],
    ['getserial', 'The policy settings do not allow you to request a serial by OTP!'],
  ])('without the right to %s', (action, text) => {
    expect(selfServiceDenial(action)).toBe(text);
  });
});
