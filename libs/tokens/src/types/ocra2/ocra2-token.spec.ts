import { Secret } from '@app/kernel';

import { ENROLMENT_DEFAULTS, givenOcraToken } from '../../../../../test/support/domain/given-token.js';
import { ocraAt } from '../../../../../test/support/clients/ocra-device.js';
import type { Token, TokenTime } from '../../token.js';
import type { Question } from '../otp-questions.js';
import type { EnrolmentRequest } from '../token-type.js';
import { ocra2Token } from './ocra2-token.js';
import { rollOutMissed } from './roll-out.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const SECONDS = NOW.getTime() / 1000;
const STEP = Math.floor(SECONDS / 60);
const TIMED = 'OCRA-1:HOTP-SHA256-8:QN08-T1M';
const TIME: TokenTime = { stepSeconds: 60, windowSeconds: 180, shiftSeconds: 0 };
const ASKED: Question = { text: '12345678', session: '', isChallenge: true };
const NAMED: Question = { ...ASKED, isChallenge: false };
const NOTHING: EnrolmentRequest = { seed: null, password: null, digits: null, hash: null, time: {} };

const verified = (token: Token, otp: string, question = ASKED) => {
  const found = ocra2Token.challenge?.asks?.verify(token, otp, question, NOW);
  return found?.kind === 'matched' ? found.spends : null;
};
const atStep = (step: number) => ocraAt('12345678', { suite: TIMED, date: new Date(step * 60_000) });
const timed = (changes: object = {}) => givenOcraToken({ suite: TIMED, time: TIME, ...changes });

describe('an answer by a counter', () => {
  it.each([
    [5, 4, null],
    [5, 5, 6],
    [5, 14, 15],
    [5, 15, null],
  ])('at counter %d, of %d: next is %s', (counter, of, next) => {
    const spends = next === null ? null : { nextCounter: next, once: true };
    const otp = ocraAt('12345678', { counter: of });
    expect(verified(givenOcraToken({ counter }), otp)).toEqual(spends);
    expect(verified(givenOcraToken({ counter }), otp, NAMED)).toEqual(spends);
  });

  it.each([
    ['of another question', ocraAt('12345679')],
    ['with a digit less', ocraAt('12345678').slice(1)],
    ['that is empty', ''],
    [
      'in other digits',
      [...ocraAt('12345678')].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''),
    ],
  ])('is none %s', (_what, otp) => {
    expect(verified(givenOcraToken(), otp)).toBeNull();
  });

  it.each(['', '123456789', '1234567a', ' 12345678'])('is none to the question %j', (text) => {
    expect(verified(givenOcraToken(), ocraAt(text.replace(/\D/g, '') || '0'), { ...NAMED, text })).toBeNull();
  });
});

describe('an answer by the clock', () => {
  it.each([-4, -3, 0, 3, 4])('%d steps from now', (away) => {
    const step = STEP + away;
    const isIn = Math.abs(away) <= 3;
    expect(verified(timed(), atStep(step))).toEqual(
      isIn ? { nextCounter: step * 60 + 1, once: false } : null,
    );
    expect(verified(timed(), atStep(step), NAMED)).toEqual(
      isIn ? { nextCounter: step * 60 + 1, once: true } : null,
    );
  });

  it('is none from before the last step; one without a challenge is none of that step, either', () => {
    const used = timed({ counter: STEP * 60 + 1 });
    expect(verified(used, atStep(STEP - 1))).toBeNull();
    expect(verified(used, atStep(STEP))).not.toBeNull();
    expect(verified(used, atStep(STEP), NAMED)).toBeNull();
    expect(verified(used, atStep(STEP + 1), NAMED)).not.toBeNull();
  });

  it('goes by how far the device is known to be off', () => {
    const ahead = timed({ time: { ...TIME, windowSeconds: 0, shiftSeconds: 600 } });
    expect(verified(ahead, atStep(STEP + 10))).not.toBeNull();
    expect(verified(ahead, atStep(STEP))).toBeNull();
  });

  it('looks at a hundred steps to each side at most', () => {
    const wide = timed({ time: { ...TIME, windowSeconds: 1_000_000 } });
    expect(verified(wide, atStep(STEP + 100))).not.toBeNull();
    expect(verified(wide, atStep(STEP + 101))).toBeNull();
  });
});

