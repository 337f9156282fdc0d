import { parseLoginName } from './login-name.js';

describe('parseLoginName', () => {
  describe('with splitAtSign', () => {
    it.each([
      { user: 'hans', realm: '', login: 'hans', inRealm: '' },
      { user: 'hans@ext', realm: '', login: 'hans', inRealm: 'ext' },
      { user: 'EXT\\hans', realm: '', login: 'hans', inRealm: 'EXT' },
      { user: 'hans@example.net', realm: '', login: 'hans', inRealm: 'example.net' },
      { user: 'hans@a', realm: 'ext', login: 'hans@a', inRealm: 'ext' },
      { user: 'ext\\hans', realm: 'staff', login: 'ext\\hans', inRealm: 'staff' },
      { user: 'hans@a@ext', realm: '', login: 'hans@a', inRealm: 'ext' },
      { user: 'ext\\a\\hans', realm: '', login: 'a\\hans', inRealm: 'ext' },
      { user: 'staff\\hans@ext', realm: '', login: 'staff\\hans', inRealm: 'ext' },
      { user: '  hans@ext ', realm: '', login: 'hans', inRealm: 'ext' },
      { user: ' hans ', realm: 'ext', login: ' hans ', inRealm: 'ext' },
      { user: 'hans@', realm: '', login: 'hans', inRealm: '' },
      { user: '@ext', realm: '', login: '', inRealm: 'ext' },
      { user: '', realm: 'r2', login: '', inRealm: 'r2' },
      { user: '', realm: '', login: '', inRealm: '' },
    ])('reads user=$user, realm=$realm as "$login" in "$inRealm"', ({ user, realm, login, inRealm }) => {
      expect(parseLoginName({ user, realm, resolver: '' }, true)).toEqual({
        login,
        realm: inRealm,
        resolver: '',
      });
    });
  });

  describe('without splitAtSign', () => {
    it.each([
      { user: 'hans@ext', realm: '', inRealm: '' },
      { user: 'EXT\\hans', realm: '', inRealm: '' },
      { user: 'hans@a', realm: 'ext', inRealm: 'ext' },
      { user: ' hans ', realm: '', inRealm: '' },
    ])('leaves user=$user, realm=$realm whole', ({ user, realm, inRealm }) => {
      expect(parseLoginName({ user, realm, resolver: '' }, false)).toEqual({
        login: user,
        realm: inRealm,
        resolver: '',
      });
    });
  });

  it.each([
    { given: 'staffldap', resolver: 'staffldap' },
    { given: 'staffldap (ldapresolver)', resolver: 'staffldap' },
    { given: ' staffldap ', resolver: 'staffldap' },
    { given: '', resolver: '' },
    { given: '(nameless)', resolver: '' },
  ])('reads resolver "$given" as "$resolver"', ({ given, resolver }) => {
    expect(parseLoginName({ user: 'hans', realm: '', resolver: given }, true).resolver).toBe(resolver);
  });
});
