import { Unavailable } from '@app/kernel';
import type { ResolverDefinition, UserDirectory, UserRecord } from '@app/realms';

import { CachedDirectory } from './cached-directory.js';

const RESOLVER: ResolverDefinition = {
  name: 'ldap1',
  type: 'ldap',
  parameters: {},
  secrets: {},
  readonly: false,
  revision: 'a',
};
const HANS = { userId: '1', username: 'hans' } as Pick<UserRecord, 'userId' | 'username'> as UserRecord;

function givenCache({ seconds = 60, keeps = true } = {}) {
  const asked: string[] = [];
  const answers = new Map<string, UserRecord | Error>([['hans', HANS]]);
  const answer = (what: string) => {
    asked.push(what);
    const found = answers.get(what);
    return found instanceof Error ? Promise.reject(found) : Promise.resolve(found ?? null);
  };
  const directory = {
    byLogin: (_resolver, login) => answer(login),
    byId: (_resolver, userId) => answer(`#${userId}`),
    byIds: async (_resolver, userIds) => {
      asked.push(userIds.join());
      return new Map(
        userIds.flatMap((userId) => {
          const user = answers.get(`#${userId}`);
          if (user instanceof Error) throw user;
          return user ? [[userId, user] as const] : [];
        }),
      );
    },
    hasPassword: (_resolver, user) => {
      asked.push(`password of ${user.username}`);
      return Promise.resolve(true);
    },
  } as Pick<UserDirectory, 'byLogin' | 'byId' | 'byIds' | 'hasPassword'> as UserDirectory;
  const rules = { lifetime: seconds };
  const cache = new CachedDirectory(directory, { seconds: () => rules.lifetime, keeps: () => keeps });
  return { cache, asked, answers, rules };
}

describe('CachedDirectory', () => {
  it('asks once for a user it is asked for again', async () => {
    const { cache, asked } = givenCache();
    expect(await cache.byLogin(RESOLVER, 'hans')).toBe(HANS);
    expect(await cache.byLogin(RESOLVER, 'hans')).toBe(HANS);
    expect(asked).toEqual(['hans']);
  });

  it('remembers that a user is unknown', async () => {
    const { cache, asked } = givenCache();
    expect(await cache.byLogin(RESOLVER, 'nobody')).toBeNull();
    expect(await cache.byLogin(RESOLVER, 'nobody')).toBeNull();
    expect(asked).toEqual(['nobody']);
  });

  it('lets those who ask at the same time share one answer', async () => {
    const { cache, asked } = givenCache();
    await Promise.all(Array.from({ length: 5 }, () => cache.byLogin(RESOLVER, 'hans')));
    expect(asked).toEqual(['hans']);
  });

  it('keeps logins and user ids apart', async () => {
    const { cache, asked } = givenCache();
    await cache.byLogin(RESOLVER, '1');
    await cache.byId(RESOLVER, '1');
    expect(asked).toEqual(['1', '#1']);
  });

  it('asks only for those of several whom it does not remember, known or unknown', async () => {
    const { cache, asked, answers } = givenCache();
    answers.set('#1', HANS);
    await expect(cache.byIds(RESOLVER, ['1', '2', '1'])).resolves.toEqual(new Map([['1', HANS]]));
    await expect(cache.byIds(RESOLVER, ['1', '2', '3'])).resolves.toEqual(new Map([['1', HANS]]));
    await expect(cache.byId(RESOLVER, '1')).resolves.toBe(HANS);
    await expect(cache.byId(RESOLVER, '3')).resolves.toBeNull();
    expect(asked).toEqual(['1,2', '3']);
    answers.set('#4', new Unavailable('away'));
    await expect(cache.byIds(RESOLVER, ['1', '4'])).rejects.toThrow(Unavailable);
    answers.set('#4', HANS);
    await expect(cache.byIds(RESOLVER, ['1', '4'])).resolves.toMatchObject({ size: 2 });
  });

  it('does not remember that a resolver was away', async () => {
    const { cache, answers } = givenCache();
    answers.set('hans', new Unavailable('away'));
    await expect(cache.byLogin(RESOLVER, 'hans')).rejects.toThrow(Unavailable);
    answers.set('hans', HANS);
    expect(await cache.byLogin(RESOLVER, 'hans')).toBe(HANS);
  });

  it('starts with nothing when the definition changes', async () => {
    const { cache, asked } = givenCache();
    await cache.byLogin(RESOLVER, 'hans');
    await cache.byLogin({ ...RESOLVER, revision: 'b' }, 'hans');
    expect(asked).toEqual(['hans', 'hans']);
  });

  it('never remembers a password', async () => {
    const { cache, asked } = givenCache();
    await cache.hasPassword(RESOLVER, HANS, 'secret');
    await cache.hasPassword(RESOLVER, HANS, 'secret');
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['it is switched off', { seconds: 0 }],
    ['the resolver answers from this process', { keeps: false }],
  ])('asks every time when %s', async (_why, rules) => {
    const { cache, asked } = givenCache(rules);
    await cache.byLogin(RESOLVER, 'hans');
    await cache.byLogin(RESOLVER, 'hans');
    expect(asked).toEqual(['hans', 'hans']);
  });

  it('forgets what it knew for longer than it may now', async () => {
    const { cache, asked, rules } = givenCache();
    await cache.byLogin(RESOLVER, 'hans');
    rules.lifetime = 0;
    cache.readRules();
    rules.lifetime = 60;
    await cache.byLogin(RESOLVER, 'hans');
    expect(asked).toEqual(['hans', 'hans']);
  });

  it('is not emptied of known users by guesses at names', async () => {
    const { cache, asked } = givenCache();
    await cache.byLogin(RESOLVER, 'hans');
    for (let i = 0; i < 50_000; i++) await cache.byLogin(RESOLVER, `guess${i}`);
    asked.length = 0;
    await cache.byLogin(RESOLVER, 'hans');
    expect(asked).toEqual([]);
  });
});
