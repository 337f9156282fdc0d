import {
  givenHotpToken,
  givenTotpToken,
  givenYubikeyToken,
} from '../../../../../test/support/domain/given-token.js';
import { afterEffect, challengeAfter } from './after-effect.js';

const HOTP = givenHotpToken({ counter: 4, failures: 3 });
const TOTP = givenTotpToken({ counter: 4, failures: 3 });
const YUBIKEY = givenYubikeyToken({ device: { publicId: 'vv', privateId: null } });

const LIMITED = givenHotpToken({ uses: { attempts: 2, maxAttempts: 5, successes: 1, maxSuccesses: 5 } });
const REMEMBERING = givenHotpToken({ info: { phone: '49123', seen: true, counter: 40 } });
const ASKED = givenHotpToken({ challengedAt: [new Date(1), new Date(2)] });
const UNSENT = {
  kind: 'deliver',
  token: ASKED,
  challenge: { root: '123456789012', place: 0 },
  isSent: false,
  givesBack: false,
} as const;

describe('afterEffect', () => {
  it('goes on from what the effects before it leave', () => {
    const counted = { kind: 'count-use', token: LIMITED, attempts: 1, successes: 0 } as const;
    const failed = afterEffect({ kind: 'count-failure', token: LIMITED });
    if (!failed) throw new Error('gone');
    expect(afterEffect(counted, failed)).toMatchObject({ failures: 1, uses: { attempts: 3 } });
  });

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
      what: 'a message that reached nobody does not count',
      effect: { ...UNSENT, givesBack: true },
      after: { ...ASKED, challengedAt: ASKED.challengedAt.slice(0, 1) },
    },
    { what: 'a message that may have arrived does', effect: UNSENT, after: ASKED },
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
    {
      what: 'uses are counted',
      effect: { kind: 'count-use', token: LIMITED, attempts: 1, successes: 1 },
      after: { ...LIMITED, uses: { attempts: 3, maxAttempts: 5, successes: 2, maxSuccesses: 5 } },
    },
    {
      what: 'a time that is kept changes nothing that counts',
      effect: { kind: 'keep-time', token: HOTP, at: new Date(0), isSuccess: true },
      after: HOTP,
    },
    {
      what: 'what is remembered stands in its info',
      effect: { kind: 'remember', token: REMEMBERING, info: { seen: null, counter: 41 } },
      after: { ...REMEMBERING, info: { phone: '49123', counter: 41 } },
    },
    {
      what: 'a token is disabled',
      effect: { kind: 'disable', token: HOTP },
      after: { ...HOTP, active: false },
    },
    { what: 'a token is gone', effect: { kind: 'remove', token: HOTP }, after: null },
  ] as const)('$what', ({ effect, after }) => {
    expect(afterEffect(effect)).toEqual(after);
  });
});

describe('challengeAfter', () => {
  const token = givenHotpToken({ id: 1 });
  const open = {
    id: 5,
    root: '111111111111',
    place: 0,
    tokenId: 1,
    serial: 'OATH1',
    message: '',
    owner: null,
    realm: '',
    isOpen: true,
    isUnsent: false,
    counter: null,
    receivedCount: 1,
    isReceived: true,
    isValid: false,
    createdAt: new Date(0),
    expiresAt: new Date(1),
  };
  const answer = { kind: 'answer', token, challenge: open, isAccepted: true } as const;

  it.each([
    ['is answered', answer, open, { isOpen: false, isValid: true, receivedCount: 2 }],
    ['is of the transaction', answer, { ...open, id: 9, tokenId: 2 }, { isOpen: false, isValid: false }],
    [
      'is an older one of the token',
      answer,
      { ...open, id: 4, root: '2' },
      { isOpen: false, isValid: false },
    ],
    ['is a newer one of the token', answer, { ...open, id: 6, root: '2' }, { isOpen: true }],
    ["is another's", answer, { ...open, id: 4, root: '2', tokenId: 2 }, { isOpen: true, receivedCount: 1 }],
    [
      'is missed',
      { kind: 'miss', token, challenges: [5] } as const,
      open,
      { isOpen: true, receivedCount: 2 },
    ],
    ['is missed with all', { kind: 'miss', token, challenges: 'open' } as const, open, { receivedCount: 2 }],
    ['is not', { kind: 'miss', token, challenges: [6] } as const, open, { receivedCount: 1 }],
    [
      'is closed already',
      { kind: 'miss', token, challenges: 'open' } as const,
      { ...open, isOpen: false, isValid: true },
      { isValid: true, receivedCount: 1 },
    ],
  ])('one that %s', (_, effect, challenge, after) => {
    expect(challengeAfter(effect, challenge)).toMatchObject(after);
  });
});
