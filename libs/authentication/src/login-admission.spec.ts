import { Occupied, Unavailable } from '@app/kernel';

import { type Enter, LoginAdmission } from './login-admission.js';

/** Work that ends when it is told to. */
function givenWork() {
  let finish: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const outcome = new Promise<string>((resolve, reject) => {
    finish = () => resolve('done');
    fail = reject;
  });
  let started = false;
  const work = () => {
    started = true;
    return outcome;
  };
  return { work, hasStarted: () => started, finish: () => finish(), fail: (error: Error) => fail(error) };
}

describe('LoginAdmission', () => {
  it('lets logins of one subject and of others run together', async () => {
    const admission = new LoginAdmission();
    const works = [givenWork(), givenWork(), givenWork()] as const;
    const results = Promise.all([
      admission.run('anna', works[0].work),
      admission.run('anna', works[1].work),
      admission.run('bernd', works[2].work),
    ]);
    expect(works.map(({ hasStarted }) => hasStarted())).toEqual([true, true, true]);
    for (const { finish } of works) finish();
    await expect(results).resolves.toEqual(['done', 'done', 'done']);
  });

  it('turns away what exceeds the bound of a subject, without running it, and no other subject', async () => {
    const admission = new LoginAdmission(100, 2);
    const works = [givenWork(), givenWork(), givenWork(), givenWork()] as const;
    const admitted = [admission.run('anna', works[0].work), admission.run('anna', works[1].work)];
    await expect(admission.run('anna', works[2].work)).rejects.toThrow(Unavailable);
    expect(works[2].hasStarted()).toBe(false);
    admitted.push(admission.run('bernd', works[3].work));
    works[0].finish();
    await admitted[0];
    admitted.push(admission.run('anna', works[2].work));
    for (const { finish } of works) finish();
    await expect(Promise.all(admitted)).resolves.toEqual(['done', 'done', 'done', 'done']);
  });

  it('turns away what exceeds the bound of all subjects together, and takes more once some are done', async () => {
    const admission = new LoginAdmission(2, 100);
    const works = [givenWork(), givenWork(), givenWork()] as const;
    const admitted = [admission.run('anna', works[0].work), admission.run('bernd', works[1].work)];
    await expect(admission.run('carla', works[2].work)).rejects.toThrow(Unavailable);
    works[0].finish();
    await admitted[0];
    admitted.push(admission.run('carla', works[2].work));
    for (const { finish } of works) finish();
    await expect(Promise.all(admitted)).resolves.toEqual(['done', 'done', 'done']);
  });

  it('counts what a login turns out to be about, too, once each, and gives it back', async () => {
    const admission = new LoginAdmission(100, 2);
    const works = [givenWork(), givenWork(), givenWork()] as const;
    const about = (keys: readonly string[], work: () => Promise<string>) => (enter: Enter) => {
      enter(keys);
      return work();
    };
    const admitted = [
      admission.run('anna', about(['token 1', 'token 1'], works[0].work)),
      admission.run('serial 1', about(['token 2', 'token 1'], works[1].work)),
    ];
    await expect(admission.run('transaction 1', about(['token 1'], works[2].work))).rejects.toThrow(Occupied);
    expect(works[2].hasStarted()).toBe(false);
    for (const { finish } of works) finish();
    await Promise.all(admitted);
    await expect(admission.run('anna', about(['token 1', 'token 2'], works[2].work))).resolves.toBe('done');
  });

  it('lets 32 of one subject wait unless it is said otherwise', async () => {
    const admission = new LoginAdmission();
    const works = Array.from({ length: 33 }, givenWork);
    const answers = works.map(({ work }) => admission.run('anna', work));
    await expect(answers.at(-1)).rejects.toThrow(Occupied);
    for (const { finish } of works) finish();
    await expect(Promise.all(answers.slice(0, -1))).resolves.toHaveLength(32);
  });

  it('has room again also after work that failed', async () => {
    const admission = new LoginAdmission(1, 1);
    for (let round = 0; round < 3; round++) {
      const { work, fail } = givenWork();
      const failing = admission.run('anna', work);
      fail(new Error('away'));
      await expect(failing).rejects.toThrow('away');
    }
    await expect(admission.run('anna', async () => 'done')).resolves.toBe('done');
  });
});
