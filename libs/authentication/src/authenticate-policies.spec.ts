import { Unavailable } from '@app/kernel';
import { type StoredPolicy } from '@app/policies';
import type { Token } from '@app/tokens';

import {
  OTP,
  OTPPIN,
  PASSTHRU,
  given,
  byUser,
  BY_SERIAL,
  accepted,
  rejected,
} from '../../../test/support/domain/given-logins-with-policies.js';
import { OWNER, TOKEN } from '../../../test/support/domain/given-logins.js';

describe('Authenticate with policies', () => {
  it('asks nothing more where no policy speaks of logins', async () => {
    const { login, asked, loaded } = given([{ scope: 'enrollment', action: 'maxtoken=1' }]);
    await expect(login(`pin1${OTP}`)).resolves.toMatchObject({ ...accepted, told: null });
    await expect(login(`pin1${OTP}`, BY_SERIAL, false)).resolves.toMatchObject(accepted);
    expect(asked).toEqual(['login anna in first', 'login anna in second']);
    expect(loaded).toHaveLength(2);
  });

  describe('a password of the directory', () => {
    it.each([
      { password: 'one', result: accepted, asked: ['one of anna in first'] },
      {
        password: 'two',
        result: accepted,
        asked: ['two of anna in first', 'login anna in second', 'two of anna in second'],
      },
      {
        password: 'three',
        result: rejected,
        asked: ['three of anna in first', 'login anna in second', 'three of anna in second'],
      },
    ])(
      'is asked of the resolvers that know the user: $password',
      async ({ password, result, asked: expected }) => {
        for (const policies of [[OTPPIN], [PASSTHRU]]) {
          const { login, asked } = given(policies, policies[0] === OTPPIN ? {} : { tokens: [] });
          await expect(login(policies[0] === OTPPIN ? password + OTP : password)).resolves.toMatchObject(
            result,
          );
          expect(asked.slice(2)).toEqual(expected);
        }
      },
    );

    it('gives no verdict where a directory is away and no other one says yes', async () => {
      for (const [policy, tokens, password] of [
        [OTPPIN, [TOKEN], `away${OTP}`],
        [PASSTHRU, [], 'away'],
      ] as const) {
        const { login, commits } = given([policy], { tokens });
        await expect(login(password)).rejects.toThrow(Unavailable);
        expect(commits).toEqual([]);
      }
    });

    it('is not asked for with a wrong OTP, nor when it is empty', async () => {
      const { login, asked } = given([OTPPIN]);
      await login('one000000');
      await login(OTP);
      expect(asked.filter((question) => question.includes(' of '))).toEqual([]);
    });

    it('is not asked for again when the commit decides again', async () => {
      const { login, asked } = given([OTPPIN], { found: [{ ...TOKEN, failures: 1 }] });
      await expect(login(`one${OTP}`)).resolves.toMatchObject(accepted);
      expect(asked.filter((question) => question.startsWith('one'))).toHaveLength(1);
    });
  });

  describe('a guess at a password for which no token counts failures', () => {
    const ATTEMPT = { account: 'anna', client: '192.0.2.1', isUser: true };

    it.each(['one', 'three'])('is counted before the directory is asked: %s', async (password) => {
      const { login, throttle } = given([PASSTHRU], { tokens: [] });
      const { verdict } = await login(password);
      expect(throttle.charged).toEqual([ATTEMPT]);
      expect(throttle.cleared).toEqual(verdict.kind === 'accepted' ? [ATTEMPT] : []);
      expect(throttle.withdrawn).toEqual([]);
    });

    it.each(['ANNA', 'anna', 'Anna'])('counts for one account, written as %s', async (name) => {
      const { login, throttle } = given([PASSTHRU], { tokens: [] });
      await login('three', byUser(name, 'STAFF'));
      expect(throttle.charged).toEqual([ATTEMPT]);
    });

    it('is refused as a wrong one is, and not asked about, after too many', async () => {
      const { login, asked, throttle, commits } = given([PASSTHRU], { tokens: [], isHeldBack: true });
      await expect(login('one')).resolves.toMatchObject({
        verdict: { kind: 'rejected', reason: 'wrong-password' },
        detail: 'Authenticated against Resolver',
      });
      expect(asked.filter((question) => question.includes(' of '))).toEqual([]);
      expect([throttle.charged, throttle.cleared]).toEqual([[ATTEMPT], []]);
      expect(commits[0]?.decision.facts.info).toBe('not asked: too many wrong passwords; policies: p0');
    });

    it('is no failure while a directory is away', async () => {
      const { login, throttle } = given([PASSTHRU], { tokens: [] });
      await expect(login('away')).rejects.toThrow(Unavailable);
      expect([throttle.charged, throttle.withdrawn]).toEqual([[ATTEMPT], [ATTEMPT]]);
    });

    it.each([
      { title: 'a token', policies: [OTPPIN, PASSTHRU], tokens: [TOKEN], password: `three${OTP}` },
      { title: 'no password', policies: [PASSTHRU], tokens: [], password: '' },
      {
        title: 'passOnNoToken',
        policies: [{ ...PASSTHRU, action: 'passOnNoToken' }],
        tokens: [],
        password: 'x',
      },
      { title: 'no policy', policies: [], tokens: [], password: 'x' },
    ])('is none with $title', async ({ policies, tokens, password }) => {
      const { login, throttle } = given(policies, { tokens });
      await login(password);
      expect(throttle.charged).toEqual([]);
    });
  });

  it('does not take a user for one without a token who has one in another realm', async () => {
    const { login } = given([PASSTHRU], { tokens: [], hasOtherTokens: true });
    await expect(login('one')).resolves.toMatchObject({ verdict: { reason: 'no-token' } });
  });

  it('goes by the login as the directory writes it', async () => {
    const { login } = given([{ scope: 'authorization', action: 'authorize', user: 'anna' }]);
    await expect(login(`pin1${OTP}`, 'ANNA')).resolves.toMatchObject(accepted);
    const { login: restricted } = given([{ scope: 'authorization', action: 'tokentype=totp', user: 'anna' }]);
    await expect(restricted(`pin1${OTP}`, 'ANNA')).resolves.toMatchObject(rejected);
  });

  describe('a token by its serial', () => {
    it('is checked as a policy says for its owner', async () => {
      const { login, asked } = given([{ ...OTPPIN, user: 'anna@staff' }]);
      await expect(login(`one${OTP}`, BY_SERIAL, false)).resolves.toMatchObject(accepted);
      await expect(login(`pin1${OTP}`, BY_SERIAL, false)).resolves.toMatchObject(rejected);
      expect(asked[0]).toBe('id 1 in first');
    });

    it('without an owner has nobody whose password could be right', async () => {
      const { login } = given([OTPPIN], { tokens: [{ ...TOKEN, owner: null }] });
      await expect(login(`one${OTP}`, BY_SERIAL, false)).resolves.toMatchObject({
        ...rejected,
        detail: 'wrong user password -1',
      });
    });

    it('of an owner who is gone is no more than one of nobody', async () => {
      const { login } = given([OTPPIN], { tokens: [{ ...TOKEN, owner: { ...OWNER, userId: '9' } }] });
      await expect(login(`one${OTP}`, BY_SERIAL, false)).resolves.toMatchObject(rejected);
    });

    it('is looked at anew when it changed before the commit', async () => {
      const { login } = given([OTPPIN], { found: [{ ...TOKEN, revision: TOKEN.revision + 1 }] });
      await expect(login(`one${OTP}`, BY_SERIAL, false)).rejects.toThrow(Unavailable);
    });
  });

  describe('setrealm', () => {
    const setrealm = (realm: string, more: Partial<StoredPolicy> = {}) => ({
      scope: 'authorization',
      action: `setrealm=${realm}`,
      ...more,
    });

    it('looks for the user there, and for their tokens', async () => {
      const { login, loaded, commits } = given([setrealm('staff', { realm: 'ext' })]);
      await expect(login(`pin1${OTP}`, byUser('anna', 'ext'))).resolves.toMatchObject(accepted);
      expect(loaded).toMatchObject([{ owner: { realm: 'staff' } }]);
      expect(commits).toMatchObject([
        { context: { realm: 'staff' }, decision: { facts: { info: 'policies: p0' } } },
      ]);
    });

    it.each(['ext', 'nosuch', 'false'])('to "%s" leads to nobody', async (realm) => {
      const { login } = given([setrealm(realm)]);
      await expect(login(`pin1${OTP}`)).resolves.toMatchObject({ verdict: { reason: 'unknown-user' } });
    });

    it.each([
      { title: 'other users', policy: setrealm('ext', { user: 'bernd' }) },
      { title: 'another client', policy: setrealm('ext', { client: '198.51.100.1' }) },
      { title: 'nothing', policy: setrealm('') },
    ])('of $title leaves the user where they are', async ({ policy }) => {
      const { login, asked } = given([policy]);
      await expect(login(`pin1${OTP}`)).resolves.toMatchObject(accepted);
      expect(asked).toHaveLength(2);
    });
  });

  describe('PassOnUserNotFound', () => {
    const known = { acceptsUnknownUsers: true };
    const setrealm = { scope: 'authorization', action: 'setrealm=ext', user: 'wanderer' };

    it.each([
      { title: 'an unknown user of the default realm', login: 'nosuch', realm: '', result: accepted },
      { title: 'an unknown user of a realm', login: 'nosuch', realm: 'EXT', result: accepted },
      { title: 'a user of a realm that there is not', login: 'nosuch', realm: 'nowhere', result: rejected },
      { title: 'a known user of one that there is not', login: 'anna', realm: 'nowhere', result: rejected },
      { title: 'an unknown user who is led elsewhere', login: 'wanderer', realm: '', result: rejected },
    ])('$title', async ({ login: name, realm, result }) => {
      const { login } = given([setrealm], known);
      await expect(login('x', byUser(name, realm))).resolves.toMatchObject(result);
    });

    it('is not for a known user who is led to a realm in which they are not', async () => {
      const { login } = given([{ ...setrealm, user: 'anna' }], known);
      await expect(login('x')).resolves.toMatchObject({ verdict: { reason: 'unknown-user' } });
    });
  });

  describe('what the client is told', () => {
    const both = { scope: 'authorization', action: 'detail_on_success, detail_on_fail' };

    it.each([
      { action: 'detail_on_success', succeeds: { succeeded: true }, fails: null },
      { action: 'detail_on_fail', succeeds: null, fails: { succeeded: false, error: 'wrong otp value' } },
      { action: '!detail_on_success, detail_on_fail=false', succeeds: null, fails: null },
    ])('$action', async ({ action, succeeds, fails }) => {
      const { login } = given([{ scope: 'authorization', action }]);
      const right = await login(`pin1${OTP}`);
      const wrong = await login('pin1000000');
      if (succeeds) expect(right.told).toMatchObject(succeeds);
      else expect(right.told).toBeNull();
      expect(wrong.told).toEqual(fails);
    });

    it('is the user, as found', async () => {
      const { login } = given([both]);
      await expect(login(`pin1${OTP}`)).resolves.toMatchObject({
        told: {
          user: {
            login: 'anna',
            realm: 'staff',
            record: { email: 'anna@example.test' },
            isAdministrator: true,
          },
        },
      });
    });

    it('is no user where a token was named', async () => {
      const { login } = given([both]);
      await expect(login(`pin1${OTP}`, BY_SERIAL, false)).resolves.toMatchObject({
        told: { succeeded: true, user: null },
      });
    });

    it('is nothing where the answer is that of an error', async () => {
      const twins = [TOKEN, { ...TOKEN, id: 2, serial: 'OATH2' as Token['serial'] }];
      const { login } = given([both], { tokens: twins });
      await expect(login(`pin1${OTP}`)).resolves.toMatchObject({ ...rejected, told: null });
    });

    it('names a user that is not known by what was given', async () => {
      const { login } = given([both]);
      await expect(login('x', 'nosuch')).resolves.toMatchObject({ told: { error: 'User not found' } });
    });
  });
});
