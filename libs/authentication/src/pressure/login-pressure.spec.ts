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

  it('learns what the database does, and lets no more wait than it does in the longest wait', async () => {
    const { pressure, pass } = givenPressure();
    await pass(5_000, { coming: 10, through: 3 });
    expect(pressure.waiting).toBeGreaterThan(270);
    expect(pressure.waiting).toBeLessThan(330);
    expect(await pass(5_000, { coming: 10, through: 3 })).toBe(1_500);
  });

  it('learns of a faster one, too', async () => {
    const { pressure, pass } = givenPressure();
    await pass(5_000, { coming: 60, through: 40 });
    expect(pressure.waiting).toBeGreaterThan(3_600);
    expect(pressure.waiting).toBeLessThan(4_400);
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
    expect(come(100)).toBeGreaterThanOrEqual(64);
  });

  it('takes up its work again behind a standstill, without anybody waiting for it', async () => {
    const { pass, getThrough } = givenPressure();
    await getThrough(await pass(10_000, { coming: 5, through: 0 }));
    await pass(2_000, { coming: 20, through: 10 });
    expect(await pass(1_000, { coming: 20, through: 10 })).toBeGreaterThan(950);
  });

  it('counts the time that passes before this process sees a login', async () => {
    const quick = givenPressure();
    const late = givenPressure(900);
    for (const { pass } of [quick, late]) await pass(5_000, { coming: 20, through: 10 });
    expect(late.pressure.waiting).toBeLessThan(quick.pressure.waiting / 5);
  });

  it('turns nobody away for that alone', () => {
    const { come, later } = givenPressure(5_000);
    later(200);
    expect(come(64)).toBe(64);
  });

  it('forgets who failed as well', async () => {
    const { pressure } = givenPressure();
    await expect(pressure.during(Promise.reject(new Error('away')), true)).rejects.toThrow('away');
    expect(pressure.waiting).toBe(0);
  });
});
