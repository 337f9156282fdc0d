import { givenHotpToken, givenTotpToken, givenYubikeyToken } from '../../../test/support/given-token.js';
import { afterEffect } from './after-effect.js';

const HOTP = givenHotpToken({ counter: 4, failures: 3 });
const TOTP = givenTotpToken({ counter: 4, failures: 3 });
const YUBIKEY = givenYubikeyToken({ device: { publicId: 'vv', privateId: null } });

describe('afterEffect', () => {
  it.each([
    {
      what: 'an acceptance spends the value and forgives failures',
      effect: { kind: 'accept', token: HOTP, spends: { nextCounter: 7, once: true } },
      after: { ...HOTP, counter: 7, failures: 0 },
    },
    {
      what: 'an acceptance forgives nothing where that is switched off',
      effect: { kind: 'accept', token: HOTP, spends: { nextCounter: 7, once: true }, keepsFailures: true },
      after: { ...HOTP, counter: 7 },
    },
    {
      what: 'an acceptance keeps the drift that it saw',
      effect: { kind: 'accept', token: TOTP, spends: { nextCounter: 7, once: true, shiftSeconds: -30 } },
      after: { ...TOTP, counter: 7, failures: 0, time: { ...TOTP.time, shiftSeconds: -30 } },
    },
    {
      what: 'an acceptance keeps which device it was',
      effect: {
        kind: 'accept',
        token: YUBIKEY,
        spends: { nextCounter: 7, once: true, privateId: '8792ebfe26cc' },
      },
      after: { ...YUBIKEY, counter: 7, device: { publicId: 'vv', privateId: '8792ebfe26cc' } },
    },
    {
      what: 'a value that is spent without acceptance forgives nothing',
      effect: { kind: 'spend', token: TOTP, spends: { nextCounter: 7, once: true } },
      after: { ...TOTP, counter: 7 },
    },
    {
      what: 'a failure is counted',
      effect: { kind: 'count-failure', token: HOTP },
      after: { ...HOTP, failures: 4 },
    },
    {
      what: 'failures are reset',
      effect: { kind: 'reset-failures', token: HOTP },
      after: { ...HOTP, failures: 0 },
    },
  ] as const)('$what', ({ effect, after }) => {
    expect(afterEffect(effect)).toEqual(after);
  });
});
