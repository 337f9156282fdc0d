import { moveAfter, nextLoginStep } from './next-login-step.js';

describe('the steps of a login to the self-service (spec/validate-api §4.4)', () => {
  it.each([
    ['credentials_verified', null, null, 'ask'],
    ['credentials_verified', '', 'T1', 'ask'],
    ['credentials_verified', null, 'T1', 'ask'],
    ['credentials_verified', '123456', null, 'check'],
    ['credentials_verified', '123456', 'T1', 'check'],
    ['challenge_triggered', '123456', null, 'answer'],
    ['challenge_triggered', '123456', 'T1', 'answer'],
    ['challenge_triggered', null, null, 'poll'],
    ['challenge_triggered', '', null, 'poll'],
    ['challenge_triggered', null, '', 'poll'],
    ['challenge_triggered', null, 'T2', 'ask'],
    ['authenticated', '123456', 'T1', 'none'],
    ['authenticated', null, null, 'none'],
  ] as const)('%s, otp %j, serial %j: %s', (state, otp, serial, step) => {
    expect(nextLoginStep(state, { otp, serial })).toBe(step);
  });
});

describe('what becomes of the session', () => {
  it.each([
    ['check', 'accepted', 'complete'],
    ['check', 'other', 'end'],
    ['check', 'challenged', 'end'],
    ['ask', 'challenged', 'ask'],
    ['ask', 'other', 'renew'],
    ['ask', 'accepted', 'renew'],
    ['answer', 'accepted', 'complete'],
    ['answer', 'other', 'renew'],
    ['answer', 'challenged', 'renew'],
  ] as const)('%s, %s: %s', (step, verdict, move) => {
    expect(moveAfter(step, verdict)).toBe(move);
  });
});
