import type { AuditFacts } from '@app/audit';
import { Invalid } from '@app/kernel';

import {
  AdminRealm,
  AdministratorsInMemory,
  LOCAL_RESOLVER,
  PlainPasswords,
  ScriptedThrottle,
  STAFF_RESOLVER,
  START,
} from '../../../../test/support/domain/administrators-in-memory.js';
import { CONTEXT } from '../../../../test/support/domain/configuration-in-memory.js';
import { NoLocalAdministrator, OldPasswordWrong, TooManyFailures } from '../realms.errors.js';
import { EMPTY_PROFILE } from './administrator.js';
import type { AdministratorStore } from './administrator-store.js';
import { ChangeOwnPassword, type PasswordChange } from './change-own-password.js';

async function given() {
  const administrators = new AdministratorsInMemory();
  await administrators.add('admin', 'plain:old secret', EMPTY_PROFILE);
  const throttle = new ScriptedThrottle({ kind: 'charged', now: START, configurationVersion: 1 });
  const records: AuditFacts[] = [];
  const changes = {
    change: async <T>(
      _context: unknown,
      work: (accounts: AdministratorStore) => Promise<{ result: T; facts: AuditFacts }>,
    ) => {
      const { result, facts } = await work(administrators);
      records.push(facts);
      return result;
    },
  };
  const passwords = new PlainPasswords();
  const useCase = new ChangeOwnPassword(
    new AdminRealm(LOCAL_RESOLVER, STAFF_RESOLVER),
    administrators,
    changes,
    passwords,
    throttle,
  );
  const change = (more: Partial<PasswordChange> = {}) =>
    useCase.execute(
      {
        username: 'admin',
        resolver: LOCAL_RESOLVER.name,
        oldPassword: 'old secret',
        newPassword: 'new secret',
        client: '192.0.2.7',
        ...more,
      },
      CONTEXT,
    );
  const hash = async () => (await administrators.find('admin'))?.passwordHash;
  return { change, hash, throttle, records, passwords };
}

describe('ChangeOwnPassword', () => {
  it('sets the new password and leaves a record', async () => {
    const { change, hash, records, throttle } = await given();
    await change();
    expect(await hash()).toBe('plain:new secret');
    expect(records).toEqual([{ succeeded: true }]);
    expect(throttle.cleared).toHaveLength(1);
  });

  it.each([
    ['the old password is wrong', { oldPassword: 'guess' }, OldPasswordWrong],
    [
      'the old password is wrong, whatever the new one is',
      { oldPassword: 'guess', newPassword: 'x' },
      OldPasswordWrong,
    ],
    ['the new one is too short', { newPassword: 'x' }, Invalid],
    ['the account is a directory’s', { resolver: STAFF_RESOLVER.name }, NoLocalAdministrator],
    ['the resolver is gone', { resolver: 'gone' }, NoLocalAdministrator],
    ['there is no such account', { username: 'anna' }, NoLocalAdministrator],
  ])('changes nothing when %s', async (_why, more, error) => {
    const { change, hash, records } = await given();
    await expect(change(more)).rejects.toThrow(error);
    expect(await hash()).toBe('plain:old secret');
    expect(records).toEqual([]);
  });

  it('counts guesses at the old password like those at a login, and does not look at it when there were too many', async () => {
    const { change, hash, throttle, passwords } = await given();
    await expect(change({ oldPassword: 'guess' })).rejects.toThrow(OldPasswordWrong);
    expect(throttle.charged).toEqual([{ account: 'admin', client: '192.0.2.7' }]);
    expect(throttle.cleared).toEqual([]);
    throttle.verdict = { kind: 'throttled', retryAfterSeconds: 7 };
    passwords.checks = 0;
    await expect(change()).rejects.toThrow(TooManyFailures);
    expect(passwords.checks).toBe(0);
    expect(await hash()).toBe('plain:old secret');
  });
});
