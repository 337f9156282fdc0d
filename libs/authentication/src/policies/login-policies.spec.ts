import { ANNAS_SCENE, type Given, policiesOf } from '../../../../test/support/domain/policy-decisions.js';
import type { LoginScene } from './login-policies.js';

/** A token of nobody in the realm. */
const given = (action: string, scene: Partial<LoginScene> = {}) =>
  policiesOf([{ scope: 'authorization', action, realm: 'staff, ext' }], { subject: null, ...scene });

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

  describe('that cannot be read', () => {
    const broken = (action: string, more: Partial<Exclude<Given, string>> = {}): Given => ({
      scope: 'authorization',
      action,
      user: 'h[',
      name: 'broken',
      ...more,
    });
    const readable: Given = {
      scope: 'authorization',
      action: 'tokentype=hmac, serial=^OATH',
      name: 'readable',
    };

    it.each<{ title: string; policies: readonly Given[] }>([
      { title: 'alone', policies: [broken('tokentype=hmac, serial=^OATH')] },
      { title: 'beside one that allows it', policies: [readable, broken('tokentype=hmac, serial=^OATH')] },
      {
        title: 'for the time it holds',
        policies: [readable, broken('tokentype=hmac, serial=.', { user: '*', time: '* * *' })],
      },
      {
        title: 'in its action list',
        policies: [readable, broken(`tokentype=hmac, serial=.", otppin=1`, { user: '*' })],
      },
    ])('$title lets no token through, and is named', ({ policies }) => {
      expect(policiesOf(policies).allowsType('HMAC')).toEqual({ value: false, by: ['broken'] });
      expect(policiesOf(policies).allowsSerial('OATH1')).toEqual({ value: false, by: ['broken'] });
    });

    it.each<{ title: string; policy: Given }>([
      { title: 'is inactive', policy: broken('tokentype=totp', { active: 'False' }) },
      { title: 'is about something else', policy: broken('setrealm=ext') },
      { title: 'is of another realm', policy: broken('tokentype=totp', { realm: 'ext' }) },
      { title: 'is of another scope', policy: broken('tokentype=totp', { scope: 'enrollment' }) },
    ])('but $title restricts nothing', ({ policy }) => {
      expect(policiesOf([policy]).allowsType('HMAC')).toEqual({ value: true, by: [] });
    });
  });
});

describe('authorize', () => {
  it.each([
    { user: '*', isMeant: true },
    { user: 'anna', isMeant: true },
    // Realms, resolvers and attributes name nobody (spec/policies §4.3) …
    { user: 'anna@staff', isMeant: false },
    { user: 'first:', isMeant: false },
    { user: '#email==anna@example.test', isMeant: false },
    { user: '#email!=other', isMeant: false },
    // … but exclude whom they mean.
    { user: '*, -anna', isMeant: false },
    { user: '*, -*@staff', isMeant: false },
    { user: 'anna, !anna@staff', isMeant: false },
    { user: '*, -first:', isMeant: false },
    { user: '*, -an*.first:', isMeant: false },
    { user: '*, -#email~=example', isMeant: false },
    { user: '*, -*@staff#email', isMeant: false },
    { user: '*, -*@ext, -second:, -#email==other, -#department', isMeant: true },
  ])('of $user: $isMeant', ({ user, isMeant }) => {
    const policies = policiesOf([{ scope: 'authorization', action: 'authorize', user }]);
    expect(policies.mayAuthenticate()).toEqual({ value: isMeant, by: isMeant ? ['p0'] : [] });
  });

  it('of those that exclude nobody here counts', () => {
    const authorize = { scope: 'authorization', action: 'authorize' };
    const policies = policiesOf([
      { ...authorize, user: 'anna, -*@staff' },
      { ...authorize, user: '*' },
    ]);
    expect(policies.mayAuthenticate()).toEqual({ value: true, by: ['p1'] });
  });

  it('excludes by an attribute whoever may have it', () => {
    const { subject } = ANNAS_SCENE;
    const unknown = { subject: subject && { ...subject, attributes: null } };
    const may = (user: string) =>
      policiesOf([{ scope: 'authorization', action: 'authorize', user }], unknown).mayAuthenticate().value;
    expect(may('*, -#department==sales')).toBe(false);
    expect(may('*')).toBe(true);
  });
});
