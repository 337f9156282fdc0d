import {
  NOW,
  annas,
  decide,
  effectsOf,
  outcomeOf,
  pinAndOtp,
} from '../../../../test/support/domain/login-decisions.js';
import { afterEffect } from '../decide/outcome/after-effect.js';
import type { LoginAttempt, LoginEffect } from '../login.js';
import { ANYWHERE, GuessLimits, delayAfter, isBlocked, isLocked, withFailure } from './guess-limits.js';

const LIMITS = new GuessLimits({ mostFailures: 15, firstDelayed: 3, firstSeconds: 2, longestSeconds: 60 });
const HOME = '192.0.2/24';
const RIGHT = pinAndOtp(0);
const WRONG = 'pin2000000';
const NOW_SECONDS = NOW.getTime() / 1000;
const from = (origin: string, limits = LIMITS): Partial<LoginAttempt> => ({ guessing: { limits, origin } });
const given = (failures: number, blockedUntil = {}, maxFailures = 1000) =>
  annas({ failures, blockedUntil, maxFailures });

describe('delayAfter', () => {
  it.each([
    [0, 0],
    [2, 0],
    [3, 2],
    [4, 4],
    [5, 8],
    [7, 32],
    [8, 60],
    [2_000_000_000, 60],
  ])('after %i failures in a row: %i s', (failures, seconds) => {
    expect(delayAfter(failures, LIMITS)).toBe(seconds);
  });

  it('is none where delays are switched off', () => {
    expect(delayAfter(99, new GuessLimits({ firstDelayed: null }))).toBe(0);
  });

  it('is none by default before the tenth failure, then doubles from a second to five minutes', () => {
    const delays = [9, 10, 11, 18, 19, 99].map((failures) => delayAfter(failures, new GuessLimits()));
    expect(delays).toEqual([0, 1, 2, 256, 300, 300]);
  });
});

describe('isLocked', () => {
  it.each([
    { failures: 9, maxFailures: 10, locked: false },
    { failures: 10, maxFailures: 10, locked: true },
    { failures: 14, maxFailures: 1000, locked: false },
    { failures: 15, maxFailures: 1000, locked: true },
    { failures: 0, maxFailures: 0, locked: true },
  ])('$failures failures of $maxFailures, or 15: $locked', ({ failures, maxFailures, locked }) => {
    expect(isLocked(given(failures, {}, maxFailures), LIMITS)).toBe(locked);
  });
});

describe('isBlocked', () => {
  it.each([
    { what: 'while its time runs', failures: 3, until: { [HOME]: NOW_SECONDS + 1 }, blocked: true },
    { what: 'not once it is over', failures: 3, until: { [HOME]: NOW_SECONDS }, blocked: false },
    { what: 'as long as the longest delay', failures: 3, until: { [HOME]: NOW_SECONDS + 60 }, blocked: true },
    {
      what: 'not when the clock was put back',
      failures: 3,
      until: { [HOME]: NOW_SECONDS + 3600 },
      blocked: false,
    },
    { what: 'not from elsewhere', failures: 3, until: { other: NOW_SECONDS + 9 }, blocked: false },
    { what: 'not from anywhere', failures: 3, until: { [ANYWHERE]: NOW_SECONDS + 9 }, blocked: false },
    {
      what: 'not once failures are forgotten',
      failures: 2,
      until: { [HOME]: NOW_SECONDS + 9 },
      blocked: false,
    },
  ])('$what', ({ failures, until, blocked }) => {
    expect(isBlocked(given(failures, until), { limits: LIMITS, origin: HOME }, NOW)).toBe(blocked);
  });

  it('never where delays are switched off', () => {
    const guessing = { limits: new GuessLimits({ firstDelayed: null }), origin: HOME };
    expect(isBlocked(given(99, { [HOME]: NOW_SECONDS + 9 }), guessing, NOW)).toBe(false);
  });
});

describe('withFailure', () => {
  const delay = { origin: HOME, seconds: 4, since: NOW, isFirst: false };

  it('goes on from other delays', () => {
    const token = withFailure(given(4, { other: 1, [HOME]: 2 }), delay);
    expect(token).toMatchObject({ failures: 5, blockedUntil: { other: 1, [HOME]: NOW_SECONDS + 4 } });
  });

  it('begins anew with the first', () => {
    const token = withFailure(given(2, { other: 1 }), { ...delay, isFirst: true });
    expect(token.blockedUntil).toEqual({ [HOME]: NOW_SECONDS + 4 });
  });
});

