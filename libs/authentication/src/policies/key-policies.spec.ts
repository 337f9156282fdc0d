import { compilePolicies } from '@app/policies';

import { ANNAS_SCENE } from '../../../../test/support/domain/policy-decisions.js';
import { KeyPolicies } from './key-policies.js';
import type { LoginScene } from './login-policies.js';

interface Given {
  readonly scope?: string;
  readonly action: string;
  readonly user?: string;
  readonly realm?: string;
}

const policiesOf = (given: readonly Given[]) =>
  compilePolicies(
    given.map(({ scope = 'authorization', action, user = '*', realm = '*' }, place) => ({
      name: `p${place}`,
      scope,
      action,
      user,
      realm,
      client: '*',
      time: null,
      active: 'True',
    })),
  );
const of = (given: readonly Given[], scene: Partial<LoginScene> = {}) =>
  new KeyPolicies(policiesOf(given), { ...ANNAS_SCENE, ...scene });
const ONE = 'fido2_allowed_authenticators';
const verification = (value: string, more: Partial<Given> = {}) => ({
  scope: 'authentication',
  action: `fido2_user_verification_requirement=${value}`,
  ...more,
});

describe('the models that may log in', () => {
  it('are all, unless a policy names some: of all that match', () => {
    expect(of([]).allows('aaaa')).toBe(true);
    expect(of([]).allows(null)).toBe(true);
    const some = of([{ action: `${ONE}="AAAA bbbb"` }, { action: `${ONE}=cccc` }]);
    expect(['aaaa', 'BBBB', 'cccc', 'dddd', null].map((model) => some.allows(model))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(of([{ action: `${ONE}=aaaa`, user: 'bernd' }]).allows('dddd')).toBe(true);
  });

  it('are none where that cannot be told', () => {
    expect(of([{ action: `${ONE}=aaaa`, user: 'h[' }]).allows('aaaa')).toBe(false);
    expect(of([{ action: `${ONE}=aaaa` }], { isRealmUnclear: true }).allows('aaaa')).toBe(false);
    expect(of([verification('required')], { isRealmUnclear: true }).allows('aaaa')).toBe(true);
  });
});

describe('the verification of users', () => {
  it.each([
    ['required', 'required'],
    ['discouraged', 'discouraged'],
    ['REQUIRED', 'required'],
    ['never', 'preferred'],
  ])('is, of %s: %s', (said, asked) => {
    expect(of([verification(said)]).userVerification()).toBe(asked);
  });

  it('is asked for where that cannot be told', () => {
    expect(of([]).userVerification()).toBe('preferred');
    expect(of([verification('discouraged', { user: 'h[' })]).userVerification()).toBe('required');
    expect(of([verification('discouraged')], { isRealmUnclear: true }).userVerification()).toBe('required');
  });
});

it('the owner of a token is to be known where policies speak of keys', () => {
  expect(KeyPolicies.concern(policiesOf([]))).toBe(false);
  expect(KeyPolicies.concern(policiesOf([{ action: 'tokentype=hmac' }]))).toBe(false);
  expect(KeyPolicies.concern(policiesOf([{ action: `${ONE}=aaaa` }]))).toBe(true);
  expect(KeyPolicies.concern(policiesOf([verification('required')]))).toBe(true);
});
