import type { LoginEffect } from '@app/authentication';

import type { InfoChanges, TokenInfo } from '@app/tokens';

import { givenHotpToken } from '../../../test/support/domain/given-token.js';
import { tokenUpdates } from './token-updates.js';

const TOKEN = givenHotpToken({ id: 7, counter: 4, revision: 3 });
const OTHER = givenHotpToken({ id: 8, serial: 'OATH2' });
const failed = { kind: 'count-failure', token: TOKEN } as const;
const reset: LoginEffect = { kind: 'reset-failures', token: TOKEN };
const accepted = (nextCounter: number, token = TOKEN): LoginEffect => ({
  kind: 'accept',
  token,
  spends: { nextCounter, once: true },
});
const delayed = (origin: string, seconds: number, isFirst = false): LoginEffect => ({
  ...failed,
  mostFailures: 9,
  delay: { origin, seconds, isFirst, since: new Date(0) },
});
const acceptedAsItIs = (nextCounter: number): LoginEffect => ({
  kind: 'accept',
  token: TOKEN,
  spends: { nextCounter, once: true },
  keepsFailures: true,
});
const spent = (nextCounter: number): LoginEffect => ({
  kind: 'spend',
  token: TOKEN,
  spends: { nextCounter, once: true, shiftSeconds: 30 },
});

const SINCE = new Date(0);
const NOTHING = {
  id: 7,
  isGuarded: false,
  isInactive: false,
  revision: 3,
  mostFailures: null,
  counterBelow: null,
  nextCounter: null,
  shiftSeconds: null,
  privateId: null,
  endsRollOut: false,
  resets: false,
  failures: 0,
  delays: null,
  areFirstDelays: false,
  attempts: 0,
  successes: 0,
  usedAt: null,
  acceptedAt: null,
  info: null,
  recalled: null,
  challenges: 0,
  challengesSince: null,
  mostChallenges: 0,
  enables: false,
  end: null,
};
const counted = (attempts: 0 | 1, successes: 0 | 1): LoginEffect => ({
  kind: 'count-use',
  token: TOKEN,
  attempts,
  successes,
});
const kept = (day: number, isSuccess: boolean): LoginEffect => ({
  kind: 'keep-time',
  token: TOKEN,
  at: new Date(day),
  isSuccess,
});

const remembered = (info: InfoChanges, recalled?: TokenInfo): LoginEffect => ({
  kind: 'remember',
  token: TOKEN,
  info,
  ...(recalled && { recalled }),
});
const triggered = (most: number): LoginEffect => ({
  kind: 'challenge',
  token: TOKEN,
  challenge: {
    root: '123456789012',
    place: 0,
    message: '',
    realm: '',
    seconds: 120,
    madeAt: SINCE,
    limit: { most, since: SINCE },
    counter: 1n,
  },
});
const delivered = (givesBack: boolean): LoginEffect => ({
  kind: 'deliver',
  token: TOKEN,
  challenge: { root: '123456789012', place: 0 },
  isSent: false,
  givesBack,
});

