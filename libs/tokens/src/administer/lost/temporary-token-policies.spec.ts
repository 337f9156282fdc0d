import { type StoredPolicy, compilePolicies } from '@app/policies';
import { type ConfigurationSnapshot, type RealmUser, settingsOf } from '@app/realms';

import { PredictableRandom } from '../../../../../test/support/domain/given-token.js';
import { UnreadableLifetime } from '../../token.errors.js';
import { TemporaryTokenPolicies } from './temporary-token-policies.js';

const NOW = new Date('2026-02-27T23:30:40Z');
const ANNA: RealmUser = {
  login: 'anna',
  realm: 'staff',
  references: [{ resolver: 'first', userId: '1' }],
  record: {
    userId: '1',
    username: 'anna',
    description: '',
    email: '',
    givenName: '',
    surname: '',
    phone: '',
    mobile: '',
  },
};

const policiesOf = (action: string, more: Partial<StoredPolicy> = {}) => {
  const policy = {
    name: 'p',
    scope: 'enrollment',
    action,
    realm: 'staff',
    user: '*',
    client: '*',
    time: null,
  };
  const policies = compilePolicies(action === '' ? [] : [{ ...policy, active: 'True', ...more }]);
  const settings = settingsOf(new Map());
  const configuration = { policies, settings } as Partial<ConfigurationSnapshot> as ConfigurationSnapshot;
  return new TemporaryTokenPolicies(configuration, ANNA, '192.0.2.1', NOW);
};

describe('the end of a temporary token', () => {
  it.each([
    ['', '2026-03-09T23:59'],
    ['lostTokenValid=0', '2026-02-27T23:59'],
    ['lostTokenValid=1', '2026-02-28T23:59'],
    ['lostTokenValid=2', '2026-03-01T23:59'],
    ['lostTokenValid=-5', '2026-02-27T23:59'],
    ['lostTokenValid=10h', '2026-02-28T09:30'],
    ['lostTokenValid=1d 2h', '2026-03-01T01:30'],
    ['lostTokenValid=P3DT2H', '2026-03-03T01:30'],
    ['lostTokenValid=soon', '2026-02-27T23:59'],
    ['lostTokenValid=999999999', '2036-02-25T23:59'],
  ])('with "%s" is %s', (action, end) => {
    expect(policiesOf(action).validUntil().toISOString()).toBe(`${end}:00.000Z`);
  });

  it('follows policies of the realm and the user alone', () => {
    for (const more of [{ realm: 'other' }, { user: 'bernd' }, { active: 'False' }]) {
      expect(policiesOf('lostTokenValid=1', more).validUntil().toISOString()).toMatch(/^2026-03-09/);
    }
  });

  it('is not guessed where a policy about it cannot be read', () => {
    expect(() => policiesOf('lostTokenValid=1', { user: 'h[' }).validUntil()).toThrow(UnreadableLifetime);
  });
});

describe('a temporary password', () => {
  it.each([
    ['', /^[a-zA-Z0-9]{10}$/],
    ['lostTokenPWLen=4', /^[a-zA-Z0-9]{4}$/],
    ['lostTokenPWLen=0', /^[a-zA-Z0-9]{10}$/],
    ['lostTokenPWLen=-1', /^[a-zA-Z0-9]{10}$/],
    ['lostTokenPWLen=500', /^[a-zA-Z0-9]{99}$/],
    ['lostTokenPWContents=n', /^[0-9]{10}$/],
    ['lostTokenPWContents=cC', /^[a-zA-Z]{10}$/],
    ['lostTokenPWContents=s, lostTokenPWLen=20', /^[!#$%&()*+,\-./:;<=>?@[\]^_]{20}$/],
  ])('with "%s" is like %s', (action, form) => {
    expect(policiesOf(action).password(new PredictableRandom())).toMatch(form);
  });
});
