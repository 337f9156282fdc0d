import { Unavailable } from '@app/kernel';

import { ListUsers, type UserListing } from './list-users.js';
import type { ResolverDefinition } from './resolver.js';
import type { UserRecord } from './user.js';
import type { UserDirectory } from './user-directory.js';

type Page = readonly string[] | 'away';

const ANYBODY = { fields: {}, anyField: null };

function given(sources: Readonly<Record<string, readonly Page[]>>) {
  const resolvers = Object.keys(sources).map((name) => ({ name }) as ResolverDefinition);
  async function* search({ name }: ResolverDefinition): AsyncGenerator<readonly UserRecord[]> {
    for (const page of sources[name] ?? []) {
      if (page === 'away') throw new Unavailable(`${name} does not answer`);
      yield page.map((username) => ({ username }) as UserRecord);
    }
  }
  const directory = { search } as Pick<UserDirectory, 'search'> as UserDirectory;
  return new ListUsers(directory).execute(resolvers, ANYBODY);
}

async function read(listing: UserListing) {
  const users: string[] = [];
  for await (const { resolver, user } of listing.users) users.push(`${resolver.name}/${user.username}`);
  return { users, unavailable: listing.unavailable.map(({ name }) => name) };
}

describe('ListUsers', () => {
  it('lists the users of all resolvers in their order', async () => {
    const listing = await given({ one: [['anna'], ['bernd']], two: [['carla']] });
    expect(await read(listing)).toEqual({
      users: ['one/anna', 'one/bernd', 'two/carla'],
      unavailable: [],
    });
  });

  it.each([
    { title: 'does not answer', pages: ['away'] as const, users: ['two/carla'] },
    { title: 'breaks off half-way', pages: [['anna'], 'away'] as const, users: ['one/anna', 'two/carla'] },
  ])('names a resolver that $title, and lists the others', async ({ pages, users }) => {
    const listing = await given({ one: pages, two: [['carla']] });
    expect(await read(listing)).toEqual({ users, unavailable: ['one'] });
  });

  it('fails when no resolver answers', async () => {
    await expect(given({ one: ['away'], two: ['away'] })).rejects.toThrow(Unavailable);
  });

  it('leaves nothing open when it is not read at all', async () => {
    const closed: string[] = [];
    async function* search({ name }: ResolverDefinition): AsyncGenerator<readonly UserRecord[]> {
      try {
        yield [{ username: 'anna' } as UserRecord];
        yield [{ username: 'bernd' } as UserRecord];
      } finally {
        closed.push(name);
      }
    }
    const directory = { search } as Pick<UserDirectory, 'search'> as UserDirectory;
    const resolvers = ['one', 'two'].map((name) => ({ name }) as ResolverDefinition);
    const unread = await new ListUsers(directory).execute(resolvers, ANYBODY);
    await unread.close();
    expect(closed).toEqual(['one', 'two']);

    closed.length = 0;
    const begun = await new ListUsers(directory).execute(resolvers, ANYBODY);
    for await (const { user } of begun.users) {
      expect(user.username).toBe('anna');
      break;
    }
    expect(closed).toEqual(['one', 'two']);
  });

  it('lists nobody where there are no resolvers', async () => {
    expect(await read(await given({}))).toEqual({ users: [], unavailable: [] });
  });
});
