import { Unavailable } from '@app/kernel';
import { type Configuration, type ConfigurationSnapshot, FindUser, type UserDirectory } from '@app/realms';

import { ANNA, configurationIn } from '../../../../test/support/domain/given-configuration.js';
import { NOW } from '../../../../test/support/domain/login-decisions.js';
import { FindUserSession } from './find-user-session.js';
import { type UserSession, sessionHash } from './user-session.js';
import type { UserSessions } from './user-sessions.js';

const VALUE = 'a1'.repeat(32);
const CLIENT = '192.0.2.1';
const SESSION: UserSession = {
  state: 'authenticated',
  proof: 'password',
  user: { resolver: 'first', userId: '1', login: 'anna', realm: 'staff' },
  client: CLIENT,
  transaction: null,
};

function given({
  session = SESSION as UserSession | null,
  isAway = false,
  policies = [] as readonly string[],
} = {}) {
  const calls: string[] = [];
  const newest = configurationIn('selfservice', policies);
  const sessions: Pick<UserSessions, 'read' | 'end'> = {
    read: () => {
      calls.push('read');
      const found = session && { ...session, expiresAt: new Date(NOW.getTime() + 1000) };
      return Promise.resolve({ configurationVersion: newest.version, session: found });
    },
    end: () => {
      calls.push('end');
      return Promise.resolve();
    },
  };
  const configuration: Configuration = {
    current: (): ConfigurationSnapshot => {
      throw new Error('it may be an old one');
    },
    atLeast: () => Promise.resolve(newest),
  };
  const directory = {
    byLogin: () => {
      calls.push('ask');
      return isAway ? Promise.reject(new Unavailable('away')) : Promise.resolve(ANNA.record);
    },
  } as unknown as UserDirectory;
  const find = new FindUserSession(sessions as UserSessions, configuration, new FindUser(directory), {
    now: () => NOW,
  });
  const found = async (value = VALUE, client = CLIENT) => {
    const checkup = await find.execute(value, client);
    return checkup.kind === 'current' ? checkup.current.user.login : checkup.because;
  };
  return { found, calls };
}

describe('whose session a value stands for', () => {
  it('is told under the newest configuration, by one read', async () => {
    const { found, calls } = given();
    await expect(found()).resolves.toBe('anna');
    expect(calls.filter((call) => call === 'read')).toHaveLength(1);
    expect(calls).not.toContain('end');
  });

  it.each(['', 'a1', `${VALUE}a1`, VALUE.toUpperCase(), `${VALUE.slice(0, 63)}g`])(
    'is nobody’s for what is no value: %j',
    async (value) => {
      const { found, calls } = given();
      await expect(found(value)).resolves.toBe('unknown');
      expect(calls).toEqual([]);
      expect(sessionHash(value)).toBeNull();
    },
  );

  it('is nobody’s from elsewhere: then nobody is asked, and it goes on', async () => {
    const { found, calls } = given();
    await expect(found(VALUE, '192.0.2.2')).resolves.toBe('other client');
    expect(calls).toEqual(['read']);
  });

  it('is not known while the directory is away, and goes on', async () => {
    const { found, calls } = given({ isAway: true });
    await expect(found()).rejects.toThrow(Unavailable);
    expect(calls).not.toContain('end');
  });

  it.each<[string, Partial<UserSession>, readonly string[], string]>([
    ['another person of that name', { user: { ...SESSION.user, userId: '2' } }, [], 'user gone'],
    ['a realm that is gone', { user: { ...SESSION.user, realm: 'nosuch' } }, [], 'user gone'],
    ['a login that is not enough any more', {}, ['mfa_login'], 'second factor needed'],
  ])('ends for good: %s', async (_what, changes, policies, because) => {
    const { found, calls } = given({ session: { ...SESSION, ...changes }, policies });
    await expect(found()).resolves.toBe(because);
    expect(calls.at(-1)).toBe('end');
  });
});
