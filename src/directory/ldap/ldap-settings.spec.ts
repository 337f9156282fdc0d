import { Invalid, Secret } from '@app/kernel';

import { parseLdapSettings, userIdSourceName } from './ldap-settings.js';

const PARAMETERS = {
  LDAPURI: 'ldap://ldap.example.test',
  LDAPBASE: 'dc=example,dc=test',
  BINDDN: 'cn=reader,dc=example,dc=test',
  LOGINNAMEATTRIBUTE: 'uid',
  LDAPFILTER: '(uid=%s)',
  LDAPSEARCHFILTER: '(uid=*)(objectClass=inetOrgPerson)',
  USERINFO: '{"username": "uid", "email": "mail"}',
};

const parsed = (parameters: Readonly<Record<string, string>> = {}) =>
  parseLdapSettings({
    parameters: { ...PARAMETERS, ...parameters },
    secrets: { BINDPW: Secret.fromText('secret') },
  });

describe('the settings of an LDAP resolver', () => {
  it('have safe defaults', () => {
    expect(parsed()).toMatchObject({
      servers: [{ uri: 'ldap://ldap.example.test:389', tls: 'by StartTLS' }],
      userId: { kind: 'dn' },
      checksCertificates: true,
      connectMs: 5_000,
      responseMs: 5_000,
      sizeLimit: 500,
    });
  });

  it('name servers in order', () => {
    const LDAPURI = 'ldap://a:3389, ldaps://b ,ldaps://[2001:db8::1]:6636/,';
    expect(parsed({ LDAPURI, EnforceTLS: 'no' }).servers).toEqual([
      { uri: 'ldap://a:3389', host: 'a', port: 3389, tls: 'none' },
      { uri: 'ldaps://b:636', host: 'b', port: 636, tls: 'from the start' },
      { uri: 'ldaps://[2001:db8::1]:6636', host: '2001:db8::1', port: 6636, tls: 'from the start' },
    ]);
  });

  it.each([
    ['-1', 5_000, 5_000],
    ['3', 3_000, 3_000],
    ['3;7.5', 3_000, 7_500],
    ['3;-1', 3_000, 5_000],
    ['-1.0; 2', 5_000, 2_000],
  ])('TIMEOUT %s means %d and %d ms, in full', (TIMEOUT, connectMs, responseMs) => {
    expect(parsed({ TIMEOUT })).toMatchObject({ connectMs, responseMs });
  });

  it.each([
    ['DN', {}, { kind: 'dn' }, 'dn'],
    ['dn', {}, { kind: 'dn' }, 'dn'],
    ['entryUUID', {}, { kind: 'attribute', attribute: 'entryUUID' }, 'entryuuid'],
    ['OBJECTGUID', {}, { kind: 'guid', attribute: 'objectGUID', lookup: 'by base' }, 'objectguid'],
    [
      'objectGUID',
      { PROXY: 'True' },
      { kind: 'guid', attribute: 'objectGUID', lookup: 'by filter' },
      'objectguid',
    ],
    ['sAMAccountName', {}, { kind: 'attribute', attribute: 'sAMAccountName' }, 'samaccountname'],
  ])('UIDTYPE %s with %j', (UIDTYPE, parameters, userId, name) => {
    expect(parsed({ UIDTYPE, ...parameters }).userId).toEqual(userId);
    expect(userIdSourceName({ UIDTYPE })).toBe(name);
  });

  it('count time as Active Directory does where a filter speaks of it', () => {
    expect(parsed().countsTimeAsAd).toBe(false);
    expect(parsed({ LDAPSEARCHFILTER: '(samaccountname=*)' }).countsTimeAsAd).toBe(true);
    expect(parsed({ LDAPFILTER: '(sAMAccountName=%s)' }).countsTimeAsAd).toBe(true);
  });

  it('take the login for the user name unless USERINFO says otherwise', () => {
    expect([...parsed({ USERINFO: '{"email": "mail", "phone": ""}' }).fields]).toEqual([
      ['username', 'uid'],
      ['email', 'mail'],
    ]);
    expect(parsed({ USERINFO: '{"username": "cn"}' }).fields.get('username')).toBe('cn');
  });

  it.each([
    ['LDAPURI', ''],
    ['LDAPURI', ','],
    ['LDAPURI', 'ldap.example.test'],
    ['LDAPURI', 'http://ldap.example.test'],
    ['LDAPURI', 'ldapi:///run/ldapi'],
    ['LDAPURI', 'ldap://good,ftp://bad'],
    ['LDAPURI', 'ldap://'],
    ['LDAPURI', 'ldap://host/dc=example'],
    ['LDAPURI', 'ldap://me:password@host'],
    ['LDAPURI', 'ldap://host:0'],
    ['LDAPURI', 'ldap://host:99999'],
    ['LDAPURI', 'ldap://host%0aname'],
    ['LDAPURI', Array(20).fill('ldap://host').join(',')],
    ['BINDDN', 'EXTERNAL'],
    ['LOGINNAMEATTRIBUTE', ''],
    ['LOGINNAMEATTRIBUTE', 'uid)(x'],
    ['LDAPFILTER', ''],
    ['LDAPFILTER', '(uid=%s'],
    ['LDAPFILTER', '(uid=anna)'],
    ['LDAPSEARCHFILTER', ''],
    ['LDAPSEARCHFILTER', '(uid=*)objectClass=person'],
    ['USERINFO', ''],
    ['USERINFO', '{'],
    ['USERINFO', '["uid"]'],
    ['USERINFO', 'null'],
    ['USERINFO', '{"username": 1}'],
    ['USERINFO', '{"username": "uid=*"}'],
    ['UIDTYPE', 'two words'],
    ['EnforceTLS', 'perhaps'],
    ['only_trusted_certs', '2'],
    ['NOREFERRALS', 'x'],
    ['PROXY', 'x'],
    ['TIMEOUT', '0'],
    ['TIMEOUT', '-2'],
    ['TIMEOUT', '5;'],
    ['TIMEOUT', '5;5;5'],
    ['TIMEOUT', '121'],
    ['TIMEOUT', '1e1'],
    ['SIZELIMIT', '0'],
    ['SIZELIMIT', '-1'],
    ['SIZELIMIT', '1.5'],
    ['SIZELIMIT', '9999999'],
  ])('refuse %s as %j, and name it', (name, value) => {
    let refusal: unknown;
    try {
      const parameters = { ...PARAMETERS, [name]: value };
      parseLdapSettings({ parameters, secrets: {} });
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(Invalid);
    expect(refusal).toMatchObject({ parameter: name });
  });
});
