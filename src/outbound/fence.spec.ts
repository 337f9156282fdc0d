import { Invalid, Occupied, Unavailable } from '@app/kernel';

import { Fence, Withheld } from './fence.js';

function given() {
  const clock = { now: 0 };
  const heard: string[] = [];
  const hearing = { away: () => void heard.push('away'), back: () => void heard.push('back') };
  return { clock, heard, fence: new Fence('server', hearing, () => clock.now) };
}

const PATIENT_MS = 60_000;
const refuse = () => Promise.reject(new Unavailable('refused'));

describe('a fence', () => {
  it('asks nobody who did not answer lately, and tells once each time', async () => {
    const { clock, heard, fence } = given();
    for (let i = 0; i < 3; i++) await expect(fence.run(PATIENT_MS, refuse)).rejects.toThrow('refused');
    await expect(fence.run(PATIENT_MS, refuse)).rejects.toThrow(Withheld);
    clock.now = 1_000;
    await expect(fence.run(PATIENT_MS, async () => 'answer')).resolves.toBe('answer');
    expect(heard).toEqual(['away', 'back']);
  });

  it('takes other errors for answers', async () => {
    const { heard, fence } = given();
    for (let i = 0; i < 5; i++) {
      await expect(fence.run(PATIENT_MS, () => Promise.reject(new Invalid('x', 'no')))).rejects.toThrow(
        Invalid,
      );
    }
    expect(heard).toEqual([]);
  });

  it('gives up when the time is over, and says so to whom it asked', async () => {
    const { fence } = given();
    let signal: AbortSignal | undefined;
    const asked = fence.run(1, (its) => {
      signal = its;
      return new Promise<never>(() => undefined);
    });
    await expect(asked).rejects.toThrow('server did not answer within 1 ms');
    expect(signal?.aborted).toBe(true);
  });

  it('takes waiting for a place for no failure', async () => {
    const { heard, fence } = given();
    const ends: (() => void)[] = [];
    const stuck = Array.from({ length: 16 }, () =>
      fence.run(PATIENT_MS, () => new Promise<void>((resolve) => void ends.push(resolve))),
    );
    await expect(fence.run(1, async () => 'answer')).rejects.toThrow(Occupied);
    expect(heard).toEqual([]);
    for (const end of ends) end();
    await Promise.allSettled(stuck);
  });
});
