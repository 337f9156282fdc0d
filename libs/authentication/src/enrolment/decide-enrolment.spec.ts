import {
  ANNA,
  ANNAS_OWNER,
  ATTEMPT,
  NOW,
  PIN,
  answersBy,
  effectsOf,
  outcomeOf,
} from '../../../../test/support/domain/login-decisions.js';
import { givenSmsToken } from '../../../../test/support/domain/given-token.js';
import { policiesOf } from '../../../../test/support/domain/policy-decisions.js';
import { decideLogin } from '../decide/decide-login.js';
import type { LoginAttempt, LoginQuestion } from '../login.js';

const enrolment = (value: string, ...more: readonly string[]) => ({
  policies: policiesOf([`enrollment: autoenrollment=${value}`, ...more]),
});
const BOTH = { sms: '+49 170 1', email: 'anna@example.test' };
const RIGHT = { password: 'directory', recipients: BOTH };
const WRONG = `User 'anna'@'staff' failed to authenticate against userstore`;

/** Decides for a user without a token, by a directory that knows `directory`. */
function given(changes: Partial<LoginAttempt>, mayTry = true) {
  const known = new Map<string, boolean>();
  const kinds: LoginQuestion['kind'][] = [];
  for (;;) {
    const answers = answersBy(({ kind }) => known.get(kind));
    const decision = decideLogin([], { ...ATTEMPT, ...RIGHT, ...changes }, NOW, answers);
    if (!('question' in decision)) return { decision, kinds };
    const { question } = decision;
    kinds.push(question.kind);
    const isRight = question.kind === 'user-password' && question.candidate === 'directory';
    known.set(question.kind, question.kind === 'password-attempt' ? mayTry : isRight);
  }
}

describe('a user without a token', () => {
  it.each([
    ['sms', BOTH, 'sms', '+49 170 1'],
    ['email', BOTH, 'email', 'anna@example.test'],
    ['*', BOTH, 'sms', '+49 170 1'],
    ['sms email', BOTH, 'sms', '+49 170 1'],
    ['email sms', BOTH, 'email', 'anna@example.test'],
    ['EMAIL  SMS', { ...BOTH, email: '' }, 'sms', '+49 170 1'],
    ['sms email', { ...BOTH, sms: '' }, 'email', 'anna@example.test'],
    ['*', { ...BOTH, sms: '' }, 'email', 'anna@example.test'],
  ])('gets one by "%s" and what the directory knows: %j', (value, recipients, type, recipient) => {
    const { decision, kinds } = given({ ...enrolment(value), recipients });
    expect(kinds).toEqual(['password-attempt', 'user-password']);
    expect(decision).toMatchObject({
      verdict: { kind: 'rejected' },
      effects: [],
      enrols: { type, recipient, pin: 'directory' },
    });
  });

  it.each<[string, Partial<LoginAttempt>]>([
    ['without a policy', {}],
    ['by a policy with another word', enrolment('sms totp')],
    ['by one that says nothing', enrolment('""')],
    [
      'by one for others',
      { policies: policiesOf([{ scope: 'enrollment', action: 'autoenrollment=sms', user: 'bernd' }]) },
    ],
    ['without a password', { ...enrolment('sms'), password: null }],
    ['with an empty one', { ...enrolment('sms'), password: '' }],
    ['who answers a challenge', { ...enrolment('sms'), transaction: 'unknown' }],
    ['who names a token', { ...enrolment('sms'), subject: { ...ANNA, serial: 'X' } }],
    ['who wants another type', { ...enrolment('sms'), typeLabel: 'email' }],
    ['who has a token elsewhere', { ...enrolment('sms'), hasOtherTokens: true }],
    [
      'whose PINs cannot be told',
      {
        policies: policiesOf([
          'enrollment: autoenrollment=sms',
          { scope: 'authentication', action: 'otppin=1', user: 'h[' },
        ]),
      },
    ],
  ])('gets none, and is asked nothing, %s', (_title, changes) => {
    const { decision, kinds } = given(changes);
    expect([outcomeOf(decision), decision.enrols, kinds]).toEqual(['no-token', undefined, []]);
    expect(decision.verdict).not.toHaveProperty('error');
  });

  it.each<[string, Partial<LoginAttempt>, { password?: string; sms?: string; email?: string }, string]>([
    ['a wrong password', enrolment('*'), { password: 'other' }, WRONG],
    [
      'no number',
      enrolment('sms'),
      { sms: '' },
      'auto_enrollment for user anna failed: missing mobile number!',
    ],
    ['no address', enrolment('email'), { email: '' }, 'auto_enrollment for user anna failed: missing email!'],
    [
      'neither',
      enrolment('*'),
      { sms: '', email: '' },
      'auto_enrollment for user anna failed: missing sms or email!',
    ],
    ['no number and a wrong password', enrolment('sms'), { sms: '', password: 'other' }, WRONG],
  ])('is told of %s', (_title, policies, { password = 'directory', ...missing }, error) => {
    const { decision } = given({ ...policies, password, recipients: { ...BOTH, ...missing } });
    expect(decision).toMatchObject({
      verdict: { kind: 'rejected', reason: 'no-token', error },
      effects: [],
      facts: { succeeded: false, detail: error },
    });
    expect(decision.enrols).toBeUndefined();
  });

  it('is told the same after too many guesses, and the directory is not asked', () => {
    const { decision, kinds } = given(enrolment('sms'), false);
    expect(kinds).toEqual(['password-attempt']);
    expect(decision).toMatchObject({
      verdict: { error: WRONG },
      facts: { info: expect.stringContaining('not asked') },
    });
  });

  it.each([
    ['passthru', 'directory', 'accepted without a token'],
    ['passthru', 'other', 'wrong-password'],
    ['passOnNoToken', 'other', 'accepted without a token'],
  ])('without a number is decided by %s, as ever', (action, password, outcome) => {
    const policies = enrolment('sms', `authentication: ${action}`);
    const { decision } = given({ ...policies, password, recipients: { sms: '', email: '' } });
    expect(outcomeOf(decision)).toBe(outcome);
    expect(decision.verdict).not.toHaveProperty('error');
  });

  it('gets one before passthru and passOnNoToken let anybody in', () => {
    const policies = enrolment('sms', 'authentication: passthru, passOnNoToken');
    expect(given({ ...policies, acceptsUsersWithoutToken: true }).decision).toHaveProperty('enrols');
  });
});

describe('the token that was enrolled for a login', () => {
  const token = givenSmsToken({ owner: ANNAS_OWNER, realms: ['staff'], pin: PIN, info: { phone: '49' } });
  const none = answersBy(() => undefined);

  it.each(['otppin=0', 'otppin=1', 'otppin=2', 'otppin=3'])('asks at once, by %s', (mode) => {
    const policies = policiesOf([`authentication: ${mode}`]);
    const attempt = { ...ATTEMPT, policies, password: 'directory', enrolled: token };
    const decision = decideLogin([token], attempt, NOW, none);
    if ('question' in decision) throw new Error('a question was asked');
    expect(outcomeOf(decision)).toBe(`challenged ${ATTEMPT.challenging.id}`);
    expect(effectsOf(decision)[0]).toBe('challenge SMS1');
  });

  it('is the only one that does', () => {
    const attempt = { ...ATTEMPT, password: 'directory', enrolled: { ...token, id: token.id + 1 } };
    const decision = decideLogin([token], attempt, NOW, none);
    expect('question' in decision || outcomeOf(decision)).toBe('wrong-pin');
  });
});
