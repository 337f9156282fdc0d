import { Secret } from '@app/kernel';

import { ENROLMENT_DEFAULTS, givenYubikeyToken } from '../../../../../test/support/domain/given-token.js';
import { yubikeyOtp } from '../../../../../test/support/clients/otp.js';
import type { TokenDevice } from '../../token.js';
import { MalformedPublicId, MalformedYubikeyKey } from '../../token.errors.js';
import type { EnrolmentRequest } from '../token-type.js';
import { yubikeyToken } from './yubikey-token.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const DEFAULTS = ENROLMENT_DEFAULTS;
const NOTHING: EnrolmentRequest = { seed: null, password: null, digits: null, hash: null, time: {} };
const KEY = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

const PRIVATE_ID = '8792ebfe26cc';
const KNOWN: TokenDevice = { publicId: null, privateId: PRIVATE_ID };
const MISMATCHED = { kind: 'mismatched' };
const spending = (nextCounter: number, more: object = {}) => ({
  kind: 'matched',
  spends: { nextCounter, once: true, ...more },
});
const at = (counter: number, more: object = {}) =>
  yubikeyOtp({ usage: Math.floor(counter / 256), session: counter % 256, ...more });

describe('yubikeyToken', () => {
  describe('verify', () => {
    it.each([
      { title: 'the first value', counter: 0, given: 256, accepted: true },
      { title: 'the very value that is expected', counter: 700, given: 700, accepted: true },
      { title: 'a value far ahead: there is no upper bound', counter: 1, given: 8_388_607, accepted: true },
      { title: 'the value that was spent', counter: 701, given: 700, accepted: false },
      { title: 'an older session of the same usage', counter: 515, given: 513, accepted: false },
      { title: 'the last session of the usage before', counter: 512, given: 511, accepted: false },
    ])('decides by usage and session: $title', ({ counter, given, accepted }) => {
      const token = givenYubikeyToken({ counter, device: KNOWN });
      expect(yubikeyToken.verify(token, at(given), NOW)).toEqual(accepted ? spending(given + 1) : MISMATCHED);
    });

    it('learns which device it is from the first value, and takes none of another with the same key', () => {
      const fresh = givenYubikeyToken();
      expect(yubikeyToken.verify(fresh, at(300), NOW)).toEqual(spending(301, { privateId: PRIVATE_ID }));
      const known = givenYubikeyToken({ counter: 301, device: KNOWN });
      expect(yubikeyToken.verify(known, at(400, { privateId: '8792ebfe26cd' }), NOW)).toEqual(MISMATCHED);
      expect(yubikeyToken.verify(known, at(400), NOW)).toEqual(spending(401));
    });

    it.each([
      { publicId: 'vvccccccdefg', given: 'vvccccccdefg', accepted: true },
      { publicId: 'vvccccccdefg', given: 'VVccccccdefg', accepted: true },
      { publicId: 'vvccccccdefg', given: 'vvccccccdefh', accepted: false },
      { publicId: 'vvccccccdefg', given: '', accepted: false },
      { publicId: 'vvccccccdefg', given: 'cvvccccccdefg', accepted: false },
      { publicId: null, given: 'vvccccccdefg', accepted: true },
      { publicId: null, given: '', accepted: true },
    ])(
      'compares the public id: $given for $publicId is accepted: $accepted',
      ({ publicId, given, accepted }) => {
        const token = givenYubikeyToken({ device: { publicId, privateId: PRIVATE_ID } });
        expect(yubikeyToken.verify(token, at(300, { publicId: given }), NOW)).toEqual(
          accepted ? spending(301) : MISMATCHED,
        );
      },
    );

    it.each([
      { title: 'nothing', value: '' },
      { title: 'a value that is cut off', value: at(300, { publicId: '' }).slice(1) },
      {
        title: 'a value with a letter changed',
        value: at(300).replace(/.$/, (last) => (last === 'c' ? 'b' : 'c')),
      },
      { title: 'a value with a letter that is none of modhex', value: at(300).replace(/.$/, 'a') },
      { title: 'the value of another key', value: at(300, { keyHex: 'ff'.repeat(16) }) },
    ])('refuses $title', ({ value }) => {
      expect(yubikeyToken.verify(givenYubikeyToken(), value, NOW)).toEqual(MISMATCHED);
    });

    it('does not mind that Caps Lock is on', () => {
      const token = givenYubikeyToken({ device: { publicId: 'vvccccccdefg', privateId: PRIVATE_ID } });
      expect(yubikeyToken.verify(token, at(300).toUpperCase(), NOW)).toEqual(spending(301));
    });

    it('fails with a key that is none, and accepts nothing', () => {
      const token = givenYubikeyToken({ secret: Secret.of(Buffer.alloc(20)) });
      expect(() => yubikeyToken.verify(token, at(300), NOW)).toThrow();
    });
  });

  describe('resync', () => {
    it.each([
      { title: 'the very next two', counter: 300, first: 300, second: 301, next: 302 },
      { title: 'two far ahead', counter: 300, first: 9_000, second: 9_001, next: 9_002 },
      { title: 'two on both sides of a session', counter: 300, first: 511, second: 512, next: 513 },
      { title: 'none of which the first is spent', counter: 300, first: 299, second: 300, next: null },
      { title: 'none with a gap', counter: 300, first: 300, second: 302, next: null },
      { title: 'none the wrong way round', counter: 300, first: 301, second: 300, next: null },
      { title: 'none given twice', counter: 300, first: 300, second: 300, next: null },
    ])('takes $title', ({ counter, first, second, next }) => {
      const token = givenYubikeyToken({ counter, device: KNOWN });
      expect(yubikeyToken.resync(token, at(first), at(second), NOW)).toEqual(
        next === null ? null : { nextCounter: next, once: true },
      );
    });

    it('learns which device it is, which must be one', () => {
      const token = givenYubikeyToken();
      expect(yubikeyToken.resync(token, at(300), at(301), NOW)).toEqual({
        nextCounter: 302,
        once: true,
        privateId: PRIVATE_ID,
      });
      const other = { privateId: '000000000000' };
      expect(yubikeyToken.resync(token, at(300), at(301, other), NOW)).toBeNull();
      const known = givenYubikeyToken({ device: KNOWN });
      expect(yubikeyToken.resync(known, at(300, other), at(301, other), NOW)).toBeNull();
    });

    it.each(['', 'nonsense'])('takes no "%s"', (value) => {
      expect(yubikeyToken.resync(givenYubikeyToken(), value, at(301), NOW)).toBeNull();
      expect(yubikeyToken.resync(givenYubikeyToken(), at(300), value, NOW)).toBeNull();
    });
  });

  describe('plan', () => {
    it.each([
      { publicId: null, digits: null, length: 48 },
      { publicId: '', digits: null, length: 48 },
      { publicId: null, digits: 44, length: 44 },
      { publicId: 'vvccccccdefg', digits: null, length: 44 },
      { publicId: 'ecebeeejedecebeg', digits: null, length: 48 },
      { publicId: 'vvccccccdefg', digits: 32, length: 32 },
    ])('has values as long as public id $publicId and length $digits say', ({ publicId, digits, length }) => {
      const plan = yubikeyToken.plan({ ...NOTHING, seed: KEY, publicId, digits }, DEFAULTS);
      expect(plan).toEqual({
        secret: { kind: 'given', bytes: KEY },
        digits: length,
        hash: null,
        time: null,
        ...(publicId && { device: { publicId, privateId: null } }),
      });
    });

    it('keeps the public id in small letters', () => {
      const plan = yubikeyToken.plan({ ...NOTHING, seed: KEY, publicId: 'VVccccccdefg' }, DEFAULTS);
      expect(plan.device).toEqual({ publicId: 'vvccccccdefg', privateId: null });
    });

    it.each(['ab', 'vvc', '0123', 'vv cc', 'cc'.repeat(17)])('refuses the public id "%s"', (publicId) => {
      expect(() => yubikeyToken.plan({ ...NOTHING, seed: KEY, publicId }, DEFAULTS)).toThrow(
        MalformedPublicId,
      );
    });

    it('makes a key of AES-128, and takes no other', () => {
      expect(yubikeyToken.plan(NOTHING, DEFAULTS).secret).toEqual({ kind: 'generate', length: 16 });
      for (const length of [15, 17, 20, 32]) {
        expect(() => yubikeyToken.plan({ ...NOTHING, seed: Buffer.alloc(length) }, DEFAULTS)).toThrow(
          MalformedYubikeyKey,
        );
      }
    });
  });
});
