import { delaySeconds, delayTable, THROTTLE_RULES } from './throttle-policy.js';

describe('the delay after failed logins', () => {
  const { pair, account, network } = THROTTLE_RULES;

  it.each([
    ['pair', pair, 0, 0],
    ['pair', pair, 4, 0],
    ['pair', pair, 5, 1],
    ['pair', pair, 6, 2],
    ['pair', pair, 9, 16],
    ['pair', pair, 14, 512],
    ['pair', pair, 15, 900],
    ['pair', pair, 5_000, 900],
    ['account', account, 19, 0],
    ['account', account, 20, 1],
    ['account', account, 24, 16],
    ['account', account, 25, 30],
    ['account', account, 100_000, 30],
    ['network', network, 29, 0],
    ['network', network, 30, 1],
    ['network', network, 39, 512],
    ['network', network, 40, 900],
  ])('%s: rule %j after %i failures: %i s', (_name, rule, failures, expected) => {
    expect(delaySeconds(rule, failures)).toBe(expected);
  });

  it.each(Object.entries(THROTTLE_RULES))('is listed in full for the %s', (_name, rule) => {
    const delays = delayTable(rule);
    expect(delays).toEqual(delays.map((_delay, failures) => delaySeconds(rule, failures)));
    expect(delaySeconds(rule, delays.length + 1)).toBe(delays.at(-1));
  });
});
