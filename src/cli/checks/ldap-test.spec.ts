import { ldapParameters, resultLines } from './ldap-test.js';

const GIVEN = { url: 'ldap://host', base: 'dc=x' };

describe('ldap-test', () => {
  it('has filters for what kind of directory it is', () => {
    expect(ldapParameters({ ...GIVEN, ldapType: 'ad' })).toEqual({
      LDAPURI: 'ldap://host',
      LDAPBASE: 'dc=x',
      BINDDN: '',
      LOGINNAMEATTRIBUTE: 'sAMAccountName',
      LDAPFILTER: '(&(sAMAccountName=%s)(objectClass=user))',
      LDAPSEARCHFILTER: '(sAMAccountName=*)(objectClass=user)',
      USERINFO: '{"username":"sAMAccountName"}',
      EnforceTLS: 'False',
      only_trusted_certs: 'False',
    });
    expect(
      ldapParameters({
        ...GIVEN,
        ldapType: 'ldap',
        loginattribute: 'mail',
        filter: '(cn=%s)',
        enforceTls: true,
      }),
    ).toMatchObject({
      LDAPFILTER: '(cn=%s)',
      LDAPSEARCHFILTER: '(mail=*)(objectClass=inetOrgPerson)',
      EnforceTLS: 'True',
    });
  });

  it('tells what was found', () => {
    expect(
      resultLines({ works: true, userIds: ['uid=anna,dc=x', 'uid=bert,dc=x'], isTruncated: false }),
    ).toEqual(["Status: 'success'", 'Result:', 'userid : uid=anna,dc=x', 'userid : uid=bert,dc=x']);
    expect(resultLines({ works: true, userIds: [], isTruncated: true })[0]).toBe(
      "Status: 'success SIZELIMIT_EXCEEDED'",
    );
    expect(resultLines({ works: false, reason: 'Connection Error: ldap://host: refused' })).toEqual([
      "Status: 'error'",
      'Result:',
      'Connection Error: ldap://host: refused',
    ]);
  });
});
