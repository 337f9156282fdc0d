import { AmbiguousUser, type ManagedUser, ManagedUsers, type ResolverDefinition } from '@app/realms';

import { ManagedResolver } from './managed-resolver.js';

const RESOLVER: ResolverDefinition = {
  name: 'people',
  type: 'managed',
  parameters: {},
  secrets: {},
  readonly: true,
  revision: '1',
};

const user = (
  number: number,
  username = `user${number}`,
  passwordHash: string | null = null,
): ManagedUser => ({
  userId: String(number).padStart(5, '0'),
  username,
  surname: '',
  givenName: '',
  email: '',
  phone: '',
  mobile: '',
  passwordHash,
});

class Users extends ManagedUsers {
  pages = 0;

  constructor(private readonly users: readonly ManagedUser[]) {
    super();
  }

  byLogin(_resolver: string, login: string): Promise<readonly ManagedUser[]> {
    return Promise.resolve(this.users.filter(({ username }) => username === login).slice(0, 2));
  }

  byId(_resolver: string, userId: string): Promise<ManagedUser | null> {
    return Promise.resolve(this.users.find((candidate) => candidate.userId === userId) ?? null);
  }

  byIds(_resolver: string, userIds: readonly string[]): Promise<readonly ManagedUser[]> {
    return Promise.resolve(this.users.filter(({ userId }) => userIds.includes(userId)));
  }

  page(
    _resolver: string,
    _search: unknown,
    after: string | null,
    limit: number,
  ): Promise<readonly ManagedUser[]> {
    this.pages++;
    return Promise.resolve(this.users.filter(({ userId }) => userId > (after ?? '')).slice(0, limit));
  }

  all(): Promise<readonly ManagedUser[]> {
    return Promise.resolve(this.users);
  }
}

function given(...users: ManagedUser[]) {
  const passwords = { verify: (hash: string, password: string) => Promise.resolve(hash === `#${password}`) };
  const store = new Users(users);
  return { resolver: new ManagedResolver(store, passwords), store };
}

describe('ManagedResolver', () => {
  it.each([
    ['#secret', 'secret', true],
    ['#secret', 'wrong', false],
    ['#', '', false],
    [null, '', false],
    [null, 'secret', false],
  ])('with the hash %j, is %j the password? %j', async (hash, password, expected) => {
    const { resolver } = given(user(1, 'anna', hash));
    const anna = await resolver.byLogin(RESOLVER, 'anna');
    expect(anna && (await resolver.hasPassword(RESOLVER, anna, password))).toBe(expected);
  });

  it('says that a password of somebody who is gone is wrong', async () => {
    const { resolver } = given();
    const { passwordHash: _hash, ...profile } = user(1);
    await expect(resolver.hasPassword(RESOLVER, { ...profile, description: '' }, 'x')).resolves.toBe(false);
  });

  it('does not choose between two users of one login', async () => {
    const { resolver } = given(user(1, 'anna'), user(2, 'anna'));
    await expect(resolver.byLogin(RESOLVER, 'anna')).rejects.toThrow(AmbiguousUser);
  });

  it('tells nobody a hash', async () => {
    const { resolver } = given(user(1, 'anna', '#secret'));
    expect(JSON.stringify(await resolver.byId(RESOLVER, '00001'))).not.toContain('secret');
  });

  it.each([0, 499, 500, 501, 1001])('lists %d users, each once', async (count) => {
    const { resolver } = given(...Array.from({ length: count }, (_user, i) => user(i)));
    const listed: string[] = [];
    for await (const page of resolver.search(RESOLVER, { fields: {}, anyField: null })) {
      listed.push(...page.map(({ userId }) => userId));
    }
    expect(new Set(listed).size).toBe(count);
    expect(listed).toHaveLength(count);
  });

  it('asks for no more than what is wanted', async () => {
    const { resolver, store } = given(...Array.from({ length: 2000 }, (_user, i) => user(i)));
    const pages = resolver.search(RESOLVER, { fields: {}, anyField: null });
    await pages.next();
    await pages.return(undefined);
    expect(store.pages).toBe(1);
  });

  it('tells in a test that there are more than it lists', async () => {
    const { resolver } = given(...Array.from({ length: 1001 }, (_user, i) => user(i)));
    const test = await resolver.test(RESOLVER);
    expect(test).toMatchObject({ works: true, isTruncated: true });
    expect(test.works && test.userIds.length).toBe(1000);
  });
});
