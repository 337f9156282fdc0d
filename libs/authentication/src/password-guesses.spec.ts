import { Unavailable } from '@app/kernel';

import { ScriptedThrottle } from '../../../test/support/domain/administrators-in-memory.js';
import type { RemoteAnswer } from './elsewhere/remote-authentication.js';
import { PasswordGuesses } from './password-guesses.js';

const ANNA = {
  userId: '1',
  username: 'anna',
  description: '',
  email: '',
  givenName: '',
  surname: '',
  phone: '',
  mobile: '',
};
const FROM = { client: '192.0.2.1', network: '198.51.100.0/24' };
const AWAY = new Unavailable('nobody answers');

function given() {
  const throttle = new ScriptedThrottle({ kind: 'charged', now: new Date(0), configurationVersion: 1 });
  const holder = { login: 'anna', references: [], record: ANNA };
  const isRight = (password: string) =>
    password === 'away' ? Promise.reject(AWAY) : Promise.resolve(password === 'right');
  const guesses = new PasswordGuesses(throttle, holder, FROM, isRight);
  /** What became of the one charge. */
  const outcome = () => [throttle.charged.length, throttle.cleared.length, throttle.withdrawn.length];
  return { throttle, guesses, outcome };
}

const COUNTED = [1, 0, 0];
const CLEARED = [1, 1, 0];
const WITHDRAWN = [1, 0, 1];

describe('a guess that was charged', () => {
  it.each<[string, RemoteAnswer, number[]]>([
    ['accepted', { kind: 'accepted' }, CLEARED],
    ['refused', { kind: 'rejected' }, COUNTED],
    ['refused, with what went wrong', { kind: 'detail', detail: { error: 'wrong otp pin -1' } }, COUNTED],
    ['refused, with an id that is none', { kind: 'detail', detail: { transactionid: null } }, COUNTED],
    ['asked for more', { kind: 'detail', detail: { transactionid: '123' } }, WITHDRAWN],
    ['not looked at', { kind: 'failed', reason: 'HTTP status 500' }, WITHDRAWN],
  ])('and %s elsewhere', async (_what, answer, expected) => {
    const { guesses, outcome } = given();
    await guesses.mayTry(false);
    await expect(guesses.judged(Promise.resolve(answer))).resolves.toBe(answer);
    expect(outcome()).toEqual(expected);
  });

  it.each([
    ['right', CLEARED],
    ['wrong', COUNTED],
    ['away', WITHDRAWN],
  ])('and the directory finds %s', async (password, expected) => {
    const { guesses, outcome } = given();
    await guesses.mayTry(false);
    await guesses.matches(password).catch(() => undefined);
    expect(outcome()).toEqual(expected);
  });

  it('is taken back where nobody could look for its token', async () => {
    const { guesses, outcome } = given();
    await guesses.mayTry(false);
    await expect(guesses.unlessAway(() => Promise.reject(AWAY))).rejects.toBe(AWAY);
    expect(outcome()).toEqual(WITHDRAWN);
  });

  it('stays charged where its token was looked for, until more is known', async () => {
    const { guesses, outcome } = given();
    await guesses.mayTry(false);
    await expect(guesses.unlessAway(() => Promise.resolve('none'))).resolves.toBe('none');
    expect(outcome()).toEqual(COUNTED);
    await guesses.letIn(true);
    expect(outcome()).toEqual(CLEARED);
  });

  it('is taken back where the user is let in whatever they send', async () => {
    const { guesses, outcome } = given();
    await guesses.mayTry(true);
    await guesses.unlessAway(() => Promise.resolve('none'));
    await guesses.letIn(false);
    expect(outcome()).toEqual(WITHDRAWN);
  });

  it('is charged once, whatever one login tries', async () => {
    const { guesses, outcome } = given();
    for (const ofAnybody of [true, false]) await expect(guesses.mayTry(ofAnybody)).resolves.toBe(true);
    await guesses.matches('wrong');
    await expect(guesses.mayTry(false)).resolves.toBe(true);
    expect(outcome()).toEqual(COUNTED);
  });

  it.each([
    [true, { userNetwork: FROM.network }],
    [false, {}],
  ])(
    'counts for the network of the user where it may be right for anybody: %s',
    async (ofAnybody, counted) => {
      const { guesses, throttle } = given();
      await guesses.mayTry(ofAnybody);
      expect(throttle.charged).toEqual([{ account: 'anna', client: FROM.client, isUser: true, ...counted }]);
    },
  );

  it('does not undo a login that took place', async () => {
    const { guesses, throttle } = given();
    throttle.succeeded = () => Promise.reject(AWAY);
    await guesses.mayTry(false);
    await expect(guesses.letIn(true)).resolves.toBeUndefined();
  });
});
