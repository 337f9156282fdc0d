import { settingsOf } from '@app/realms';

import {
  PredictableRandom,
  givenDayPasswordToken,
  givenHotpToken,
  givenMotpToken,
  givenSimplePassToken,
  givenYubikeyToken,
} from '../../../../test/support/domain/given-token.js';
import {
  challengePrompt,
  drawTransactionId,
  namedTransaction,
  rootOfSeveral,
  transactionId,
} from './challenge.js';

const settings = (given: Readonly<Record<string, string>>) =>
  settingsOf(
    new Map(Object.entries(given).map(([key, value]) => [key, { value, type: '', description: '' }])),
  ).challenges;

describe('transaction ids (spec/validate-api §3.2)', () => {
  it.each([
    ['62843119047520183', { root: '62843119047520183', place: null }],
    ['62843119047520', { root: '62843119047520', place: null }],
    ['62843119047520.01', { root: '62843119047520', place: 1 }],
    ['123456789', { root: '123456789', place: null }],
    ['12345678', null],
    ['123456789012345678', null],
    ['62843119047520.1', null],
    ['62843119047520.', null],
    ['6284311904752%', null],
    ['628431190475__', null],
    ['62843119047520183 ', null],
    ['62843119047520\n', null],
    ['٦٢٨٤٣١١٩٠٤٧٥', null],
    ['', null],
  ])('%j names %j', (text, named) => {
    expect(namedTransaction(text)).toEqual(named);
  });

  it('are digits of the length that is set, the first of which is no 0', () => {
    const random = new PredictableRandom();
    const drawn = Array.from({ length: 500 }, () => drawTransactionId(random, 17));
    for (const id of drawn) expect(id).toMatch(/^[1-9]\d{16}$/);
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(new Set(drawn.map((id) => id[0])).size).toBe(9);
    expect(new Set(drawn.join('')).size).toBe(10);
    expect(drawTransactionId(random, 12)).toHaveLength(12);
  });

  it('are, of several, as long with their place as one that is alone', () => {
    const root = rootOfSeveral('62843119047520183');
    expect(root).toBe('62843119047520');
    expect(transactionId({ root, place: 7 })).toBe('62843119047520.07');
    expect(transactionId({ root, place: 0 })).toBe(root);
  });
});

describe('what a challenge says', () => {
  it.each([
    [givenHotpToken(), {}, 'Please enter your otp value: '],
    [givenMotpToken(), {}, 'Please enter your otp value: '],
    [givenYubikeyToken(), {}, 'Otp:'],
    [givenDayPasswordToken(), {}, 'Otp:'],
    [givenSimplePassToken(), {}, ''],
    [givenHotpToken(), { HMAC_CHALLENGE_PROMPT: 'Number, please' }, 'Number, please'],
    [givenHotpToken(), { TOTP_CHALLENGE_PROMPT: 'Number, please' }, 'Please enter your otp value: '],
  ])('%#', (token, given, prompt) => {
    expect(challengePrompt(token, settings(given))).toBe(prompt);
  });
});
