import { ocraAt } from '../../../../test/support/clients/ocra-device.js';
import {
  ANNAS_OWNER,
  ATTEMPT,
  NOW,
  PIN,
  decide,
  effectsOf,
  outcomeOf,
} from '../../../../test/support/domain/login-decisions.js';
import { givenOcraToken } from '../../../../test/support/domain/given-token.js';
import type { Challenge, ChallengeData } from '../challenges/challenge.js';
import { NO_QUESTION } from '../login-request.js';
import type { LoginAttempt } from '../login.js';

const ID = ATTEMPT.challenging.id;
const ROOT = '55500000000000000';
const QUESTION = '12345678';
const OTP = ocraAt(QUESTION);

const ocra = (changes: Parameters<typeof givenOcraToken>[0] = {}) =>
  givenOcraToken({ owner: ANNAS_OWNER, realms: ['staff'], pin: PIN, serial: 'O1', ...changes });
const asking = (changes: Partial<LoginAttempt['challenging']>) => ({
  challenging: { ...ATTEMPT.challenging, hasText: true, ...changes },
});
const withText = asking({ question: { ...NO_QUESTION, text: 'Pay 12345678' } });
const answering = { transaction: { root: ROOT, place: null } } as const;

function challenge(data: ChallengeData = {}, changes: Partial<Challenge> = {}): Challenge {
  return {
    id: 5,
    root: ROOT,
    place: 0,
    tokenId: 1,
    serial: 'O1',
    message: '',
    owner: { resolver: 'first', userId: '1' },
    realm: 'staff',
    isOpen: true,
    isUnsent: false,
    counter: null,
    data: { challenge: QUESTION, input: 'Pay', url: '', ...data },
    receivedCount: 0,
    isReceived: false,
    isValid: false,
    createdAt: NOW,
    expiresAt: new Date(NOW.getTime() + 100_000),
    ...changes,
  };
}

describe('decideLogin, with OTPs over questions', () => {
  it('asks with the PIN and a text, and keeps the question', () => {
    const decision = decide([ocra()], { password: 'pin1', ...withText });
    expect(outcomeOf(decision)).toBe(`challenged ${ID}`);
    expect(effectsOf(decision)).toEqual(['challenge O1']);
    expect(decision).toMatchObject({
      verdict: { challenges: [{ question: { challenge: QUESTION, input: 'Pay 12345678', url: '' } }] },
      effects: [
        { challenge: { counter: null, data: { challenge: QUESTION, input: 'Pay 12345678', url: '' } } },
      ],
    });
    expect(decision.effects[0]).not.toMatchObject({ challenge: { data: { needsPin: true } } });
  });

  it.each([
    ['without a text', { password: 'pin1' }, 'wrong-pin', 1],
    ['by a wrong PIN', { password: 'pin2', ...withText }, 'wrong-pin', 1],
    ['without a password, at check', { password: null, ...withText }, 'no-password', 0],
  ])('asks nothing %s', (_how, changes, reason, failures) => {
    const decision = decide([ocra()], changes);
    expect(outcomeOf(decision)).toBe(reason);
    expect(decision.effects.filter(({ kind }) => kind === 'count-failure')).toHaveLength(failures);
    expect(decision.effects.some(({ kind }) => kind === 'challenge')).toBe(false);
  });

  it('asks who has shown no PIN, and wants it with the answer', () => {
    const terms = asking({ asksUnproven: true, question: { ...NO_QUESTION, text: QUESTION } });
    const decision = decide([ocra()], { password: null, ...terms });
    expect(decision.effects).toMatchObject([{ kind: 'challenge', challenge: { data: { needsPin: true } } }]);
    const open = [challenge({ needsPin: true })];
    expect(outcomeOf(decide([ocra()], { ...answering, password: OTP }, NOW, open))).toBe('wrong-pin');
    expect(outcomeOf(decide([ocra()], { ...answering, password: `pin1${OTP}` }, NOW, open))).toMatch(
      /^accepted/,
    );
    const pinless = decide([ocra({ pin: null })], { password: null, ...terms });
    expect(pinless.effects[0]).not.toMatchObject({ challenge: { data: { needsPin: true } } });
  });

  it('takes the OTP for its challenge, closes it, and spends the counter', () => {
    const decision = decide([ocra()], { ...answering, password: OTP }, NOW, [challenge()]);
    expect(decision.effects).toMatchObject([
      { kind: 'accept', spends: { nextCounter: 1, once: true } },
      { kind: 'answer', challenge: { id: 5 }, isAccepted: true },
    ]);
  });

  it.each<[string, Partial<LoginAttempt>, Partial<Challenge>]>([
    ['of another transaction', { transaction: { root: '1', place: null }, password: OTP }, {}],
    ['that is closed', { ...answering, password: OTP }, { isOpen: false }],
    ['that is expired', { ...answering, password: OTP }, { expiresAt: NOW }],
    ['of another realm', { ...answering, password: OTP }, { realm: 'other' }],
    ['of an owner of before', { ...answering, password: OTP }, { owner: null }],
    ['that had more wrong answers than there may be', { ...answering, password: OTP }, { receivedCount: 4 }],
    ['without a question', { ...answering, password: OTP }, { data: {} }],
    ['by the OTP alone, which names none', { password: OTP }, {}],
  ])('takes no answer to a challenge %s', (_what, changes, changed) => {
    const decision = decide([ocra()], changes, NOW, [challenge({}, changed)]);
    expect(outcomeOf(decision)).toBe('wrong-pin');
    expect(decision.effects).toMatchObject([{ kind: 'count-failure' }, ...decision.effects.slice(1)]);
  });

  it('takes an answer to a question that the client names, but not beside a transaction', () => {
    const named = asking({ question: { ...NO_QUESTION, text: QUESTION, answers: QUESTION } });
    const password = `pin1${OTP}`;
    const decision = decide([ocra()], { password, ...named });
    expect(decision.effects).toMatchObject([{ kind: 'accept', spends: { nextCounter: 1, once: true } }]);
    expect(outcomeOf(decide([ocra()], { ...answering, password, ...named }))).toBe('wrong-pin');
    const plain = ocra({ suite: 'OCRA-1:HOTP-SHA256-8:QN08' });
    const otp = ocraAt(QUESTION, { suite: 'OCRA-1:HOTP-SHA256-8:QN08' });
    expect(outcomeOf(decide([plain], { password: `pin1${otp}`, ...named }))).toBe('wrong-pin');
  });

  describe('in a roll-out', () => {
    const rolling = (rollout: string) => ocra({ info: { rollout, nonce: 'ab' } });

    it('ends it with the first right answer', () => {
      const decision = decide([rolling('2')], { ...answering, password: OTP }, NOW, [challenge()]);
      expect(decision.effects).toMatchObject([
        { kind: 'accept', spends: { endsRollOut: true } },
        { kind: 'remember', info: { rollout: null, nonce: null } },
        { kind: 'answer' },
      ]);
    });

    it.each([
      [1, []],
      [2, [{ info: { rollout: '1', nonce: null }, recalled: { rollout: '2' } }]],
    ])('after %d wrong answers, one more: %j', (receivedCount, remembered) => {
      const decision = decide([rolling('2')], { ...answering, password: '00000000' }, NOW, [
        challenge({}, { receivedCount }),
      ]);
      expect(decision.effects.filter(({ kind }) => kind === 'remember')).toMatchObject(remembered);
    });

    it('takes no answer before the code was given', () => {
      const decision = decide([rolling('1')], { ...answering, password: OTP }, NOW, [challenge()]);
      expect(outcomeOf(decision)).toBe('wrong-pin');
    });
  });
});
