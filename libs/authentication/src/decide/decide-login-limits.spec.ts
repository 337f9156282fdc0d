import { ALWAYS_VALID, NEVER_USED, type TokenUses } from '@app/tokens';

import {
  ANNA,
  NOW,
  annas,
  decide,
  effectsOf,
  outcomeOf,
  pinAndOtp,
} from '../../../../test/support/domain/login-decisions.js';
import { decided } from '../../../../test/support/domain/policy-decisions.js';
import type { LoginEffect } from '../login.js';

const before = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);
const after = (seconds: number) => before(-seconds);
const used = (uses: Partial<TokenUses>) => ({ uses: { ...NEVER_USED, ...uses } });
const valid = (validity: Partial<typeof ALWAYS_VALID>) => ({ validity: { ...ALWAYS_VALID, ...validity } });

const RIGHT = pinAndOtp(0);
const WRONG_OTP = 'pin1000000';
const WRONG_PIN = 'pin2000000';

const NOT_YET = 'Authentication validity period mismatch!';
const NO_MORE = 'Authentication validity period exceeded';
const ATTEMPTS = 'Authentication counter exceeded';
const SUCCESSES = 'Authentication sucess counter exceeded';

describe('limits of a token', () => {
  describe('what keeps it out (spec/validate-api §2.5)', () => {
    it.each([
      { token: valid({ from: after(1) }), detail: NOT_YET },
      { token: valid({ from: NOW }), detail: null },
      { token: valid({ until: NOW }), detail: null },
      { token: valid({ until: before(1) }), detail: NO_MORE },
      { token: valid({ from: before(60), until: after(60) }), detail: null },
      { token: used({ attempts: 1, maxAttempts: 2 }), detail: null },
      { token: used({ attempts: 2, maxAttempts: 2 }), detail: ATTEMPTS },
      { token: used({ attempts: 3, maxAttempts: 2 }), detail: ATTEMPTS },
      { token: used({ attempts: 3 }), detail: null },
      { token: used({ attempts: 3, maxAttempts: 0 }), detail: null },
      { token: used({ successes: 1, maxSuccesses: 2 }), detail: null },
      { token: used({ successes: 2, maxSuccesses: 2 }), detail: SUCCESSES },
      { token: used({ successes: 2, maxSuccesses: 0 }), detail: null },
      // In the order in which they are asked for.
      { token: { ...valid({ from: after(1) }), failures: 10 }, detail: 'Failcounter exceeded' },
      { token: { ...valid({ from: after(1) }), ...used({ attempts: 2, maxAttempts: 2 }) }, detail: NOT_YET },
      {
        token: used({ attempts: 2, maxAttempts: 2, successes: 2, maxSuccesses: 2 }),
        detail: ATTEMPTS,
      },
      {
        token: { ...valid({ until: before(1) }), ...used({ successes: 2, maxSuccesses: 2 }) },
        detail: SUCCESSES,
      },
    ])('$token: $detail', ({ token, detail }) => {
      const decision = decide([annas(token)], { password: RIGHT });
      if (detail === null) {
        expect(outcomeOf(decision)).toBe('accepted OATH1');
        return;
      }
      expect(outcomeOf(decision)).toBe('no-usable-token');
      expect(decision.facts).toMatchObject({ detail, serial: 'OATH1', tokenType: 'HMAC' });
      expect(effectsOf(decision)).toEqual(['count-failure OATH1']);
    });

    it('is asked again with the time at the commit', () => {
      const token = annas(valid({ until: NOW }));
      expect(outcomeOf(decide([token], {}, NOW))).toBe('accepted OATH1');
      expect(outcomeOf(decide([token], {}, after(0.001)))).toBe('no-usable-token');
    });

    it('leaves the other tokens of the user', () => {
      const tokens = [annas(valid({ until: before(1) })), annas({ id: 2, serial: 'OATH2' })];
      expect(outcomeOf(decide(tokens, { password: RIGHT }))).toBe('accepted OATH2');
    });
  });

  describe('where it may be used', () => {
    it.each([
      { paths: null, path: 'validate', outcome: 'accepted OATH1' },
      { paths: ['validate'], path: 'validate', outcome: 'accepted OATH1' },
      { paths: ['userservice', 'validate'], path: 'validate', outcome: 'accepted OATH1' },
      { paths: ['userservice'], path: 'userservice', outcome: 'accepted OATH1' },
      { paths: ['userservice'], path: 'validate', outcome: 'no-usable-token' },
      { paths: ['Validate'], path: 'validate', outcome: 'no-usable-token' },
      { paths: [], path: 'validate', outcome: 'no-usable-token' },
    ])('$paths at $path: $outcome', ({ paths, path, outcome }) => {
      const decision = decide([annas({ paths })], { path });
      expect(outcomeOf(decision)).toBe(outcome);
    });

    it('elsewhere it is passed over without a word, and no failure is counted', () => {
      const decision = decide([annas({ paths: ['userservice'] })], { password: WRONG_OTP });
      expect(decision.facts.detail).toBe('no token found!');
      expect(effectsOf(decision)).toEqual([]);
    });

    it('does not make its owner a user without a token', () => {
      const changes = { acceptsUsersWithoutToken: true };
      expect(outcomeOf(decide([annas({ paths: ['userservice'] })], changes))).toBe('no-usable-token');
    });
  });

  describe('what is counted (spec/validate-api §2.7)', () => {
    const uses = ({ effects }: { effects: readonly LoginEffect[] }) =>
      effects.flatMap((effect) =>
        effect.kind === 'count-use' ? [`${effect.token.serial} ${effect.attempts} ${effect.successes}`] : [],
      );

    it.each([
      { uses: {}, password: RIGHT, counted: [] },
      { uses: { maxAttempts: 5 }, password: RIGHT, counted: ['OATH1 1 0'] },
      { uses: { maxSuccesses: 5 }, password: RIGHT, counted: ['OATH1 0 1'] },
      { uses: { maxAttempts: 5, maxSuccesses: 5 }, password: RIGHT, counted: ['OATH1 1 1'] },
      { uses: { maxAttempts: 0, maxSuccesses: 0 }, password: RIGHT, counted: [] },
      // A right PIN with a wrong OTP always is.
      { uses: {}, password: WRONG_OTP, counted: ['OATH1 1 0'] },
      { uses: { maxSuccesses: 5 }, password: WRONG_OTP, counted: ['OATH1 1 0'] },
      { uses: {}, password: WRONG_PIN, counted: [] },
      { uses: { maxAttempts: 5 }, password: WRONG_PIN, counted: ['OATH1 1 0'] },
      { uses: { maxSuccesses: 5 }, password: WRONG_PIN, counted: [] },
      { uses: { attempts: 5, maxAttempts: 5 }, password: WRONG_PIN, counted: [] },
    ])('$uses, "$password": $counted', ({ uses: given, password, counted }) => {
      expect(uses(decide([annas(used(given))], { password }))).toEqual(counted);
    });

    it('of several tokens, only those whose PIN matches', () => {
      const limited = used({ maxAttempts: 5 });
      const tokens = [annas(limited), annas({ id: 2, serial: 'OATH2', pin: null, ...limited })];
      expect(uses(decide(tokens, { password: WRONG_OTP }))).toEqual(['OATH1 1 0']);
    });

    it('of several that match, an attempt of each and no success', () => {
      const limited = used({ maxAttempts: 5, maxSuccesses: 5 });
      const tokens = [annas(limited), annas({ id: 2, serial: 'OATH2', ...limited })];
      expect(uses(decide(tokens))).toEqual(['OATH1 1 0', 'OATH2 1 0']);
    });

    it('no success where policies refuse the token', () => {
      const tokens = [annas(used({ maxAttempts: 5, maxSuccesses: 5 }))];
      const decision = decided(tokens, ['authorization: tokentype=totp']);
      expect(outcomeOf(decision)).toBe('not-authorized');
      expect(uses(decision)).toEqual(['OATH1 1 0']);
    });
  });

  describe('what becomes of a token that has no login left', () => {
    const EXHAUSTED = annas(used({ attempts: 5, maxAttempts: 5 }));

    it.each([
      { actions: [], effects: ['count-failure OATH1'] },
      { actions: ['disable_on_authentication_exceed'], effects: ['count-failure OATH1', 'disable OATH1'] },
      { actions: ['delete_on_authentication_exceed'], effects: ['remove OATH1'] },
      {
        actions: ['disable_on_authentication_exceed, delete_on_authentication_exceed'],
        effects: ['remove OATH1'],
      },
    ])('$actions: $effects', ({ actions, effects }) => {
      const decision = decided(
        [EXHAUSTED],
        actions.map((action) => `authentication: ${action}`),
      );
      expect(outcomeOf(decision)).toBe('no-usable-token');
      expect(effectsOf(decision)).toEqual(effects);
    });

    it.each([
      { token: annas(used({ successes: 5, maxSuccesses: 5 })), ends: true },
      { token: annas(valid({ until: before(1) })), ends: true },
      { token: annas(valid({ from: after(1) })), ends: false },
      { token: annas({ failures: 10 }), ends: false },
      { token: annas({ paths: ['userservice'] }), ends: false },
      { token: annas({ ...valid({ until: before(1) }), active: false }), ends: false },
    ])('holds for what is over for good: $ends', ({ token, ends }) => {
      const { effects } = decided([token], ['authentication: disable_on_authentication_exceed']);
      expect(effects.some(({ kind }) => kind === 'disable')).toBe(ends);
    });

    it('is told in the record, with the policy', () => {
      const decision = decided([EXHAUSTED], ['authentication: disable_on_authentication_exceed']);
      expect(decision.facts).toMatchObject({
        detail: ATTEMPTS,
        info: 'OATH1 has no login left: disabled; policies: p0',
      });
    });

    it('happens where another token is accepted as well', () => {
      const tokens = [EXHAUSTED, annas({ id: 2, serial: 'OATH2' })];
      const decision = decided(tokens, ['authentication: delete_on_authentication_exceed'], {
        password: RIGHT,
      });
      expect(outcomeOf(decision)).toBe('accepted OATH2');
      expect(effectsOf(decision)).toEqual(['remove OATH1', 'accept OATH2 → 1']);
    });

    it('is asked for the user’s realm', () => {
      const policy = {
        scope: 'authentication',
        action: 'disable_on_authentication_exceed',
        realm: 'elsewhere',
      };
      const { effects } = decided([EXHAUSTED], [policy], { subject: ANNA });
      expect(effects.map(({ kind }) => kind)).toEqual(['count-failure']);
    });
  });

  describe('when it was last used', () => {
    const times = ({ effects }: { effects: readonly LoginEffect[] }) =>
      effects.flatMap((effect) =>
        effect.kind === 'keep-time'
          ? [`${effect.token.serial} ${effect.at.toISOString()} ${effect.isSuccess}`]
          : [],
      );
    const accessTimeFormat = '%Y-%m-%d %H:%M';

    it('is not kept unless it is asked for', () => {
      expect(times(decide([annas()]))).toEqual([]);
    });

    it('is kept of all that took part, and as a success of the one that was accepted', () => {
      const tokens = [
        annas(),
        annas({ id: 2, serial: 'OATH2', counter: 5 }),
        annas({ id: 3, serial: 'OATH3', active: false }),
      ];
      expect(times(decide(tokens, { accessTimeFormat }))).toEqual([
        'OATH1 2026-01-02T03:04:00.000Z true',
        'OATH2 2026-01-02T03:04:00.000Z false',
      ]);
    });

    it.each([{ password: WRONG_OTP }, { password: WRONG_PIN }])(
      'is no success for "$password"',
      ({ password }) => {
        expect(times(decide([annas()], { accessTimeFormat, password }))).toEqual([
          'OATH1 2026-01-02T03:04:00.000Z false',
        ]);
      },
    );

    it('is no success where policies refuse the token', () => {
      const decision = decided([annas()], ['authorization: tokentype=totp'], { accessTimeFormat });
      expect(times(decision)).toEqual(['OATH1 2026-01-02T03:04:00.000Z false']);
    });
  });
});
