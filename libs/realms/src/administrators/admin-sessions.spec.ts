import { type AdminSession, type AdminSessionState, issueTime, sessionFault } from './admin-sessions.js';

const at = (seconds: number) => new Date(1_795_359_000_000 + seconds * 1000);

const session: AdminSession = { issuedAt: at(0), notBefore: at(0), expiresAt: at(1800), isLocal: true };
const state: AdminSessionState = {
  now: at(100),
  configurationVersion: 1,
  isRevoked: false,
  isSuperseded: false,
  account: { isEnabled: true, notBefore: at(-1000) },
};

describe('a session', () => {
  it.each<[string, Partial<AdminSession>, Partial<AdminSessionState>, string | null]>([
    ['that is in order', {}, {}, null],
    ['in its last moment', {}, { now: at(1799.9) }, null],
    ['at its end', {}, { now: at(1800) }, 'expired'],
    ['without an end', { expiresAt: null }, { now: at(1e9) }, null],
    ['before its time', { notBefore: at(101) }, {}, 'not yet valid'],
    ['that was logged out', {}, { isRevoked: true }, 'revoked'],
    ['in the grace after its renewal', {}, { isSuperseded: true }, null],
    ['of a removed administrator', {}, { account: null }, 'account removed'],
    [
      'of a disabled administrator',
      {},
      { account: { isEnabled: false, notBefore: at(-9) } },
      'account disabled',
    ],
    ['from before a change', {}, { account: { isEnabled: true, notBefore: at(1) } }, 'account changed'],
    ['from directly after a change', {}, { account: { isEnabled: true, notBefore: at(0) } }, null],
    ['of a directory', { isLocal: false }, { account: null }, null],
    [
      'of a directory, with a disabled namesake',
      { isLocal: false },
      { account: { isEnabled: false, notBefore: at(9) } },
      null,
    ],
    ['of a directory that was logged out', { isLocal: false }, { isRevoked: true }, 'revoked'],
  ])('%s', (_name, changedSession, changedState, fault) => {
    expect(sessionFault({ ...session, ...changedSession }, { ...state, ...changedState })).toBe(fault);
  });
});

describe('the issue time of a session', () => {
  it.each([
    ['the second that runs', 10.7, null, 10],
    ['the same for an account that changed long ago', 10.7, 3, 10],
    ['the second after a change that has just been', 10.7, 11, 11],
    ['a whole second, whatever the account holds', 10.7, 10.4, 11],
  ])('is %s', (_name, now, notBefore, expected) => {
    expect(issueTime(at(now), notBefore === null ? null : at(notBefore))).toEqual(at(expected));
  });
});
