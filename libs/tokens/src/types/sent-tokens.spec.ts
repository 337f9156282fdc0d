import { Secret } from '@app/kernel';

import {
  ENROLMENT_DEFAULTS,
  RFC_KEY,
  RFC_OTPS,
  givenEmailToken,
  givenSmsToken,
  givenVoiceToken,
} from '../../../../test/support/domain/given-token.js';
import { tokenType } from './registry.js';
import type { SentOtps, TokenTypeId } from './token-type.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const REQUEST = { seed: null, password: null, digits: null, hash: null, time: {} } as const;
const DEFAULTS = ENROLMENT_DEFAULTS;

function sendsOf(id: TokenTypeId): SentOtps {
  const sends = tokenType(id).challenge?.sends;
  if (!sends) throw new Error('nothing is sent');
  return sends;
}

describe('types whose OTPs are sent', () => {
  it.each([
    { type: 'sms', given: { phone: '49' }, hash: 'sha1', length: 20, info: { phone: '49', until: null } },
    {
      type: 'email',
      given: { emailAddress: 'a@b' },
      hash: 'sha1',
      length: 20,
      info: { email_address: 'a@b' },
    },
    { type: 'voice', given: { phone: '49' }, hash: 'sha256', length: 32, info: { phone: '49' } },
  ] as const)(
    'plan a token of type $type, whatever hash is asked for',
    ({ type, given, hash, length, info }) => {
      const plan = tokenType(type).plan({ ...REQUEST, ...given, hash: 'sha512' }, DEFAULTS);
      expect(plan).toMatchObject({ hash, info, secret: { kind: 'generate', length } });
      expect(() => tokenType(type).plan(REQUEST, DEFAULTS)).toThrow(/needs/);
    },
  );

  it('takes no seed for calls', () => {
    const request = { ...REQUEST, phone: '49', seed: RFC_KEY };
    expect(() => tokenType('voice').plan(request, DEFAULTS)).toThrow(/makes its own seed/);
    expect(tokenType('sms').plan(request, DEFAULTS)).toMatchObject({ secret: { kind: 'given' } });
  });

  it('tells 735221 at counter 1234567890123456789 in a call (spec/token-types §10)', () => {
    const token = givenVoiceToken({ secret: Secret.of(RFC_KEY) });
    const counter = 1_234_567_890_123_456_789n;
    expect(sendsOf('voice').next(token, counter)).toBe(counter);
    expect(sendsOf('voice').otp(token, counter)).toBe('735221');
    expect(sendsOf('voice').verify(token, '735221', counter, NOW)).toEqual({
      kind: 'matched',
      spends: { nextCounter: 2, once: false },
    });
    expect(sendsOf('voice').verify(token, '735221', counter + 1n, NOW)).toEqual({ kind: 'mismatched' });
    expect(sendsOf('voice').otp(token, 2n ** 64n - 1n)).toMatch(/^\d{6}$/);
  });

  it.each([
    { type: 'sms', token: givenSmsToken(), spent: 1 },
    { type: 'email', token: givenEmailToken(), spent: 2 },
  ] as const)(
    'sends the value behind the counter by $type, and leaves it behind',
    ({ type, token, spent }) => {
      const sends = sendsOf(type);
      expect(sends.next(token, 0n)).toBe(1n);
      expect(sends.otp(token, 1n)).toBe(RFC_OTPS[1]);
      expect(sends.spends(token)).toEqual({ nextCounter: spent, once: true });
    },
  );

  it.each(['sms', 'email', 'voice'] as const)('tells nobody the values of %s but by its messages', (id) => {
    const type = tokenType(id);
    expect([type.upcoming, type.find]).toEqual([undefined, undefined]);
    expect(type.resync(givenSmsToken(), RFC_OTPS[1], RFC_OTPS[2], NOW)).toBeNull();
  });

  it('knows until when an SMS is good', () => {
    expect(sendsOf('sms').keeps?.(NOW)).toEqual({ until: NOW.getTime() / 1000 });
    expect(sendsOf('sms').keeps?.(null)).toEqual({ until: null });
  });
});
