import { type SessionScene, sessionEnd } from './session-end.js';
import type { UserSession } from './user-session.js';

const NOTHING = {
  username: 'anna',
  description: '',
  email: '',
  givenName: '',
  surname: '',
  phone: '',
  mobile: '',
};
const anna = (...ids: readonly string[]) => ({
  login: 'anna',
  realm: 'staff',
  references: ids.map((id) => ({ resolver: id.split(':')[0] ?? '', userId: id.split(':')[1] ?? '' })),
  record: { userId: '1', ...NOTHING },
});
const session: UserSession = {
  state: 'authenticated',
  proof: 'password',
  user: { resolver: 'first', userId: '1', login: 'anna', realm: 'staff' },
  client: '192.0.2.1',
  transaction: null,
};
const scene: SessionScene = {
  client: '192.0.2.1',
  user: anna('first:1'),
  needsSecondFactor: false,
  passesWithoutToken: false,
};
const needs = { needsSecondFactor: true } as const;

describe('a session of the self-service', () => {
  it.each<[string, Partial<UserSession>, Partial<SessionScene>, string | null]>([
    ['that is in order', {}, {}, null],
    ['from another address', {}, { client: '192.0.2.2' }, 'other client'],
    ['of a user who is gone', {}, { user: null }, 'user gone'],
    ['of a user of another id', {}, { user: anna('first:2') }, 'user gone'],
    ['of a user of another resolver', {}, { user: anna('second:1') }, 'user gone'],
    ['of a user of several resolvers', {}, { user: anna('second:1', 'first:1') }, null],
    ['by password, where that is not enough', {}, needs, 'second factor needed'],
    [
      'the same, of a user who might have no token',
      {},
      { ...needs, passesWithoutToken: true },
      'second factor needed',
    ],
    [
      'without a token, where that is not enough',
      { proof: 'password-without-token' },
      needs,
      'second factor needed',
    ],
    [
      'without a token, where it is',
      { proof: 'password-without-token' },
      { ...needs, passesWithoutToken: true },
      null,
    ],
    ['with a second factor', { proof: 'second-factor' }, needs, null],
    ['that is not complete', { state: 'credentials_verified' }, needs, null],
    ['that is asked', { state: 'challenge_triggered' }, needs, null],
  ])('%s', (_name, changedSession, changedScene, end) => {
    expect(sessionEnd({ ...session, ...changedSession }, { ...scene, ...changedScene })).toBe(end);
  });
});
