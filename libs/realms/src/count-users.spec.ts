import { Unavailable } from '@app/kernel';

import { CountUsers } from './count-users.js';
import type { ResolverDefinition } from './resolver.js';
import type { UserRecord } from './user.js';
import type { UserDirectory } from './user-directory.js';

const USER = { userId: '1', username: 'anna' } as UserRecord;
const resolver = (name: string) => ({ name, type: 'passwd' }) as ResolverDefinition;

function given(pages: () => AsyncIterable<readonly UserRecord[]>) {
  let time = 0;
  let asked = 0;
  const directory = {
    search: () => {
      asked++;
      return pages();
    },
  } as unknown as UserDirectory;
  const count = new CountUsers(directory, { now: () => new Date(time) });
  return { count, asked: () => asked, pass: (ms: number) => (time += ms) };
}

describe('CountUsers', () => {
  it('lists a directory once in a minute, whoever asks', async () => {
    const { count, asked, pass } = given(async function* () {
      yield [USER, USER];
      yield [USER];
    });
    const one = resolver('one');
    const both = await Promise.all([count.execute(one), count.execute(one)]);
    expect(both).toEqual([
      { kind: 'all', users: 3 },
      { kind: 'all', users: 3 },
    ]);
    pass(59_999);
    await count.execute(one);
    expect(asked()).toBe(1);
    pass(1);
    await count.execute(one);
    expect(asked()).toBe(2);
    // A changed resolver is another one.
    await count.execute(resolver('one'));
    expect(asked()).toBe(3);
  });

  it('does not read a directory without end', async () => {
    let read = 0;
    const { count } = given(async function* () {
      for (;;) {
        read++;
        yield Array.from({ length: 1000 }, () => USER);
      }
    });
    await expect(count.execute(resolver('endless'))).resolves.toEqual({ kind: 'at least', users: 200_000 });
    expect(read).toBe(200);
  });

  it('asks one that broke off again after ten seconds, and not at each call', async () => {
    const { count, asked, pass } = given(async function* () {
      // It takes its time to fail: what counts is when it did.
      pass(30_000);
      yield [USER];
      throw new Unavailable('gone');
    });
    const one = resolver('one');
    await expect(count.execute(one)).resolves.toEqual({ kind: 'unavailable' });
    pass(9_999);
    await expect(count.execute(one)).resolves.toEqual({ kind: 'unavailable' });
    expect(asked()).toBe(1);
    pass(1);
    await count.execute(one);
    expect(asked()).toBe(2);
  });
});
