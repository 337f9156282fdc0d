import type { StoredPolicy } from '@app/policies';

import { pinOf } from '../../../../test/support/domain/given-token.js';
import { annas, effectsOf, outcomeOf } from '../../../../test/support/domain/login-decisions.js';
import { type Given, decided } from '../../../../test/support/domain/policy-decisions.js';

describe('policies of a login', () => {
  describe('authorization (spec/policies §8.7)', () => {
    const authorize = (conditions: Partial<StoredPolicy> = {}) => ({
      scope: 'authorization',
      action: 'authorize',
      ...conditions,
    });

    it.each<{ title: string; given: Given[]; outcome: string }>([
      { title: 'no policy', given: [], outcome: 'accepted OATH1' },
      { title: 'another action only', given: ['authorization: detail_on_fail'], outcome: 'accepted OATH1' },
      { title: 'everybody', given: [authorize()], outcome: 'accepted OATH1' },
      { title: 'this user', given: [authorize({ user: 'anna' })], outcome: 'accepted OATH1' },
      { title: 'another user', given: [authorize({ user: 'bernd' })], outcome: 'not-authorized' },
      { title: 'another realm', given: [authorize({ realm: 'ext' })], outcome: 'not-authorized' },
      {
        title: 'another client',
        given: [authorize({ client: '198.51.100.0/24' })],
        outcome: 'not-authorized',
      },
      { title: 'other hours', given: [authorize({ time: '* * * * 6 *' })], outcome: 'not-authorized' },
      { title: 'nobody', given: ['authorization: !authorize'], outcome: 'not-authorized' },
      {
        title: 'an expression that cannot be read',
        given: [authorize({ user: 'an[' })],
        outcome: 'not-authorized',
      },
      {
        title: 'only an inactive policy',
        given: [authorize({ user: 'bernd', active: 'False' })],
        outcome: 'accepted OATH1',
      },
    ])('authorize of $title: $outcome', ({ given, outcome }) => {
      expect(outcomeOf(decided([annas()], given))).toBe(outcome);
    });

    it('refuses before any token is asked, in the words of LinOTP', () => {
      const decision = decided([annas({ failures: 10, maxFailures: 10 })], [authorize({ user: 'bernd' })]);
      expect(decision.effects).toEqual([]);
      expect(decision.facts).toMatchObject({
        detail: '',
        info: 'ERR510: Authorization on client 192.0.2.1 failed for anna@staff.',
      });
    });

    it.each<{ given: Given[]; outcome: string }>([
      { given: ['authorization: tokentype=HMAC'], outcome: 'accepted OATH1' },
      { given: ['authorization: tokentype=totp hmac'], outcome: 'accepted OATH1' },
      { given: ['authorization: tokentype=*'], outcome: 'accepted OATH1' },
      { given: ['authorization: tokentype='], outcome: 'accepted OATH1' },
      { given: ['authorization: tokentype=totp'], outcome: 'not-authorized' },
      { given: ['authorization: tokentype'], outcome: 'not-authorized' },
      { given: ['authorization: serial=^OA'], outcome: 'accepted OATH1' },
      { given: ['authorization: serial=TH'], outcome: 'accepted OATH1' },
      { given: ['authorization: serial=^TH'], outcome: 'not-authorized' },
      { given: ['authorization: serial=O['], outcome: 'not-authorized' },
      { given: ['authorization: serial'], outcome: 'not-authorized' },
      { given: [{ scope: 'authorization', action: 'serial=X', user: 'bernd' }], outcome: 'accepted OATH1' },
      { given: [{ scope: 'authorization', action: 'serial=X', user: 'b[' }], outcome: 'not-authorized' },
      // The hours of a restriction by serial do not count, as in LinOTP; those of one by type do.
      {
        given: [{ scope: 'authorization', action: 'serial=X', time: '* * * * 6 *' }],
        outcome: 'not-authorized',
      },
      {
        given: [{ scope: 'authorization', action: 'tokentype=X', time: '* * * * 6 *' }],
        outcome: 'accepted OATH1',
      },
    ])('$given: $outcome', ({ given, outcome }) => {
      expect(outcomeOf(decided([annas()], given))).toBe(outcome);
    });

    it('spends the value that it refuses, and resets no failures', () => {
      const tokens = [
        annas({ failures: 2 }),
        annas({ id: 2, serial: 'OATH2', failures: 3, pin: pinOf('pin2') }),
      ];
      const decision = decided(tokens, ['authorization: tokentype=totp']);
      expect(effectsOf(decision)).toEqual(['spend OATH1 → 1']);
      expect(decision.facts).toMatchObject({
        succeeded: false,
        serial: 'OATH1',
        tokenType: 'HMAC',
        detail: 'failed due to authorization/tokentype policy',
        info: 'ERR510: Authorization for token OATH1 with type HMAC failed on client 192.0.2.1; policies: p0',
      });
    });

    it('does not ask about tokens at a login by serial alone', () => {
      const given = ['authorization: tokentype=totp', authorize({ user: 'bernd' })];
      expect(outcomeOf(decided([annas()], given, { needsAuthorization: false }))).toBe('accepted OATH1');
    });

    it.each([
      { given: 'authorization: tokentype=totp', outcome: 'accepted without a token' },
      { given: 'authorization: serial=OATH', outcome: 'not-authorized' },
    ])('$given for who needs no token: $outcome', ({ given, outcome }) => {
      expect(outcomeOf(decided([], [given, 'authentication: passOnNoToken']))).toBe(outcome);
    });
  });

  describe('in the record', () => {
    it('are those that took part, each once', () => {
      const given = [
        'authentication: otppin=0',
        'authorization: authorize, tokentype=hmac',
        'authorization: setrealm=staff',
      ];
      expect(decided([annas()], given).facts.info).toBe('policies: p1, p0');
    });

    it('are the ones that led to the realm, too', () => {
      expect(decided([annas()], [], {}, { ledBy: ['moved'] }).facts.info).toBe('policies: moved');
    });

    it('are not mentioned where none took part', () => {
      expect(decided([annas()], ['authorization: detail_on_fail']).facts.info ?? '').toBe('');
    });
  });
});
