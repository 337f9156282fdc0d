import { CircuitBreaker } from './circuit-breaker.js';

function givenBreaker() {
  const clock = { now: 0 };
  return { clock, breaker: new CircuitBreaker(() => clock.now) };
}

function fail(breaker: CircuitBreaker, times: number): void {
  for (let i = 0; i < times; i++) {
    expect(breaker.admits()).toBe(true);
    breaker.failed(10);
  }
}

describe('CircuitBreaker', () => {
  it('opens after three failures in a row', () => {
    const { breaker } = givenBreaker();
    fail(breaker, 3);
    expect(breaker.admits()).toBe(false);
  });

  it('opens after one failure that took a second', () => {
    const { breaker } = givenBreaker();
    breaker.failed(1_000);
    expect(breaker.admits()).toBe(false);
  });

  it('forgets failures at a success', () => {
    const { breaker } = givenBreaker();
    fail(breaker, 2);
    breaker.succeeded();
    fail(breaker, 2);
    expect(breaker.admits()).toBe(true);
  });

  it('lets one call through after its pause, and closes when that one succeeds', () => {
    const { breaker, clock } = givenBreaker();
    fail(breaker, 3);
    clock.now = 1_000;
    expect(breaker.admits()).toBe(true);
    expect(breaker.admits()).toBe(false);
    breaker.succeeded();
    expect(breaker.admits()).toBe(true);
  });

  it('doubles its pause with each call that fails again, up to half a minute', () => {
    const { breaker, clock } = givenBreaker();
    fail(breaker, 3);
    for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      clock.now += pause - 1;
      expect(breaker.admits()).toBe(false);
      clock.now += 1;
      fail(breaker, 1);
    }
  });

  it('does not pause longer for calls that were under way when it opened', () => {
    const { breaker, clock } = givenBreaker();
    for (let i = 0; i < 20; i++) expect(breaker.admits()).toBe(true);
    for (let i = 0; i < 20; i++) breaker.failed(10);
    clock.now = 1_000;
    expect(breaker.admits()).toBe(true);
  });
});
