import { type StoredPolicy, compilePolicies } from '@app/policies';

import { LoginPolicies, type LoginScene } from './login-policies.js';

const SCENE: LoginScene = {
  subject: null,
  realm: 'staff',
  isRealmUnclear: false,
  client: '192.0.2.1',
  time: new Date('2026-11-22T12:00:00Z'),
  ledBy: [],
};

function given(action: string, scene: Partial<LoginScene> = {}) {
  const policy: StoredPolicy = {
    name: 'p1',
    scope: 'authorization',
    action,
    realm: 'staff, ext',
    user: '*',
    client: null,
    time: null,
    active: null,
  };
  return new LoginPolicies(compilePolicies([policy]), { ...SCENE, ...scene });
}

describe('a restriction of tokens', () => {
  it('holds in its realm', () => {
    expect(given('tokentype=totp').allowsType('HMAC').value).toBe(false);
    expect(given('tokentype=totp').allowsType('TOTP').value).toBe(true);
    expect(given('serial=^OATH').allowsSerial('TOTP1').value).toBe(false);
    expect(given('serial=^OATH').allowsSerial('OATH1').value).toBe(true);
  });

  it('refuses a token of which it cannot be told whose restriction it is under', () => {
    const unclear = { realm: '', isRealmUnclear: true };
    expect(given('tokentype=hmac', unclear).allowsType('HMAC').value).toBe(false);
    expect(given('serial=^OATH', unclear).allowsSerial('OATH1').value).toBe(false);
    expect(given('detail_on_fail', unclear).allowsType('HMAC').value).toBe(true);
  });
});
