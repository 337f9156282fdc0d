import { WriteHealth } from './write-health.js';

describe('the health of writes', () => {
  let now = 0;
  const givenHealth = () => new WriteHealth(() => now);

  it('is good before anything was written', () => {
    expect(givenHealth().isFailing).toBe(false);
  });

  it('is bad from a failure on, until something is written', () => {
    const health = givenHealth();
    health.failed();
    expect(health.isFailing).toBe(true);
    health.succeeded();
    expect(health.isFailing).toBe(false);
  });

  it('is unknown again after five seconds, so that somebody tries', () => {
    const health = givenHealth();
    health.failed();
    now += 4_999;
    expect(health.isFailing).toBe(true);
    now += 1;
    expect(health.isFailing).toBe(false);
  });
});