describe('an answer by neither', () => {
  const suite = 'OCRA-1:HOTP-SHA256-8:QN08';
  it('counts, and is one to a challenge alone', () => {
    const otp = ocraAt('12345678', { suite });
    expect(verified(givenOcraToken({ suite, counter: 3 }), otp)).toEqual({ nextCounter: 4, once: false });
    expect(verified(givenOcraToken({ suite, counter: 3 }), otp, NAMED)).toBeNull();
  });
});

describe('what else goes into an answer', () => {
  it('is the PIN of the device, which has to be there', () => {
    const suite = 'OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1';
    const [right, empty] = ['1234', ''].map((pin) => ocraAt('12345678', { suite, pin }));
    const token = givenOcraToken({ suite, userPin: Secret.fromText('1234') });
    expect(verified(token, right ?? '')).not.toBeNull();
    expect(verified(token, empty ?? '')).toBeNull();
    expect(verified(givenOcraToken({ suite }), empty ?? '')).toBeNull();
  });

  it('is the session of the challenge', () => {
    const suite = 'OCRA-1:HOTP-SHA256-8:C-QN08-S064';
    const otp = ocraAt('12345678', { suite, session: 'here' });
    expect(verified(givenOcraToken({ suite }), otp, { ...ASKED, session: 'here' })).not.toBeNull();
    expect(verified(givenOcraToken({ suite }), otp, { ...ASKED, session: 'there' })).toBeNull();
    expect(verified(givenOcraToken({ suite }), otp, { ...ASKED, session: 'x'.repeat(65) })).toBeNull();
  });
});

describe('the roll-out', () => {
  it.each([
    [{ rollout: '1' }, 'not completed', true],
    [{ rollout: '2', nonce: 'ab' }, 'not completed', true],
    [{}, 'completed', false],
    [{ rollout: '7' }, 'undefined', false],
  ])('of %j is %s', (info, status, isPending) => {
    const token = givenOcraToken({ info });
    const rollout = 'rollout' in info && isPending ? { rollout: `'${info.rollout}'` } : {};
    expect(ocra2Token.enrolmentState?.(token)).toEqual({ status, ...rollout });
    expect(ocra2Token.isPending?.(token)).toBe(isPending);
    expect(ocra2Token.endOfRollOut?.(token)).toEqual(isPending ? { rollout: null, nonce: null } : null);
  });

  it('accepts nothing before the code was given', () => {
    const otp = ocraAt('12345678');
    expect(verified(givenOcraToken({ info: { rollout: '1' } }), otp)).toBeNull();
    expect(verified(givenOcraToken({ info: { rollout: '2' } }), otp)).not.toBeNull();
  });

  it.each([
    ['2', 2, null],
    ['2', 3, { rollout: '1', nonce: null }],
    ['2', 4, { rollout: '1', nonce: null }],
    ['1', 9, null],
  ])('in state %s, after %d answers', (rollout, received, change) => {
    expect(rollOutMissed(givenOcraToken({ info: { rollout } }), received, 3)).toEqual(change);
  });
});

describe('plan', () => {
  const plan = (request: Partial<EnrolmentRequest>) =>
    ocra2Token.plan({ ...NOTHING, ...request }, ENROLMENT_DEFAULTS);

  it('goes by settings', () => {
    expect(plan({})).toMatchObject({
      secret: { kind: 'generate', length: 32 },
      digits: 8,
      hash: null,
      time: null,
      info: { ocrasuite: 'OCRA-1:HOTP-SHA256-8:C-QN08', rollout: null, nonce: null },
      startsRollOut: false,
    });
    expect(plan({ startsRollOut: true })).toMatchObject({
      secret: { kind: 'generate', length: 20 },
      digits: 6,
      info: { ocrasuite: 'OCRA-1:HOTP-SHA256-6:C-QA64', rollout: '1' },
      startsRollOut: true,
    });
    expect(plan({ ocraSuite: TIMED }).time).toEqual(TIME);
  });

  it('refuses what is no suite', () => {
    expect(() => plan({ ocraSuite: 'OCRA-1:HOTP-SHA256-8:C' })).toThrow('needs a question');
  });

  it('keeps the suite that there is', () => {
    expect(ocra2Token.stays?.(givenOcraToken({ suite: TIMED }))).toEqual({ ocraSuite: TIMED });
  });
});

