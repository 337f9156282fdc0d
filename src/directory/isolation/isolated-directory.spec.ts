import { Invalid, Occupied, Unavailable } from '@app/kernel';
import type { ResolverDefinition, UserRecord } from '@app/realms';

import { NobodyObserves } from '../directory-observer.js';
import type { ResolverAdapter } from '../resolver-adapter.js';
import { ResolverDirectory } from '../resolver-directory.js';
import { IsolatedDirectory } from './isolated-directory.js';

const NEVER = new Promise<never>(() => undefined);

const HANS = { username: 'hans' } as Pick<UserRecord, 'username'> as UserRecord;
const ANYBODY = { fields: {}, anyField: null };

const resolver = (name: string, revision = '1'): ResolverDefinition => ({
  name,
  type: 'any',
  parameters: {},
  secrets: {},
  readonly: false,
  revision,
});

/** Resolvers that do what a test says, by their names. */
function given(behaviour: Record<string, () => Promise<UserRecord | null>>, budget: number | null = 60_000) {
  const asked: string[] = [];
  const answer = ({ name }: ResolverDefinition) => {
    asked.push(name);
    return behaviour[name]?.() ?? Promise.resolve(null);
  };
  const adapter = {
    budgetOf: () => budget,
    byLogin: answer,
    byIds: async (of: ResolverDefinition, userIds: readonly string[]) => {
      const user = await answer(of);
      return new Map(userIds.map((userId) => [userId, user]));
    },
    hasPassword: async (of: ResolverDefinition) => {
      await answer(of);
      return async () => {
        await hashing;
        return true;
      };
    },
    async *search(of: ResolverDefinition) {
      for (;;) {
        const user = await answer(of);
        if (!user) return;
        yield [user];
      }
    },
  } as unknown as ResolverAdapter;
  const clock = { now: 0 };
  let hashed: () => void = () => undefined;
  const hashing = new Promise<void>((done) => (hashed = done));
  const heard: string[] = [];
  const observer = Object.assign(new NobodyObserves(), {
    resolverAway: (name: string) => void heard.push(`${name} away`),
    resolverBack: (name: string) => void heard.push(`${name} back`),
  });
  const directory = new IsolatedDirectory(new ResolverDirectory({ any: adapter }), observer, () => clock.now);
  return { directory, asked, behaviour, clock, heard, hashed };
}

const away = () => Promise.reject(new Unavailable('away'));