describe('a login', () => {
  it('is refused, and neither looked at nor counted, while it has to wait', () => {
    const token = given(3, { [HOME]: NOW_SECONDS + 1 });
    for (const password of [RIGHT, WRONG]) {
      const decision = decide([token], { password, ...from(HOME) });
      expect(outcomeOf(decision)).toBe('blocked');
      expect(decision.effects).toEqual([]);
      expect(decision.facts).toMatchObject({
        serial: 'OATH1',
        detail: 'Blocked for a while after too many failures',
      });
    }
    expect(outcomeOf(decide([token], { password: RIGHT, ...from('elsewhere') }))).toBe('accepted OATH1');
  });

  it('is decided by the tokens that need not wait', () => {
    const tokens = [
      given(3, { [HOME]: NOW_SECONDS + 1 }),
      annas({ id: 2, serial: 'OATH2', failures: 1, maxFailures: 1000 }),
    ];
    const decision = decide(tokens, { password: WRONG, ...from(HOME) });
    expect(outcomeOf(decision)).toBe('wrong-pin');
    expect(effectsOf(decision)).toEqual(['count-failure OATH2']);
  });

  it('finds a token locked at the limit of all tokens, and counts', () => {
    const decision = decide([given(15, { [HOME]: NOW_SECONDS + 1 })], { password: RIGHT, ...from(HOME) });
    expect(outcomeOf(decision)).toBe('no-usable-token');
    expect(decision.facts.detail).toBe('Failcounter exceeded');
    expect(decision.effects).toEqual([{ kind: 'count-failure', token: decision.effects[0]?.token }]);
  });

  const boundsOf = (effect: LoginEffect | undefined) =>
    effect && 'mostFailures' in effect ? effect.mostFailures : null;
  const delayOf = (effect: LoginEffect | undefined) =>
    effect?.kind === 'count-failure' ? (effect.delay?.seconds ?? null) : null;

  it.each([
    // Whatever was counted meanwhile, as long as it makes nobody wait.
    { failures: 0, maxFailures: 1000, most: 1, delay: null },
    { failures: 1, maxFailures: 1000, most: 1, delay: null },
    // From then on nothing may have been counted since.
    { failures: 2, maxFailures: 1000, most: 2, delay: 2 },
    { failures: 5, maxFailures: 1000, most: 5, delay: 16 },
    // The next one locks it.
    { failures: 14, maxFailures: 1000, most: 14, delay: null },
    { failures: 5, maxFailures: 6, most: 5, delay: null },
    // Locked before anybody has to wait: a failure is a failure, whatever happened meanwhile.
    { failures: 0, maxFailures: 3, most: null, delay: null },
    { failures: 2, maxFailures: 3, most: null, delay: null },
    { failures: 15, maxFailures: 1000, most: null, delay: null },
  ])('that fails on $failures failures of $maxFailures', ({ failures, maxFailures, most, delay }) => {
    const { effects } = decide([given(failures, {}, maxFailures)], { password: WRONG, ...from(HOME) });
    expect(effects).toHaveLength(1);
    expect([boundsOf(effects[0]), delayOf(effects[0])]).toEqual([most, delay]);
  });

  it.each([
    { failures: 0, maxFailures: 1000, most: 2 },
    { failures: 2, maxFailures: 1000, most: 2 },
    { failures: 7, maxFailures: 1000, most: 7 },
    { failures: 14, maxFailures: 1000, most: 14 },
    { failures: 0, maxFailures: 2, most: 1 },
    { failures: 1, maxFailures: 2, most: 1 },
  ])('that is accepted on $failures failures of $maxFailures', ({ failures, maxFailures, most }) => {
    const { effects } = decide([given(failures, {}, maxFailures)], { password: RIGHT, ...from(HOME) });
    expect(effects.map(boundsOf)).toEqual([most]);
  });

  it('relies on the token’s own limit alone where delays are switched off', () => {
    const limits = new GuessLimits({ firstDelayed: null, mostFailures: 15 });
    const { effects } = decide([given(7)], { password: RIGHT, ...from(HOME, limits) });
    expect(effects.map(boundsOf)).toEqual([14]);
  });

  it('that fails makes the next one of a batch wait', () => {
    const { effects } = decide([given(2)], { password: WRONG, ...from(HOME) });
    const [left] = effects.map((effect) => afterEffect(effect));
    if (!left) throw new Error('gone');
    expect(outcomeOf(decide([left], { password: RIGHT, ...from(HOME) }))).toBe('blocked');
    expect(outcomeOf(decide([left], { password: RIGHT, ...from('elsewhere') }))).toBe('accepted OATH1');
  });
});
