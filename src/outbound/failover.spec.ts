import { Failover } from './failover.js';

class Trouble extends Error {}

/** Servers that fail as they are told to, and a clock. */
function given(...names: readonly string[]) {
  const clock = { seconds: 0 };
  const dead = new Set<string>();
  const heard: string[] = [];
  const hearing = {
    nameOf: (name: string) => `server ${name}`,
    messageOf: (error: unknown) => (error as Error).message,
    isTrouble: (error: unknown) => error instanceof Trouble,
    away: (name: string) => void heard.push(`${name} away`),
    back: (name: string) => void heard.push(`${name} back`),
  };
  const failover = new Failover(names, hearing, () => clock.seconds * 1000);
  const asked = async () => {
    const seen: string[] = [];
    await failover
      .ask(async (server) => {
        seen.push(server);
        if (dead.has(server)) throw new Trouble(server);
      })
      .catch((error: unknown) => {
        if (!(error instanceof AggregateError)) throw error;
        seen.push('none');
      });
    return seen;
  };
  return { clock, dead, asked, failover, heard };
}

describe('several servers', () => {
  it('are spoken of when one goes, when it is back, and by name when none answers', async () => {
    const { clock, dead, asked, failover, heard } = given('a', 'b');
    dead.add('a');
    await asked();
    await asked();
    clock.seconds = 31;
    await asked();
    dead.clear();
    clock.seconds = 200;
    await asked();
    expect(heard).toEqual(['a away', 'a back']);
    const none = failover.ask(() => Promise.reject(new Trouble('refused')));
    await expect(none).rejects.toThrow('server a: refused; server b: refused');
  });

  it('are asked in their order, until one answers', async () => {
    const { dead, asked } = given('a', 'b', 'c');
    await expect(asked()).resolves.toEqual(['a']);
    dead.add('a').add('b');
    await expect(asked()).resolves.toEqual(['a', 'b', 'c']);
  });

  it('are passed over for 30 seconds when they fail, and for twice as long each time', async () => {
    const { clock, dead, asked } = given('a', 'b');
    dead.add('a');
    for (const [seconds, servers] of [
      [0, ['a', 'b']],
      [29, ['b']],
      [31, ['a', 'b']],
      [90, ['b']],
      [92, ['a', 'b']],
    ] as const) {
      clock.seconds = seconds;
      await expect(asked()).resolves.toEqual(servers);
    }
    clock.seconds = 1_000;
    dead.clear();
    await expect(asked()).resolves.toEqual(['a']);
    dead.add('a');
    await expect(asked()).resolves.toEqual(['a', 'b']);
    clock.seconds = 1_031;
    await expect(asked()).resolves.toEqual(['a', 'b']);
  });

  it('are not passed over for more than a quarter of an hour', async () => {
    const { clock, dead, asked } = given('a', 'b');
    dead.add('a');
    for (let round = 0; round < 30; round++) {
      clock.seconds += 901;
      await expect(asked()).resolves.toEqual(['a', 'b']);
    }
  });

  it('are asked all the same when no other is left', async () => {
    const { dead, asked } = given('a', 'b');
    dead.add('a').add('b');
    await expect(asked()).resolves.toEqual(['a', 'b', 'none']);
    dead.delete('b');
    await expect(asked()).resolves.toEqual(['a', 'b']);
    await expect(asked()).resolves.toEqual(['b']);
  });

  it('are not passed over for a question that they refuse', async () => {
    const { failover, asked } = given('a', 'b');
    const answer = failover.ask(async (server) => {
      if (server === 'a') throw new Error('not allowed');
      return server;
    });
    await expect(answer).resolves.toBe('b');
    await expect(asked()).resolves.toEqual(['a']);
  });
});
