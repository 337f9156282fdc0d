import { Unavailable } from '@app/kernel';

import {
  AdminRealm,
  AdministratorsInMemory,
  LOCAL_RESOLVER,
  OneDirectory,
  PlainPasswords,
  ScriptedThrottle,
  STAFF_RESOLVER,
} from '../../../../test/support/domain/administrators-in-memory.js';
import type { ResolverDefinition } from '../resolver.js';
import { EMPTY_PROFILE } from './administrator.js';
import { LogInAdministrator } from './log-in-administrator.js';

const NOW = new Date('2026-11-22T14:54:38.500Z');
const SECOND = new Date('2026-11-22T14:54:38Z');

async function given(...resolvers: ResolverDefinition[]) {
  const configuration = new AdminRealm(...resolvers);
  const administrators = new AdministratorsInMemory();
  await administrators.add('admin', 'plain:Test123!', EMPTY_PROFILE);
  await administrators.add('root@adomain', 'plain:Test123!', EMPTY_PROFILE);
  await administrators.add('new', null, EMPTY_PROFILE);
  await administrators.add('retired', 'plain:Test123!', EMPTY_PROFILE);
  await administrators.setEnabled('retired', false);
  const directory = new OneDirectory({ anna: 'annapw', admin: 'directorypw', empty: '' });
  const passwords = new PlainPasswords();
  const throttle = new ScriptedThrottle({ kind: 'charged', now: NOW, configurationVersion: 1 });
  const login = new LogInAdministrator(configuration, administrators, directory, passwords, throttle);
  const logIn = (username: string | null, password: string | null) =>
    login.execute({ username, password, client: '192.0.2.7' });
  return { logIn, configuration, administrators, directory, passwords, throttle };
}

describe('the login of an administrator', () => {
  it('accepts a local administrator with the right password', async () => {
    const { logIn } = await given(LOCAL_RESOLVER);
    await expect(logIn('admin', 'Test123!')).resolves.toEqual({
      kind: 'accepted',
      administrator: {
        username: 'admin',
        realm: 'linotp_admins',
        resolver: LOCAL_RESOLVER,
        authenticatedAt: NOW,
        issuedAt: SECOND,
      },
    });
  });

  it('knows administrators by the name that their directory has for them, however they write it', async () => {
    const { logIn } = await given(STAFF_RESOLVER);
    await expect(logIn('ANNA', 'annapw')).resolves.toMatchObject({ administrator: { username: 'anna' } });
  });

  it('takes names literally', async () => {
    const { logIn } = await given(LOCAL_RESOLVER);
    await expect(logIn('root@adomain', 'Test123!')).resolves.toMatchObject({ kind: 'accepted' });
    await expect(logIn('admin@linotp_admins', 'Test123!')).resolves.toEqual({ kind: 'rejected' });
    await expect(logIn('Admin', 'Test123!')).resolves.toEqual({ kind: 'rejected' });
    await expect(logIn('admin ', 'Test123!')).resolves.toEqual({ kind: 'rejected' });
  });

  it.each([
    ['a wrong password', 'admin', 'wrong'],
    ['an unknown name', 'nosuchadmin', 'Test123!'],
    ['a name that nothing can store', 'ad\0min', 'Test123!'],
    ['a disabled account', 'retired', 'Test123!'],
    ['an account without a password', 'new', 'null'],
  ])('rejects %s after the work of one password check', async (_case, username, password) => {
    const { logIn, passwords, throttle } = await given(LOCAL_RESOLVER);
    await expect(logIn(username, password)).resolves.toEqual({ kind: 'rejected' });
    expect(passwords.checks).toBe(1);
    expect(throttle.cleared).toEqual([]);
  });

  it.each([
    ['no name', null, 'Test123!'],
    ['an empty name', '', 'Test123!'],
    ['no password', 'admin', null],
    ['an empty password, even where a directory would take it', 'empty', ''],
  ])('rejects %s', async (_case, username, password) => {
    const { logIn } = await given(LOCAL_RESOLVER, STAFF_RESOLVER);
    await expect(logIn(username, password)).resolves.toEqual({ kind: 'rejected' });
  });

  it('asks the resolvers of the admin realm in their order, and the first success wins', async () => {
    const { logIn } = await given(STAFF_RESOLVER, LOCAL_RESOLVER);
    await expect(logIn('admin', 'directorypw')).resolves.toMatchObject({
      administrator: { resolver: STAFF_RESOLVER },
    });
    await expect(logIn('admin', 'Test123!')).resolves.toMatchObject({
      administrator: { resolver: LOCAL_RESOLVER },
    });
    await expect(logIn('anna', 'annapw')).resolves.toMatchObject({
      administrator: { resolver: STAFF_RESOLVER },
    });
  });

  it('rejects who is not in the admin realm', async () => {
    const { logIn, passwords } = await given(STAFF_RESOLVER);
    await expect(logIn('admin', 'Test123!')).resolves.toEqual({ kind: 'rejected' });
    expect(passwords.checks).toBe(1);
  });

  it('passes over a directory that is away', async () => {
    const { logIn, directory } = await given(STAFF_RESOLVER, LOCAL_RESOLVER);
    directory.isAway = true;
    await expect(logIn('admin', 'Test123!')).resolves.toMatchObject({ kind: 'accepted' });
    await expect(logIn('anna', 'annapw')).resolves.toEqual({ kind: 'rejected' });
  });

  it('says so when the local administrators could not be asked and nobody else accepts', async () => {
    const { logIn, administrators } = await given(LOCAL_RESOLVER, STAFF_RESOLVER);
    administrators.isAway = true;
    await expect(logIn('admin', 'Test123!')).rejects.toThrow(Unavailable);
    await expect(logIn('anna', 'annapw')).resolves.toMatchObject({ kind: 'accepted' });
  });

  it('charges every attempt, and clears the charge of a right one only', async () => {
    const { logIn, throttle } = await given(LOCAL_RESOLVER);
    const attempt = { account: 'admin', client: '192.0.2.7' };
    await logIn('admin', 'wrong');
    expect(throttle).toMatchObject({ charged: [attempt], cleared: [] });
    await logIn('admin', 'Test123!');
    expect(throttle).toMatchObject({ charged: [attempt, attempt], cleared: [attempt] });
  });

  it('does not look at the password of a throttled attempt, not even a right one', async () => {
    const { logIn, throttle, passwords } = await given(LOCAL_RESOLVER);
    throttle.verdict = { kind: 'throttled', retryAfterSeconds: 8 };
    await expect(logIn('admin', 'Test123!')).resolves.toEqual(throttle.verdict);
    expect(passwords.checks).toBe(0);
  });

  it('follows what another node changed in the admin realm', async () => {
    const { logIn, configuration, throttle } = await given(LOCAL_RESOLVER, STAFF_RESOLVER);
    configuration.pending = { version: 2, resolvers: [LOCAL_RESOLVER] };
    await expect(logIn('anna', 'annapw')).resolves.toMatchObject({ kind: 'accepted' });
    throttle.verdict = { kind: 'charged', now: NOW, configurationVersion: 2 };
    await expect(logIn('anna', 'annapw')).resolves.toEqual({ kind: 'rejected' });
  });

  it('dates a session after the last change of the account', async () => {
    const { logIn, administrators } = await given(LOCAL_RESOLVER);
    const notBefore = new Date('2026-11-22T14:54:39Z');
    await administrators.setNotBefore('admin', notBefore);
    await expect(logIn('admin', 'Test123!')).resolves.toMatchObject({
      administrator: { issuedAt: notBefore },
    });
  });
});
