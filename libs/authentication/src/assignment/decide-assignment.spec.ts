import { type UnassignedSearch, tokenType } from '@app/tokens';

import {
  ATTEMPT,
  NOW,
  annas,
  answersBy,
  outcomeOf,
  pinAndOtp,
} from '../../../../test/support/domain/login-decisions.js';
import { policiesOf } from '../../../../test/support/domain/policy-decisions.js';
import { decideLogin } from '../decide/decide-login.js';
import type { LoginAttempt, LoginDecision, LoginQuestion } from '../login.js';

const FREE = annas({ owner: null, pin: null });
const FOUND: UnassignedSearch = { kind: 'found', token: FREE, spends: { nextCounter: 5, once: true } };
const enrolment = (...actions: readonly string[]) => ({
  policies: policiesOf(actions.map((action) => ({ scope: 'enrollment', action }))),
});

/** Decides for a user without a token, and keeps what was asked. */
function given(changes: Partial<LoginAttempt>, search: UnassignedSearch = FOUND, mayTry = true) {
  const asked: LoginQuestion[] = [];
  const known = new Map<string, unknown>();
  const keyed = (question: LoginQuestion) =>
    'hasPin' in question ? `${question.kind} ${question.hasPin ? 'behind a PIN' : 'alone'}` : question.kind;
  for (;;) {
    const answers = answersBy((question) => known.get(keyed(question)));
    const decision = decideLogin([], { ...ATTEMPT, ...changes }, NOW, answers);
    if (!('question' in decision)) return { decision, asked, kinds: asked.map(keyed) };
    const { question } = decision;
    asked.push(question);
    const isRight = question.kind === 'user-password' && question.candidate === 'pin1';
    known.set(
      keyed(question),
      question.kind === 'password-attempt' ? mayTry : question.kind === 'unassigned-token' ? search : isRight,
    );
  }
}

const assignedPin = ({ assigns }: LoginDecision) => (assigns ? { pin: assigns.pin } : null);

describe('a user without a token', () => {
  const byOtp = enrolment('autoassignment_without_password');
  const byPassword = enrolment('autoassignment');

  it('asks nothing where no policy assigns tokens', () => {
    const { decision, asked } = given({});
    expect([outcomeOf(decision), asked]).toEqual(['no-token', []]);
  });

  it('gets the token whose OTP they show, without a PIN', () => {
    const { decision, kinds } = given(byOtp);
    expect(kinds).toEqual(['password-attempt', 'unassigned-token alone']);
    expect([outcomeOf(decision), assignedPin(decision)]).toEqual(['accepted OATH1', { pin: '' }]);
    expect(decision).toMatchObject({
      effects: [],
      facts: {
        succeeded: true,
        serial: 'OATH1',
        tokenType: tokenType('hotp').label,
        user: 'anna',
        realm: 'staff',
      },
    });
  });

  it('gets it with the password of the directory, asked for last, as its PIN', () => {
    const { decision, kinds } = given(byPassword);
    expect(kinds).toEqual(['password-attempt', 'unassigned-token behind a PIN', 'user-password']);
    expect(assignedPin(decision)).toEqual({ pin: 'pin1' });
  });

  it('gets it with the PIN that it has', () => {
    expect(assignedPin(given(enrolment('autoassignment, ignore_autoassignment_pin')).decision)).toEqual({
      pin: null,
    });
  });

  it('is searched for by the OTP alone first', () => {
    const both = enrolment('autoassignment, autoassignment_without_password');
    expect(given(both).kinds).toEqual(['password-attempt', 'unassigned-token alone']);
    expect(given(both, { kind: 'none' }).kinds).toEqual([
      'password-attempt',
      'unassigned-token alone',
      'unassigned-token behind a PIN',
    ]);
  });

  it.each([
    ['of their own realm', [], 'staff'],
    ['of the one that a policy names, in lower case', ['autoassignment_from_realm=Store'], 'store'],
  ])('is searched for among tokens %s', (_title, more, realm) => {
    const { asked } = given(enrolment('autoassignment_without_password', ...more));
    expect(asked.at(-1)).toMatchObject({ realm, password: pinAndOtp(0), typeLabel: null, serial: null });
  });

  it.each<[string, Partial<LoginAttempt>, UnassignedSearch?, boolean?]>([
    ['by a wrong password', { ...byPassword, password: 'other755224' }],
    ['by the OTP where a password is wanted', { ...byPassword, password: '755224' }],
    ['by nothing', { ...byOtp, password: '' }],
    ['without a password', { ...byOtp, password: null }],
    ['by an answer to a challenge', { ...byOtp, transaction: 'unknown' }],
    ['with a token elsewhere', { ...byOtp, hasOtherTokens: true }],
    ['after too many guesses', byOtp, FOUND, false],
    ['of several', byOtp, { kind: 'several' }],
    ['of too many', byOtp, { kind: 'too-many' }],
    ['that is disabled', byOtp, { ...FOUND, token: { ...FREE, active: false } }],
    ['that is locked', byOtp, { ...FOUND, token: { ...FREE, failures: FREE.maxFailures } }],
    ['that only other paths take', byOtp, { ...FOUND, token: { ...FREE, paths: ['userservice'] } }],
    [
      'of a realm that cannot be read',
      {
        policies: policiesOf([
          { scope: 'enrollment', action: 'autoassignment_without_password' },
          { scope: 'enrollment', action: 'autoassignment_from_realm=store', user: 'h[' },
        ]),
      },
    ],
  ])('gets none %s', (_title, changes, ...found) => {
    const { decision } = given(changes, ...found);
    expect([outcomeOf(decision), decision.assigns]).toEqual(['no-token', undefined]);
  });

  it('takes one of another realm', () => {
    const token = { ...FREE, realms: ['store'] };
    expect(outcomeOf(given(byOtp, { ...FOUND, token }).decision)).toBe('accepted OATH1');
  });

  it('gets none that policies of authorization do not allow', () => {
    const policies = policiesOf([
      { scope: 'enrollment', action: 'autoassignment_without_password' },
      { scope: 'authorization', action: 'tokentype=totp' },
    ]);
    const { decision } = given({ policies });
    expect([outcomeOf(decision), decision.effects, decision.assigns]).toEqual([
      'not-authorized',
      [],
      undefined,
    ]);
  });
});
