import { Unavailable } from '@app/kernel';

import { SubjectQueue } from './subject-queue.js';

/** Work that ends when it is told to. */
function givenWork<T>(value: T) {
  let finish = () => undefined as void;
  let fail: (error: Error) => void = () => undefined;
  const outcome = new Promise<T>((resolve, reject) => {
    finish = () => resolve(value);
    fail = reject;
  });
  let started = false;
  const work = () => {
    started = true;
    return outcome;
  };
  return { work, finish: () => finish(), fail: (error: Error) => fail(error), hasStarted: () => started };
}

/** Lets everything run that waits for nothing but its turn. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('SubjectQueue', () => {
  it('runs the work of one subject one after the other, in order', async () => {
    const queue = new SubjectQueue();
    const works = [givenWork(1), givenWork(2), givenWork(3)];
    const results = Promise.all(works.map(({ work }) => queue.run('anna', work)));
    for (const [place, work] of works.entries()) {
      await settle();
      expect(works.map(({ hasStarted }) => hasStarted())).toEqual(works.map((_, other) => other <= place));
      work.finish();
    }
    await expect(results).resolves.toEqual([1, 2, 3]);
  });

  it('starts at once for a subject that nobody works for', () => {
    const queue = new SubjectQueue();
    const [anna, bernd] = [givenWork(1), givenWork(2)];
    void queue.run('anna', anna.work);
    void queue.run('bernd', bernd.work);
    expect([anna.hasStarted(), bernd.hasStarted()]).toEqual([true, true]);
  });

  it('goes on after a failure, which only its own caller sees', async () => {
    const queue = new SubjectQueue();
    const [first, second] = [givenWork(1), givenWork(2)];
    const failing = queue.run('anna', first.work);
    const next = queue.run('anna', second.work);
    first.fail(new Error('the database is away'));
    second.finish();
    await expect(failing).rejects.toThrow('the database is away');
    await expect(next).resolves.toBe(2);
  });

  it('turns away what exceeds the bound of a subject, without running it, and no other subject', async () => {
    const queue = new SubjectQueue(100, 2);
    const works = [givenWork(1), givenWork(2), givenWork(3), givenWork(4)];
    const [first, second, third, other] = works;
    if (!first || !second || !third || !other) throw new Error('four works');
    const accepted = [queue.run('anna', first.work), queue.run('anna', second.work)];
    await expect(queue.run('anna', third.work)).rejects.toThrow(Unavailable);
    accepted.push(queue.run('bernd', other.work));
    for (const { finish } of works) finish();
    await expect(Promise.all(accepted)).resolves.toEqual([1, 2, 4]);
    expect(third.hasStarted()).toBe(false);
    await settle();
    await expect(queue.run('anna', third.work)).resolves.toBe(3);
  });

  it('turns away what exceeds the bound of all subjects together, and takes more once some are done', async () => {
    const queue = new SubjectQueue(2, 100);
    const [first, second, third] = [givenWork(1), givenWork(2), givenWork(3)];
    const one = queue.run('anna', first.work);
    const two = queue.run('bernd', second.work);
    await expect(queue.run('carla', third.work)).rejects.toThrow(Unavailable);
    first.finish();
    await one;
    await settle();
    third.finish();
    await expect(queue.run('carla', third.work)).resolves.toBe(3);
    second.finish();
    await two;
  });

  it('has room again also after work that failed', async () => {
    const queue = new SubjectQueue(1, 1);
    for (let round = 0; round < 3; round++) {
      await expect(queue.run('anna', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
      await settle();
    }
    await expect(queue.run('anna', () => Promise.resolve('done'))).resolves.toBe('done');
  });
});
