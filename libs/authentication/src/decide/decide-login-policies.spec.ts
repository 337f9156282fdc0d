import type { StoredPolicy } from '@app/policies';
import type { Token } from '@app/tokens';

import {
  givenPasswordToken,
  givenSimplePassToken,
  pinOf,
} from '../../../../test/support/domain/given-token.js';
import {
  ANNA,
  ANNAS_OWNER,
  ATTEMPT,
  answersBy,
  NOW,
  annas,
  effectsOf,
  otp,
  outcomeOf,
} from '../../../../test/support/domain/login-decisions.js';
import { decided, policiesOf } from '../../../../test/support/domain/policy-decisions.js';
import { decideLogin } from './decide-login.js';
import type { LoginAttempt } from '../login.js';

const NOBODY = { kind: 'nobody', login: 'nosuch', realm: 'staff', isUnknown: true } as const;
const OATH1 = { kind: 'token', serial: 'OATH1' } as const;
const otppin = (value: string) => `authentication: otppin=${value}`;

describe('policies of a login', () => {
  describe('otppin (spec/validate-api §2.4)', () => {
    const right = otp(0);
    const wrong = '000000';

    it.each([
      { mode: '0', password: `pin1${right}`, outcome: 'accepted OATH1' },
      { mode: 'token_pin', password: `directory${right}`, outcome: 'wrong-pin' },
      { mode: '1', password: `directory${right}`, outcome: 'accepted OATH1' },
      { mode: 'password', password: `directory${right}`, outcome: 'accepted OATH1' },
      { mode: '1', password: `pin1${right}`, outcome: 'wrong-pin' },
      { mode: '1', password: right, outcome: 'wrong-pin' },
      { mode: '1', password: `directory${wrong}`, outcome: 'wrong-pin' },
      { mode: '2', password: right, outcome: 'accepted OATH1' },
      { mode: 'only_otp', password: right, outcome: 'accepted OATH1' },
      { mode: '2', password: `pin1${right}`, outcome: 'wrong-otp' },
      { mode: '2', password: '', outcome: 'wrong-otp' },
      { mode: '3', password: `anything${right}`, outcome: 'accepted OATH1' },
      { mode: 'ignore_pin', password: right, outcome: 'accepted OATH1' },
      { mode: '3', password: `pin1${wrong}`, outcome: 'wrong-otp' },
      // What means nothing leaves the token's PIN.
      { mode: '4', password: right, outcome: 'wrong-pin' },
      { mode: 'false', password: right, outcome: 'wrong-pin' },
      { mode: 'constructor', password: right, outcome: 'wrong-pin' },
    ])('$mode with "$password": $outcome', ({ mode, password, outcome }) => {
      expect(outcomeOf(decided([annas()], [otppin(mode)], { password }))).toBe(outcome);
    });

    it.each([
      { mode: '0', password: 'pin1', outcome: 'accepted LSSP1' },
      { mode: '1', password: 'directory', outcome: 'accepted LSSP1' },
      { mode: '1', password: 'pin1', outcome: 'wrong-pin' },
      { mode: '2', password: '', outcome: 'wrong-pin' },
      { mode: '2', password: 'anything', outcome: 'wrong-pin' },
      { mode: '3', password: 'pin1', outcome: 'accepted LSSP1' },
      { mode: '3', password: 'anything', outcome: 'wrong-pin' },
    ])('$mode leaves a simple-pass token its PIN: "$password": $outcome', ({ mode, password, outcome }) => {
      const token = givenSimplePassToken({ owner: ANNAS_OWNER, pin: pinOf('pin1') });
      expect(outcomeOf(decided([token], [otppin(mode)], { password }))).toBe(outcome);
    });

    it('says that the password was wrong, and counts it against all tokens', () => {
      const tokens = [annas(), annas({ id: 2, serial: 'OATH2', counter: 5 })];
      const decision = decided(tokens, [otppin('1')], { password: `wrong${right}` });
      expect(decision.facts.detail).toBe('wrong user password -1');
      expect(effectsOf(decision)).toEqual(['count-failure OATH1', 'count-failure OATH2']);
    });

    it('asks the directory only once the OTP is right, after any slow hash', () => {
      const token = givenPasswordToken('geheim1', { owner: ANNAS_OWNER, realms: ['staff'] });
      const asked = (password: string, known: readonly string[]) => {
        const decision = decideLogin(
          [token],
          { ...ATTEMPT, policies: policiesOf([otppin('1')]), password },
          NOW,
          answersBy((question) =>
            known.includes(question.kind)
              ? !('candidate' in question && question.candidate === 'geheim2')
              : undefined,
          ),
        );
        return 'question' in decision ? decision.question.kind : outcomeOf(decision);
      };
      expect(asked('directorygeheim1', [])).toBe('password-hash');
      expect(asked('directorygeheim1', ['password-hash'])).toBe('user-password');
      expect(asked('directorygeheim2', ['password-hash'])).toBe('wrong-pin');
    });

    it.each([
      { user: 'anna', outcome: 'accepted OATH1' },
      { user: 'bernd', outcome: 'wrong-pin' },
      { user: '#email~=example', outcome: 'accepted OATH1' },
      { user: 'first:', outcome: 'accepted OATH1' },
    ])('only_otp of $user: $outcome', ({ user, outcome }) => {
      const policy = { scope: 'authentication', action: 'otppin=2', user };
      expect(outcomeOf(decided([annas()], [policy], { password: right }))).toBe(outcome);
    });

    it.each<{ title: string; policy: Partial<StoredPolicy>; isRefused: boolean }>([
      { title: 'in its users', policy: { user: 'h[' }, isRefused: true },
      { title: 'in its actions', policy: { action: 'otppin=2, smstext="x' }, isRefused: true },
      { title: 'of another realm', policy: { user: 'h[', realm: 'ext' }, isRefused: false },
      { title: 'that is inactive', policy: { user: 'h[', active: 'False' }, isRefused: false },
    ])('that cannot be read $title: refused $isRefused', ({ policy, isRefused }) => {
      const broken = { scope: 'authentication', action: 'otppin=1', ...policy, name: 'broken' };
      for (const mode of ['0', '2', '3']) {
        for (const subject of [ANNA, OATH1]) {
          const attempt = { subject, password: mode === '0' ? `pin1${right}` : right };
          const decision = decided([annas()], [otppin(mode), broken], attempt);
          expect(outcomeOf(decision)).toBe(isRefused ? 'no-usable-token' : 'accepted OATH1');
          expect(decision.effects).toHaveLength(isRefused ? 0 : 1);
          if (!isRefused) continue;
          expect(decision.facts).toMatchObject({
            detail: 'policy broken cannot be read',
            info: 'policies: broken',
          });
        }
      }
    });

    describe('of a token that is named without a user', () => {
      it.each([
        { title: "its owner's", policy: { user: 'anna' }, mode: '2', outcome: 'accepted OATH1' },
        { title: "somebody else's", policy: { user: 'bernd' }, mode: '2', outcome: 'wrong-pin' },
      ])('$title policy: $outcome', ({ policy, mode, outcome }) => {
        const given = { scope: 'authentication', action: `otppin=${mode}`, ...policy };
        const decision = decided([annas()], [given], { subject: OATH1, password: right });
        expect(outcomeOf(decision)).toBe(outcome);
      });

      it.each([
        // LinOTP refuses by any user's policy (recording 238); it is not to let in by one.
        { user: 'bernd', mode: '1', outcome: 'wrong-pin', detail: 'wrong user password -1' },
        { user: 'bernd', mode: '2', outcome: 'wrong-pin', detail: 'wrong otp pin -1' },
        { user: 'bernd', mode: '3', outcome: 'wrong-pin', detail: 'wrong otp pin -1' },
        {
          user: '*',
          mode: '3',
          outcome: 'accepted OATH1',
          detail: "serial 'OATH1' successfully authenticated.",
        },
      ])('and without an owner, mode $mode of $user: $outcome', ({ user, mode, outcome, detail }) => {
        const given = { scope: 'authentication', action: `otppin=${mode}`, user };
        const decision = decided(
          [annas({ owner: null })],
          [given],
          { subject: OATH1, password: right },
          { subject: null },
        );
        expect(outcomeOf(decision)).toBe(outcome);
        expect(decision.facts.detail).toBe(detail);
      });

      it('is not used where several realms leave it unclear which policy counts', () => {
        const scene = { isRealmUnclear: true, realm: '' };
        const token = annas({ realms: ['staff', 'ext'] });
        const attempt = { subject: OATH1, password: `pin1${right}` };
        const decision = decided([token], [otppin('2')], attempt, scene);
        expect(outcomeOf(decision)).toBe('no-usable-token');
        expect(decision.facts.detail).toBe('Multiple realms for token found.');
        expect(outcomeOf(decided([token], ['authentication: passthru'], attempt, scene))).toBe(
          'accepted OATH1',
        );
      });
    });
  });

  describe('a user without a token (spec/validate-api §2.3, rows 4c to 4e)', () => {
    const passthru = 'authentication: passthru';
    const pass = 'authentication: passOnNoToken';

    it.each([
      { given: [], password: 'directory', outcome: 'no-token', detail: 'User has no tokens assigned' },
      {
        given: [passthru],
        password: 'directory',
        outcome: 'accepted without a token',
        detail: 'Authenticated against Resolver',
      },
      {
        given: [passthru],
        password: 'wrong',
        outcome: 'wrong-password',
        detail: 'Authenticated against Resolver',
      },
      {
        given: [passthru],
        password: '',
        outcome: 'wrong-password',
        detail: 'Authenticated against Resolver',
      },
      {
        given: [passthru],
        password: null,
        outcome: 'wrong-password',
        detail: 'Authenticated against Resolver',
      },
      // A wrong password is final.
      {
        given: [passthru, pass],
        password: 'wrong',
        outcome: 'wrong-password',
        detail: 'Authenticated against Resolver',
      },
      {
        given: [pass],
        password: 'wrong',
        outcome: 'accepted without a token',
        detail: 'Authenticated by passOnNoToken policy',
      },
      {
        given: ['authentication: !passthru'],
        password: 'directory',
        outcome: 'no-token',
        detail: 'User has no tokens assigned',
      },
      {
        given: ['authentication: passthru=false'],
        password: 'directory',
        outcome: 'no-token',
        detail: 'User has no tokens assigned',
      },
      {
        given: ['authentication: passOnNoToken=false'],
        password: 'x',
        outcome: 'no-token',
        detail: 'User has no tokens assigned',
      },
      {
        given: ['authentication: passOnNoToken=maybe'],
        password: 'x',
        outcome: 'no-token',
        detail: 'User has no tokens assigned',
      },
    ])('$given with "$password": $outcome', ({ given, password, outcome, detail }) => {
      const decision = decided([], given, { password });
      expect(outcomeOf(decision)).toBe(outcome);
      expect(decision.facts.detail).toBe(detail);
      expect(decision.effects).toEqual([]);
    });

    it('is accepted by the setting before any policy is asked', () => {
      const decision = decided([], [passthru], { password: 'wrong', acceptsUsersWithoutToken: true });
      expect(outcomeOf(decision)).toBe('accepted without a token');
      expect(decision.facts).toMatchObject({ detail: 'authenticated by PassOnUserNoToken', user: 'anna' });
    });

    it.each<{ title: string; tokens: readonly Token[]; changes: Partial<LoginAttempt> }>([
      { title: 'a token in another realm', tokens: [], changes: { hasOtherTokens: true } },
      { title: 'a token that is switched off', tokens: [annas({ active: false })], changes: {} },
      { title: 'a locked token', tokens: [annas({ failures: 10, maxFailures: 10 })], changes: {} },
      {
        title: 'another token than the one that is named',
        tokens: [annas()],
        changes: { subject: { ...ANNA, serial: 'OTHER' } },
      },
      {
        title: 'a token of another type than the one that is named',
        tokens: [annas()],
        changes: { typeLabel: 'totp' },
      },
      {
        title: 'a token by another resolver than the one that is named',
        tokens: [annas()],
        changes: { subject: { ...ANNA, owner: { references: [], realm: 'staff' } } },
      },
      { title: 'to have exactly one', tokens: [], changes: { subject: { ...ANNA, onlyToken: true } } },
    ])('is not who has $title', ({ tokens, changes }) => {
      const open = { password: 'directory', acceptsUsersWithoutToken: true, ...changes };
      expect(decided(tokens, [passthru, pass], open).verdict.kind).toBe('rejected');
    });

    it('is not let in outside the hours of the policy', () => {
      // NOW is a Friday.
      const policy = (time: string) => ({ scope: 'authentication', action: 'passOnNoToken', time });
      expect(outcomeOf(decided([], [policy('* * * * 5 *')]))).toBe('accepted without a token');
      expect(outcomeOf(decided([], [policy('* * * * 6 *')]))).toBe('no-token');
    });
  });

  describe('an unknown user', () => {
    it.each([
      { isUnknown: true, acceptsUnknownUsers: true, outcome: 'accepted without a token' },
      { isUnknown: true, acceptsUnknownUsers: false, outcome: 'unknown-user' },
      { isUnknown: false, acceptsUnknownUsers: true, outcome: 'unknown-user' },
    ])('unknown $isUnknown, PassOnUserNotFound $acceptsUnknownUsers: $outcome', (row) => {
      const subject = { ...NOBODY, isUnknown: row.isUnknown };
      const decision = decided([], [], { subject, acceptsUnknownUsers: row.acceptsUnknownUsers });
      expect(outcomeOf(decision)).toBe(row.outcome);
    });

    it('gets nothing from policies for users without a token', () => {
      const given = ['authentication: passthru, passOnNoToken'];
      expect(outcomeOf(decided([], given, { subject: NOBODY, password: 'directory' }))).toBe('unknown-user');
    });
  });
});