describe('two answers in a row', () => {
  const answers = (one: number, two: number) =>
    [ocraAt('11111111', { counter: one }), ocraAt('22222222', { counter: two })] as const;
  const resync = (token: Token, one: string, two: string) =>
    ocra2Token.resync(token, one, two, NOW, ['11111111', '22222222']);

  it.each([
    [100, 101, 102],
    [999, 1000, 1001],
    [1000, 1001, null],
    [100, 102, null],
    [101, 100, null],
  ])('of counters %d and %d: next is %s', (one, two, next) => {
    expect(resync(givenOcraToken(), ...answers(one, two))).toEqual(
      next === null ? null : { nextCounter: next, once: true },
    );
  });

  it('say how far a clock is off', () => {
    const at = (question: string, step: number) =>
      ocraAt(question, { suite: TIMED, date: new Date(step * 60_000) });
    expect(resync(timed(), at('11111111', STEP + 50), at('22222222', STEP + 51))).toEqual({
      nextCounter: (STEP + 51) * 60 + 1,
      once: true,
      shiftSeconds: 51 * 60,
    });
    expect(resync(timed(), at('11111111', STEP + 101), at('22222222', STEP + 102))).toBeNull();
  });

  it('are none without their questions, nor in a roll-out', () => {
    expect(ocra2Token.resync(givenOcraToken(), ...answers(1, 2), NOW)).toBeNull();
    expect(resync(givenOcraToken({ info: { rollout: '2' } }), ...answers(1, 2))).toBeNull();
  });

  it.each([
    ['a counter', {}, true, null],
    ['a clock', { suite: TIMED }, true, null],
    ['no questions', {}, false, 'challenge1 and challenge2'],
    ['neither', { suite: 'OCRA-1:HOTP-SHA256-8:QN08' }, true, 'counter or a clock'],
    ['both', { suite: 'OCRA-1:HOTP-SHA256-8:C-QN08-T1M' }, true, 'counter or a clock'],
    ['a roll-out', { info: { rollout: '1' } }, true, 'not rolled out'],
  ])('of a token with %s', (_title, form, isAsked, hindrance) => {
    const said = ocra2Token.hindersResync?.(givenOcraToken(form), isAsked ? ['1', '2'] : undefined);
    expect(said ?? '').toContain(hindrance ?? '');
    expect(said === null).toBe(hindrance === null);
  });

  it('at logins are remembered for a while', () => {
    const follow = (info: object, counter: number) =>
      ocra2Token.autoResync?.follow(
        givenOcraToken({ info: { ...info } }),
        ocraAt('12345678', { counter }),
        NOW,
        240,
        ASKED,
      );
    const due = SECONDS + 240;
    expect(follow({}, 40)).toEqual({ isFound: true, spends: null, remembers: { otp1c: 40, dueDate: due } });
    expect(follow({ otp1c: 40, dueDate: due }, 41)).toEqual({
      isFound: true,
      spends: { nextCounter: 42, once: true },
      remembers: { otp1c: null, dueDate: null },
    });
    expect(follow({ otp1c: 40, dueDate: SECONDS }, 41)).toMatchObject({ spends: null });
    expect(follow({ otp1c: 40, dueDate: due }, 42)).toMatchObject({ spends: null, remembers: { otp1c: 42 } });
    expect(follow({}, 9)).toMatchObject({ isFound: false });
    expect(follow({}, 1000)).toMatchObject({ isFound: false });
  });
});
