import type { AuditContext, AuditFacts } from '@app/audit';
import { Unavailable } from '@app/kernel';

import { MissBudget, type MissBudgetOptions } from './miss-budget.js';

const START = Date.parse('2026-01-02T03:04:05Z');
const contextOf = (client: string): AuditContext => ({
  action: 'validate/check',
  client,
  administrator: '',
  user: 'whoever',
  realm: 'staff',
});

/** Two a second, twenty at once; a clock that stands, and whatever is written. */
function given(options: Partial<MissBudgetOptions> = {}) {
  let now = START;
  let isAway = false;
  const told: { client: string; user: string; detail: string | undefined }[] = [];
  const waited: number[] = [];
  const trail = {
    append: ({ client, user }: AuditContext, { detail }: AuditFacts) => {
      if (isAway) return Promise.reject(new Unavailable('away'));
      told.push({ client, user, detail });
      return Promise.resolve();
    },
  };
  const wait = (milliseconds: number) => {
    waited.push(milliseconds);
    return Promise.resolve();
  };
  const misses = new MissBudget(trail, { now: () => new Date(now) }, { perSecond: 2, wait, ...options });
  const ask = (client: string) => misses.record(contextOf(client), () => Promise.resolve('own'), 'counted');
  return {
    misses,
    told,
    waited,
    /** How many of so many requests had a record of their own. */
    async own(client: string, requests: number): Promise<number> {
      const answers = await Promise.all(Array.from({ length: requests }, () => ask(client)));
      return answers.filter((answer) => answer === 'own').length;
    },
    pass: (seconds: number) => (now += seconds * 1000),
    goAway: (away: boolean) => (isAway = away),
  };
}

const counted = (client: string, requests: number) => ({
  client,
  user: '',
  detail: `${requests} requests that met no token, beyond the budget of this client`,
});

describe('MissBudget', () => {
  it('has a record for each request of ten seconds at once, then for so many a second', async () => {
    const { own, pass } = given();
    expect(await own('192.0.2.1', 30)).toBe(20);
    pass(1);
    expect(await own('192.0.2.1', 30)).toBe(2);
    pass(3600);
    expect(await own('192.0.2.1', 30)).toBe(20);
  });

  it('gives nothing back where the clock does', async () => {
    const { own, pass } = given();
    await own('192.0.2.1', 20);
    pass(-3600);
    expect(await own('192.0.2.1', 5)).toBe(0);
    pass(1);
    expect(await own('192.0.2.1', 5)).toBe(2);
  });

  it.each([
    { one: '192.0.2.1', other: '192.0.2.2', shared: false },
    { one: '2001:db8::1', other: '2001:db8::ffff:1', shared: true },
    { one: '2001:db8::1', other: '2001:db8:0:1::1', shared: false },
  ])('is one budget for $one and $other: $shared', async ({ one, other, shared }) => {
    const { own } = given();
    await own(one, 20);
    expect(await own(other, 5)).toBe(shared ? 0 : 5);
  });

  it('has one for all who come when it knows enough clients', async () => {
    const { own, pass, misses } = given({ mostClients: 2 });
    await own('192.0.2.1', 20);
    await own('192.0.2.2', 20);
    expect(await own('192.0.2.3', 15)).toBe(15);
    expect(await own('192.0.2.4', 15)).toBe(5);
    // Who has rested leaves room.
    pass(10);
    await misses.flush();
    expect(await own('192.0.2.5', 30)).toBe(20);
    expect(await own('192.0.2.6', 30)).toBe(20);
  });

  it('records once for each client how many there were, and nothing where there were none', async () => {
    const { own, misses, told } = given();
    await own('192.0.2.1', 50);
    await own('192.0.2.2', 21);
    await own('192.0.2.3', 3);
    await misses.flush();
    expect(told).toEqual([counted('192.0.2.1', 30), counted('192.0.2.2', 1)]);
    await misses.flush();
    expect(told).toHaveLength(2);
    expect(misses.counted).toBe(31);
  });

  it('keeps what could not be recorded for the next time', async () => {
    const { own, misses, told, goAway } = given();
    await own('192.0.2.1', 22);
    goAway(true);
    await misses.flush();
    goAway(false);
    await own('192.0.2.1', 3);
    await misses.flush();
    expect(told).toEqual([counted('192.0.2.1', 5)]);
  });

  it('takes as long without a record as with one, about', async () => {
    const { misses, waited } = given({ perSecond: 1 });
    const write = () => new Promise<void>((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 11; turn++) await misses.record(contextOf('192.0.2.1'), write, undefined);
    expect(waited).toEqual([expect.any(Number)]);
    expect(waited[0]).toBeGreaterThan(0);
  });

  it('does not answer where a record of its own could not be written', async () => {
    const { misses } = given();
    const write = () => Promise.reject(new Unavailable('away'));
    await expect(misses.record(contextOf('192.0.2.1'), write, undefined)).rejects.toThrow(Unavailable);
  });

  it('bounds nothing where it is switched off', async () => {
    const { own } = given({ perSecond: null });
    expect(await own('192.0.2.1', 1000)).toBe(1000);
  });
});