describe('tokenUpdates', () => {
  it.each([
    { what: 'counts failures, relying on nothing', effects: [failed, failed], update: { failures: 2 } },
    { what: 'forgets failures, relying on nothing', effects: [failed, reset], update: { resets: true } },
    {
      what: 'guards an acceptance by what it relied on',
      effects: [accepted(5)],
      update: { isGuarded: true, mostFailures: 9, counterBelow: 5, nextCounter: 5, resets: true },
    },
    {
      what: 'guards an acceptance behind failures with those',
      effects: [failed, failed, accepted(5)],
      update: { isGuarded: true, mostFailures: 7, counterBelow: 5, nextCounter: 5, resets: true },
    },
    {
      what: 'takes the least of what its logins relied on',
      effects: [
        { ...accepted(5), mostFailures: 3 },
        { ...acceptedAsItIs(6), mostFailures: 1 },
      ] as LoginEffect[],
      update: { isGuarded: true, mostFailures: 3, counterBelow: 5, nextCounter: 6, resets: true },
    },
    {
      what: 'counts a failure only as long as none before it made a difference',
      effects: [
        { ...failed, mostFailures: 8 },
        { ...failed, mostFailures: 8 },
      ] as LoginEffect[],
      update: { mostFailures: 7, failures: 2 },
    },
    {
      what: 'gathers delays by where they come from, the last one of each',
      effects: [delayed('a', 1, true), delayed('b', 2), delayed('a', 4)],
      update: { mostFailures: 7, failures: 3, delays: { a: 4, b: 2 }, areFirstDelays: true },
    },
    {
      what: 'forgets delays with the failures that led to them',
      effects: [delayed('a', 1, true), reset, failed],
      update: { mostFailures: 9, resets: true, failures: 1 },
    },
    {
      what: 'relies on no count where it was reset before',
      effects: [failed, reset, failed, accepted(5)],
      update: { isGuarded: true, mostFailures: null, counterBelow: 5, nextCounter: 5, resets: true },
    },
    {
      what: 'keeps failures that an acceptance does not reset, and guards the next one with all of them',
      effects: [failed, acceptedAsItIs(5), failed, acceptedAsItIs(6), failed],
      update: { isGuarded: true, mostFailures: 7, counterBelow: 5, nextCounter: 6, failures: 3 },
    },
    {
      what: 'guards an acceptance behind a spent value with the failures between them',
      effects: [spent(5), failed, accepted(6)],
      update: {
        isGuarded: true,
        mostFailures: 8,
        counterBelow: 5,
        nextCounter: 6,
        shiftSeconds: 30,
        resets: true,
      },
    },
    {
      what: 'counts anew behind an acceptance',
      effects: [failed, accepted(5), failed, failed],
      update: {
        isGuarded: true,
        mostFailures: 8,
        counterBelow: 5,
        nextCounter: 5,
        resets: true,
        failures: 2,
      },
    },
    {
      what: 'relies on the first of several acceptances and ends with the last',
      effects: [accepted(5), failed, accepted(9)],
      update: { isGuarded: true, mostFailures: 9, counterBelow: 5, nextCounter: 9, resets: true },
    },
    {
      what: 'keeps failures where a value is spent without acceptance',
      effects: [failed, spent(5), failed],
      update: {
        isGuarded: true,
        mostFailures: 8,
        counterBelow: 5,
        nextCounter: 5,
        shiftSeconds: 30,
        failures: 2,
      },
    },
    {
      what: 'guards no counter where values may be used again',
      effects: [{ kind: 'accept', token: TOKEN, spends: { nextCounter: 1, once: false } } as const],
      update: { isGuarded: true, mostFailures: 9, nextCounter: 1, resets: true },
    },
    {
      what: 'keeps which device the first of several acceptances told',
      effects: [
        { kind: 'accept', token: TOKEN, spends: { nextCounter: 5, once: true, privateId: 'ab' } } as const,
        accepted(9),
      ],
      update: {
        isGuarded: true,
        mostFailures: 9,
        counterBelow: 5,
        nextCounter: 9,
        privateId: 'ab',
        resets: true,
      },
    },
    {
      what: 'adds up uses, relying on nothing by itself',
      effects: [failed, counted(1, 0), counted(1, 1)],
      update: { failures: 1, attempts: 2, successes: 1 },
    },
    {
      what: 'keeps the last times',
      effects: [kept(1, true), kept(2, false)],
      update: { usedAt: new Date(2), acceptedAt: new Date(1) },
    },
    {
      what: 'remembers the last word on each entry, relying on nothing by itself',
      effects: [remembered({ a: 1, b: 2 }), failed, remembered({ b: null, c: 'x' })],
      update: { failures: 1, info: { a: 1, b: null, c: 'x' } },
    },
    {
      what: 'guards by what was recalled',
      effects: [failed, remembered({ a: null }, { a: 1 })],
      update: { isGuarded: true, failures: 1, info: { a: null }, recalled: { a: 1 } },
    },
    {
      what: 'relies on nothing that a login before it in the batch remembered',
      effects: [remembered({ a: 1 }), remembered({ a: null }, { a: 1, b: 2 })],
      update: { isGuarded: true, info: { a: null }, recalled: { b: 2 } },
    },
    {
      what: 'lets the guard miss where one recalled what another had removed',
      effects: [remembered({ a: null }, { a: 1 }), remembered({ a: null }, { a: 1 })],
      update: { isGuarded: true, revision: -1, info: { a: null }, recalled: { a: 1 } },
    },
    {
      what: 'guards an end by the revision alone',
      effects: [failed, { kind: 'disable', token: TOKEN } as const],
      update: { isGuarded: true, failures: 1, end: 'disable' },
    },
    {
      what: 'removes what was inactive as it is',
      effects: [{ kind: 'remove', token: { ...TOKEN, active: false } } as const],
      update: { isGuarded: true, isInactive: true, end: 'remove' },
    },
    {
      what: 'removes what has not been used since',
      effects: [{ kind: 'remove', token: TOKEN, counterBelow: 2 } as const],
      update: { isGuarded: true, counterBelow: 2, end: 'remove' },
    },
    {
      what: 'guards an end behind an acceptance as that is guarded',
      effects: [accepted(5), { kind: 'remove', token: TOKEN } as const],
      update: {
        isGuarded: true,
        mostFailures: 9,
        counterBelow: 5,
        nextCounter: 5,
        resets: true,
        end: 'remove',
      },
    },
    {
      what: 'lets the guard miss where two relied on different revisions',
      effects: [accepted(5), accepted(9, { ...TOKEN, revision: 4 })],
      update: {
        isGuarded: true,
        revision: -1,
        mostFailures: 9,
        counterBelow: 5,
        nextCounter: 9,
        resets: true,
      },
    },
    {
      what: 'touches a token whose place is given back, relying on nothing',
      effects: [delivered(true)],
      update: {},
    },
    {
      what: 'relies on no place that is given back in its batch',
      effects: [triggered(4), delivered(true)],
      update: { isGuarded: true, mostFailures: 9, challenges: 1, challengesSince: SINCE, mostChallenges: 3 },
    },
    {
      what: 'relies on what a login found that came behind one that gave its place back',
      effects: [delivered(true), triggered(4)],
      update: { isGuarded: true, mostFailures: 9, challenges: 1, challengesSince: SINCE, mostChallenges: 4 },
    },
  ])('$what', ({ effects, update }) => {
    expect(tokenUpdates(effects)).toEqual([{ ...NOTHING, ...update }]);
  });

  it('leaves a token alone whose message was sent or may have been: it need not be there', () => {
    expect(tokenUpdates([delivered(false)])).toEqual([]);
  });

  it('makes one update a token', () => {
    const effects = [failed, { ...failed, token: OTHER }, accepted(5)];
    expect(tokenUpdates(effects).map(({ id, isGuarded }) => ({ id, isGuarded }))).toEqual([
      { id: 7, isGuarded: true },
      { id: 8, isGuarded: false },
    ]);
  });
});
