import { LoginPressure } from './login-pressure.js';

const LONGEST_WAIT_MS = 1_000;

/** A database that is as fast as it is told to be. */
function givenPressure(loopDelayMs = 0) {
  let time = 0;
  const leaving: (() => void)[] = [];
  const pressure = new LoginPressure({
    longestWaitMs: LONGEST_WAIT_MS,
    now: () => time,
    loopDelayMs: () => loopDelayMs,
  });
  const comes = (): boolean => {
    if (pressure.isTooHigh()) return false;
    void pressure.during(new Promise<void>((resolve) => leaving.push(resolve)), true);
    return true;
  };
  /** @returns how many were let in of those who came */
  const come = (logins: number) => Array.from({ length: logins }, comes).filter(Boolean).length;
  const getThrough = async (logins: number) => {
    for (const leave of leaving.splice(0, logins)) leave();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  /** So many come every ten milliseconds, and so many get through. */
  const pass = async (milliseconds: number, logins: { coming: number; through: number }) => {
    let letIn = 0;
    for (const end = time + milliseconds; time < end; time += 10) {
      letIn += come(logins.coming);
      await getThrough(logins.through);
    }
    return letIn;
  };
  return { pressure, come, pass, getThrough, later: (milliseconds: number) => (time += milliseconds) };
}

describe('LoginPressure', () => {
  it('lets a burst wait, as long as a database of usual speed would need for it', () => {
    const { come } = givenPressure();
    expect(come(1_500)).toBe(1_001);
  });

  it('learns what the database does, and keeps the wait short where more come all the time than get through', async () => {
    const { pressure, pass } = givenPressure();
    await pass(5_000, { coming: 100, through: 60 });
    expect(pressure.waiting).toBeGreaterThan(200);
    expect(pressure.waiting).toBeLessThan(400);
    expect(await pass(5_000, { coming: 100, through: 60 })).toBe(30_000);
  });

  it('has as many wait as the next statements take along, however slow those are', async () => {
    const { pressure, pass } = givenPressure();
    await pass(5_000, { coming: 10, through: 3 });
    expect(pressure.waiting).toBeGreaterThanOrEqual(125);
    expect(pressure.waiting).toBeLessThanOrEqual(128);
    expect(await pass(5_000, { coming: 10, through: 3 })).toBe(1_500);
  });

  it('lets no wait become long where a little more come than get through', async () => {
    const { pressure, pass } = givenPressure();
    let most = 0;
    for (let window = 0; window < 300; window++) {
      await pass(100, { coming: 63, through: 60 });
      most = Math.max(most, pressure.waiting);
    }
    expect(most).toBeLessThan(1_000);
  });

  it('turns nobody away since the database stood still for a moment', async () => {
    const { pressure, pass } = givenPressure();
    await pass(3_000, { coming: 10, through: 10 });
    expect(await pass(200, { coming: 10, through: 0 })).toBe(200);
    expect(await pass(1_000, { coming: 10, through: 20 })).toBe(1_000);
    expect(pressure.waiting).toBe(0);
  });

  it('takes no burst along that comes on top of a wait that stays', async () => {
    const { pass, come } = givenPressure();
    await pass(3_000, { coming: 100, through: 60 });
    expect(come(1_000)).toBeLessThan(150);
  });

  it('lets a burst wait again once nobody was turned away for a while', async () => {
    const { pass, come, getThrough } = givenPressure();
    await pass(3_000, { coming: 100, through: 60 });
    await getThrough(1_000);
    expect(await pass(900, { coming: 10, through: 10 })).toBe(900);
    expect(come(5_000)).toBeLessThan(500);
    await getThrough(5_000);
    await pass(1_100, { coming: 10, through: 10 });
    expect(come(5_000)).toBeGreaterThan(3_000);
  });

  it('has a burst go away by itself, and turns others away who would prolong it', async () => {
    const { pressure, pass, come } = givenPressure();
    await pass(1_000, { coming: 20, through: 20 });
    const burst = come(1_200);
    expect(burst).toBe(1_200);
    await pass(750, { coming: 20, through: 20 });
    expect(pressure.waiting).toBeLessThan(500);
  });

  it('does not take the rate at which logins come for the one at which they could be served', async () => {
    const { pass, come } = givenPressure();
    await pass(60_000, { coming: 1, through: 1 });
    expect(come(1_500)).toBe(1_001);
  });

  it('turns away what comes while nothing gets through, but for those whom the next statements take along', async () => {
    const { pressure, pass, getThrough, later, come } = givenPressure();
    const letIn = await pass(3_000, { coming: 5, through: 0 });
    expect(letIn).toBeLessThan(500);
    later(10_000);
    expect(come(1)).toBe(0);
    await getThrough(letIn);
    expect(pressure.waiting).toBe(0);
    expect(come(200)).toBeGreaterThanOrEqual(128);
  });

  it('takes up its work again behind a standstill, without anybody waiting for it', async () => {
    const { pass, getThrough } = givenPressure();
    await getThrough(await pass(10_000, { coming: 5, through: 0 }));
    await pass(2_000, { coming: 20, through: 10 });
    expect(await pass(1_000, { coming: 20, through: 10 })).toBeGreaterThan(950);
  });

  it('counts the time that passes before this process sees a login', async () => {
    const quick = givenPressure();
    const late = givenPressure(30);
    for (const { pass } of [quick, late]) await pass(5_000, { coming: 100, through: 60 });
    expect(late.pressure.waiting).toBeLessThan(quick.pressure.waiting / 2);
  });

  it('turns nobody away for that alone', () => {
    const { come, later } = givenPressure(5_000);
    later(200);
    expect(come(128)).toBe(128);
  });

  it('does not take those who gave up for some who got through', async () => {
    const { pressure, pass, come, later } = givenPressure();
    await pass(5_000, { coming: 100, through: 60 });
    const { waiting, expectedWaitMs } = pressure;
    for (let window = 0; window < 10; window++) {
      const givenUp = Array.from({ length: 1_000 }, () =>
        pressure.during(Promise.reject(new Error('late')), true),
      );
      await Promise.allSettled(givenUp);
      later(100);
      come(1);
    }
    expect(pressure.waiting).toBe(waiting);
    expect(pressure.expectedWaitMs).toBeGreaterThanOrEqual(expectedWaitMs);
  });

  it('forgets who failed as well', async () => {
    const { pressure } = givenPressure();
    await expect(pressure.during(Promise.reject(new Error('away')), true)).rejects.toThrow('away');
    expect(pressure.waiting).toBe(0);
  });
});
