import { Unavailable } from '@app/kernel';

import { BoundedWork } from './bounded-work.js';

/** Work that ends when it is told to. */
function given(concurrency: number, queueLimit: number) {
  const work = new BoundedWork('tests', concurrency, queueLimit);
  const started: string[] = [];
  const ends = new Map<string, { succeed: () => void; fail: (error: Error) => void }>();
  const run = (name: string) =>
    work.run(
      () =>
        new Promise<string>((resolve, reject) => {
          started.push(name);
          ends.set(name, { succeed: () => resolve(name), fail: reject });
        }),
    );
  return { run, started, end: (name: string) => ends.get(name) };
}

describe('bounded work', () => {
  it('runs so many at a time, the others in the order in which they came', async () => {
    const { run, started, end } = given(2, 10);
    const [a, b, c, d] = [run('a'), run('b'), run('c'), run('d')];
    expect(started).toEqual(['a', 'b']);
    end('b')?.succeed();
    await b;
    expect(started).toEqual(['a', 'b', 'c']);
    end('a')?.succeed();
    await a;
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    end('c')?.succeed();
    end('d')?.succeed();
    await expect(Promise.all([c, d])).resolves.toEqual(['c', 'd']);
  });

  it('refuses at once when too many wait', async () => {
    const { run, end } = given(1, 1);
    const [a, b] = [run('a'), run('b')];
    await expect(run('c')).rejects.toThrow(Unavailable);
    end('a')?.succeed();
    await a;
    end('b')?.succeed();
    await b;
  });

  it('goes on after a failure', async () => {
    const { run, started, end } = given(1, 1);
    const [a, b] = [run('a'), run('b')];
    end('a')?.fail(new Error('broken'));
    await expect(a).rejects.toThrow('broken');
    expect(started).toEqual(['a', 'b']);
    end('b')?.succeed();
    await b;
    const c = run('c');
    end('c')?.succeed();
    await expect(c).resolves.toBe('c');
  });
});
