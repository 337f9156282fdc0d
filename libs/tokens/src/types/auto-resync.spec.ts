import { hotp } from '@app/otp';

import { RFC_KEY, givenHotpToken, givenTotpToken } from '../../../../test/support/domain/given-token.js';
import type { TokenInfo } from '../token.js';
import { memoryOf } from './auto-resync.js';
import { hotpToken } from './hotp/hotp-token.js';
import { totpToken } from './totp/totp-token.js';

const STEP = 59_000_000;
const SECONDS = STEP * 30 + 13;
const NOW = new Date(SECONDS * 1000);
const WITHIN = 240;
const otp = (counter: number) => hotp(RFC_KEY, counter, 6);

describe('auto-resync of HOTP tokens (spec/validate-api §2.8)', () => {
  const follow = (info: TokenInfo, value: string, more: object = {}) =>
    hotpToken.autoResync?.follow(givenHotpToken({ info, ...more }), value, NOW, WITHIN);
  const REMEMBERED = { otp1c: 40, dueDate: SECONDS + 1 };
  const CLEARED = { otp1c: null, dueDate: null };

  it('goes by the values of RFC 4226', () => {
    expect([otp(9), otp(10), otp(40), otp(41)]).toEqual(['520489', '403154', '268376', '471723']);
  });

  it.each([
    { title: 'nothing within the window of a login', counter: 9, found: false },
    { title: 'the first value beyond it', counter: 10, found: true },
    { title: 'the last value of the larger one', counter: 999, found: true },
    { title: 'nothing beyond that', counter: 1000, found: false },
  ])('remembers $title', ({ counter, found }) => {
    expect(follow({}, otp(counter))).toEqual({
      isFound: found,
      spends: null,
      remembers: found ? { otp1c: counter, dueDate: SECONDS + WITHIN } : null,
    });
  });

  it.each([
    { title: 'no value where a login looks as far', more: { lookAhead: 20, syncWindow: 20 }, counter: 20 },
    { title: 'no value where a login looks farther', more: { lookAhead: 20, syncWindow: 10 }, counter: 30 },
    { title: 'no value beyond a thousand', more: { syncWindow: 9_000 }, counter: 1_000 },
    { title: 'no value that is spent', more: { counter: 50 }, counter: 40 },
  ])('remembers $title', ({ more, counter }) => {
    expect(follow({}, otp(counter), more)).toMatchObject({ isFound: false, remembers: null });
  });

  it('takes the second value, and clears the memory', () => {
    expect(follow(REMEMBERED, '471723')).toEqual({
      isFound: true,
      spends: { nextCounter: 42, once: true },
      remembers: CLEARED,
    });
  });

  it.each<{ title: string; info: TokenInfo; value: string; isFound: boolean }>([
    { title: 'the same value', info: REMEMBERED, value: otp(40), isFound: true },
    { title: 'the value before', info: REMEMBERED, value: otp(39), isFound: true },
    { title: 'the value after the next', info: REMEMBERED, value: otp(42), isFound: true },
    { title: 'no value of it', info: REMEMBERED, value: '000000', isFound: false },
    { title: 'one that is late', info: { ...REMEMBERED, dueDate: SECONDS }, value: otp(41), isFound: true },
    { title: 'a memory without a time', info: { otp1c: 40 }, value: otp(41), isFound: true },
    {
      title: 'a memory without a counter',
      info: { dueDate: SECONDS + 9 },
      value: otp(41),
      isFound: true,
    },
    {
      title: 'a counter that is none',
      info: { ...REMEMBERED, otp1c: '40' },
      value: otp(41),
      isFound: true,
    },
    {
      title: 'a time that is none',
      info: { ...REMEMBERED, dueDate: 'soon' },
      value: otp(41),
      isFound: true,
    },
  ])('clears the memory for $title, and takes nothing', ({ info, value, isFound }) => {
    const cleared = Object.fromEntries(Object.keys(info).map((name) => [name, null]));
    expect(follow(info, value)).toEqual({ isFound, spends: null, remembers: cleared });
  });
});

describe('auto-resync of TOTP tokens (spec/token-types §5)', () => {
  const follow = (info: TokenInfo, ahead: number, more: object = {}) =>
    totpToken.autoResync?.follow(givenTotpToken({ info, ...more }), otp(STEP + ahead), NOW, WITHIN);
  const remembered = (ahead: number) => ({ otp1c: STEP + ahead, dueDate: SECONDS + WITHIN });

  it.each([
    { ahead: -991, isFound: false },
    { ahead: -990, isFound: true },
    { ahead: 1009, isFound: true },
    { ahead: 1010, isFound: false },
  ])('looks from 990 steps behind to 1009 ahead: $ahead is found: $isFound', ({ ahead, isFound }) => {
    expect(follow({}, ahead)).toEqual({
      isFound,
      spends: null,
      remembers: isFound ? remembered(ahead) : null,
    });
  });

  it('finds no step that is spent', () => {
    expect(follow({}, 99, { counter: STEP + 100 })).toMatchObject({ isFound: false });
  });

  it.each([
    { ahead: 100, spends: null, remembers: null },
    { ahead: 99, spends: null, remembers: null },
    { ahead: 101, spends: 101, remembers: { otp1c: null, dueDate: null } },
    { ahead: 103, spends: 103, remembers: { otp1c: null, dueDate: null } },
    { ahead: 104, spends: null, remembers: remembered(104) },
  ])('after step 100, takes up to three steps more: $ahead', ({ ahead, spends, remembers }) => {
    expect(follow({ otp1c: STEP + 100, dueDate: SECONDS + 1 }, ahead)).toEqual({
      isFound: true,
      spends: spends && { nextCounter: STEP + spends + 1, once: true, shiftSeconds: spends * 30 },
      remembers,
    });
  });

  it.each<[string, TokenInfo]>([
    ['is over', { otp1c: STEP + 100, dueDate: SECONDS }],
    ['has no end', { otp1c: STEP + 100 }],
    ['has an end that is none', { otp1c: STEP + 100, dueDate: 'never' }],
    ['holds no step', { otp1c: 'x', dueDate: SECONDS + 9 }],
  ])('begins anew behind a memory that %s', (_title, info) => {
    const remembers = remembered(101);
    expect(follow(info, 101)).toEqual({ isFound: true, spends: null, remembers });
    expect(follow({ ...info, ...remembers }, 102)).toMatchObject({ spends: { nextCounter: STEP + 103 } });
  });
});

describe('memoryOf', () => {
  it('leaves alone what is not of the memory', () => {
    const info = { phone: '49123', otp1c: 40 };
    expect(memoryOf({ info }, hotpToken.autoResync)).toEqual({
      recalled: { otp1c: 40 },
      forgetting: { otp1c: null },
    });
    expect(memoryOf({ info: { phone: '49123' } }, hotpToken.autoResync)).toBeNull();
    expect(memoryOf({ info }, undefined)).toBeNull();
  });
});
