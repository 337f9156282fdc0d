import { recordedLogin } from './recorded-login.js';

describe('a login that nobody knows', () => {
  it.each([
    '755224',
    '94287082',
    '1234567890',
    'vvccccccdefgdrjfchvcfgjltvlbrvjlgtkldnvffukf',
    'CBDEFGHIJKLNRTUVCBDEFGHIJKLNRTUV',
  ])('is not recorded where it looks like an OTP: %s', (login) => {
    expect(recordedLogin(login)).toBe('******');
  });

  it.each(['', 'anna', '12345', '12345678901', 'a755224', '755224@staff', 'cbdefg', 'vvccccccdefg'])(
    'is recorded else: %j',
    (login) => {
      expect(recordedLogin(login)).toBe(login);
    },
  );
});
