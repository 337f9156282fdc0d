import { activationCode, ocraAt, rolledOutKey } from './ocra-device.js';

describe('the simulated OCRA device', () => {
  // RFC 6287, appendix C; spec/token-types §16.1.
  it.each([
    [
      '00000000',
      { suite: 'OCRA-1:HOTP-SHA1-6:QN08', keyHex: '3132333435363738393031323334353637383930' },
      '237653',
    ],
    ['12345678', { suite: 'OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1', pin: '1234' }, '65347737'],
    ['00000000', { suite: 'OCRA-1:HOTP-SHA256-8:QN08-PSHA1', pin: '1234' }, '83238735'],
    ['12345678', { counter: 2 }, '62779302'],
    ['abcDEF123', { suite: 'OCRA-1:HOTP-SHA256-8:C-QA64' }, '58012775'],
    [
      '00000000',
      {
        suite: 'OCRA-1:HOTP-SHA512-8:QN08-T1M',
        keyHex: '31323334353637383930'.repeat(6) + '31323334',
        date: new Date(0x132d0b6 * 60_000),
      },
      '95209754',
    ],
  ])('answers %s with %j: %s', (question, state, answer) => {
    expect(ocraAt(question, state)).toBe(answer);
  });

  it('makes the code and the key of spec/token-types §16.2', () => {
    const code = Uint8Array.from({ length: 20 }, (_, place) => place);
    const nonce = Array.from({ length: 64 }, (_, place) => place.toString(16).padStart(2, '0')).join('');
    expect(activationCode(code)).toBe('AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT00');
    expect(rolledOutKey('aa'.repeat(20), code, nonce)).toBe(
      'd07bb84269e6c4bfaa53a6c7264703ae1b9e98e89deb20bc3ddaa8fb93b6ba38',
    );
  });
});