describe('IsolatedDirectory', () => {
  it('gives up on a resolver that says nothing', async () => {
    const { directory } = given({ silent: () => NEVER }, 1);
    await expect(directory.byLogin(resolver('silent'), 'hans')).rejects.toThrow(
      'resolver silent did not answer within 1 ms',
    );
  });

  it('does not ask a resolver any more that fails again and again, and asks the others', async () => {
    const { directory, asked } = given({ dead: away, well: () => Promise.resolve(HANS) });
    for (let i = 0; i < 5; i++) {
      await expect(directory.byLogin(resolver('dead'), 'hans')).rejects.toThrow(Unavailable);
    }
    expect(asked).toHaveLength(3);
    await expect(directory.byLogin(resolver('well'), 'hans')).resolves.toBe(HANS);
  });

  it('asks for many users in pieces, each within the time of one answer', async () => {
    const many = Array.from({ length: 250 }, (_, number) => String(number));
    const isolated = given({ far: () => Promise.resolve(HANS), dead: away });
    await expect(isolated.directory.byIds(resolver('far'), many)).resolves.toMatchObject({ size: 250 });
    expect(isolated.asked).toHaveLength(3);
    await expect(isolated.directory.byIds(resolver('dead'), many)).rejects.toThrow(Unavailable);
    const near = given({ near: () => Promise.resolve(HANS) }, null);
    await expect(near.directory.byIds(resolver('near'), many)).resolves.toMatchObject({ size: 250 });
    expect(near.asked).toHaveLength(1);
  });

  it('asks again after a while, and goes on when it answers', async () => {
    const { directory, behaviour, clock } = given({ flaky: away });
    for (let i = 0; i < 3; i++) await directory.byLogin(resolver('flaky'), 'hans').catch(() => undefined);
    behaviour['flaky'] = () => Promise.resolve(HANS);
    await expect(directory.byLogin(resolver('flaky'), 'hans')).rejects.toThrow(Unavailable);
    clock.now = 1_000;
    await expect(directory.byLogin(resolver('flaky'), 'hans')).resolves.toBe(HANS);
    await expect(directory.byLogin(resolver('flaky'), 'hans')).resolves.toBe(HANS);
  });

  it('says once that a resolver is away, and once that it is back', async () => {
    const { directory, behaviour, clock, heard } = given({ flaky: away });
    const ask = () => directory.byLogin(resolver('flaky'), 'hans').catch(() => undefined);
    for (let i = 0; i < 5; i++) await ask();
    clock.now = 1_000;
    await ask();
    expect(heard).toEqual(['flaky away']);
    behaviour['flaky'] = () => Promise.resolve(HANS);
    clock.now = 5_000;
    await ask();
    await ask();
    expect(heard).toEqual(['flaky away', 'flaky back']);
  });

  it('takes errors that are answers for answers', async () => {
    const { directory, asked } = given({ strict: () => Promise.reject(new Invalid('login', 'no')) });
    for (let i = 0; i < 5; i++) {
      await expect(directory.byLogin(resolver('strict'), 'hans')).rejects.toThrow(Invalid);
    }
    expect(asked).toHaveLength(5);
  });

  it('does not charge a resolver with the time that hashing takes here', async () => {
    const { directory, hashed } = given({ sql: () => Promise.resolve(HANS), silent: () => NEVER }, 1);
    const answer = directory.hasPassword(resolver('sql'), HANS, 'password');
    // As long as a resolver may take.
    await expect(directory.byLogin(resolver('silent'), 'hans')).rejects.toThrow(Unavailable);
    hashed();
    await expect(answer).resolves.toBe(true);
  });

  it('does not take a resolver that is busy for one in trouble', async () => {
    const { directory, asked } = given({ busy: () => Promise.reject(new Occupied('busy')) });
    for (let i = 0; i < 5; i++) {
      await expect(directory.byLogin(resolver('busy'), 'hans')).rejects.toThrow(Unavailable);
    }
    expect(asked).toHaveLength(5);
  });

  it('judges a definition that is only tried out by itself', async () => {
    const { directory, asked } = given({ tried: away });
    for (let i = 0; i < 5; i++) {
      await expect(directory.byLogin(resolver('tried', ''), 'hans')).rejects.toThrow(Unavailable);
    }
    expect(asked).toHaveLength(5);
  });

  it('gives a changed definition a fresh start', async () => {
    const { directory, behaviour } = given({ mended: away });
    for (let i = 0; i < 3; i++) await directory.byLogin(resolver('mended'), 'hans').catch(() => undefined);
    behaviour['mended'] = () => Promise.resolve(HANS);
    await expect(directory.byLogin(resolver('mended', '2'), 'hans')).resolves.toBe(HANS);
  });

  it('lets 16 calls through at a time, and asks nobody for those that waited too long', async () => {
    const open: ((user: UserRecord) => void)[] = [];
    const { directory, asked } = given({ slow: () => new Promise((done) => open.push(done)) }, 1);
    const calls = Array.from({ length: 20 }, () => directory.byLogin(resolver('slow'), 'hans'));
    expect((await Promise.allSettled(calls)).every(({ status }) => status === 'rejected')).toBe(true);
    for (const done of open) done(HANS);
    await new Promise(setImmediate);
    expect(asked).toHaveLength(16);
  });

  it('turns away at once what is more than may wait', async () => {
    const { directory } = given({ slow: () => NEVER });
    const calls = Array.from({ length: 16 + 256 + 1 }, () => directory.byLogin(resolver('slow'), 'hans'));
    await expect(calls.at(-1)).rejects.toThrow('too many are waiting for resolver slow');
  });

  it('does not take a burst for a failure of the resolver', async () => {
    const open: (() => void)[] = [];
    const { directory } = given({ well: () => new Promise((done) => open.push(() => done(HANS))) });
    const calls = Array.from({ length: 16 + 256 + 20 }, () => directory.byLogin(resolver('well'), 'hans'));
    const settled = Promise.allSettled(calls);
    await expect(calls.at(-1)).rejects.toThrow(Unavailable);
    const again = directory.byLogin(resolver('well'), 'hans');
    await expect(again).rejects.toThrow('too many are waiting for resolver well');
    while (open.length > 0) {
      open.shift()?.();
      await new Promise(setImmediate);
    }
    expect((await settled).filter(({ status }) => status === 'fulfilled')).toHaveLength(16 + 256);
  });

  it('needs no fence for what lies in this process', async () => {
    const { directory, asked } = given({ file: away }, null);
    for (let i = 0; i < 5; i++) await directory.byLogin(resolver('file'), 'hans').catch(() => undefined);
    expect(asked).toHaveLength(5);
  });

  it('gives up on a listing that stops half-way', async () => {
    const answers = [() => Promise.resolve(HANS), () => NEVER];
    const { directory } = given({ half: () => answers.shift()?.() ?? NEVER }, 1);
    const seen: string[] = [];
    const listing = async () => {
      for await (const page of directory.search(resolver('half'), ANYBODY)) {
        seen.push(...page.map(({ username }) => username));
      }
    };
    await expect(listing()).rejects.toThrow(Unavailable);
    expect(seen).toEqual(['hans']);
  });
});
