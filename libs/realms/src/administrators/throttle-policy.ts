/** How many failures are free, and how fast the delay after each further one grows. */
export interface ThrottleRule {
  /** From this many failures on there is a delay: 1 s, doubled with each further one. */
  readonly failuresAllowed: number;
  readonly longestDelaySeconds: number;
}

/**
 * Rate limiting of failed logins (NIST SP 800-63B, throttling). A guesser is stopped where they come from; the account as
 * a whole is only slowed, so that a stranger elsewhere cannot keep its owner out.
 */
export const THROTTLE_RULES = {
  /** One account from one client network. */
  pair: { failuresAllowed: 5, longestDelaySeconds: 900 },
  /** One account from anywhere. */
  account: { failuresAllowed: 20, longestDelaySeconds: 30 },
  /** Any account from one client network. */
  network: { failuresAllowed: 30, longestDelaySeconds: 900 },
} as const satisfies Record<string, ThrottleRule>;

/** How long the next attempt has to wait after so many failures in a row. */
export function delaySeconds(rule: ThrottleRule, failures: number): number {
  if (failures < rule.failuresAllowed) return 0;
  return Math.min(2 ** (failures - rule.failuresAllowed), rule.longestDelaySeconds);
}

/** All delays of a rule by number of failures; the last one holds for every number above. */
export function delayTable(rule: ThrottleRule): number[] {
  const delays = [0];
  while (delays.at(-1) !== rule.longestDelaySeconds) delays.push(delaySeconds(rule, delays.length));
  return delays;
}
