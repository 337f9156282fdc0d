import request from 'supertest';

import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { RFC_KEY, RFC_OTPS } from '../../support/domain/given-token.js';
import { BASE, HAS_SLAPD, READER, type Slapd, givenSlapd, personEntry } from '../../support/servers/slapd.js';

const ldapSuite = HAS_SLAPD ? describe : describe.skip;
const PEOPLE = [
  personEntry('uid=anna', { uid: 'anna', sn: 'Arndt', mail: 'anna@example.test' }),
  personEntry('uid=bert', { uid: 'bert', sn: 'Brandt' }),
].join('\n');

ldapSuite('an LDAP resolver over HTTP, with slapd', () => {
  let slapd: Slapd;
  let application: RunningApplication;
  let admin: AdminAgent;

  const settings = () => ({
    name: 'staff_ldap',
    type: 'ldapresolver',
    LDAPURI: slapd.uri,
    LDAPBASE: BASE,
    BINDDN: READER.dn,
    BINDPW: READER.password,
    LOGINNAMEATTRIBUTE: 'uid',
    LDAPFILTER: '(&(uid=%s)(objectClass=inetOrgPerson))',
    LDAPSEARCHFILTER: '(uid=*)(objectClass=inetOrgPerson)',
    USERINFO: '{"username": "uid", "surname": "sn", "email": "mail"}',
    UIDTYPE: 'entryUUID',
    EnforceTLS: 'False',
    TIMEOUT: '2;2',
  });
  const valueOf = async (answer: Promise<request.Response>) => {
    const { body } = await answer;
    if (body.result?.status !== true) throw new Error(JSON.stringify(body));
    return body.result.value;
  };
  const check = async (form: Readonly<Record<string, string>>): Promise<unknown> =>
    (await request(application.url).post('/validate/check').type('form').send(form)).body.result;

  beforeAll(async () => {
    slapd = await givenSlapd({ ldif: PEOPLE });
    application = await startApplication();
    admin = await adminAgent(application.url, application.installation);
    await expect(valueOf(admin.post('/system/setResolver', settings()))).resolves.toBe(true);
    const resolvers = 'useridresolver.LDAPIdResolver.IdResolver.staff_ldap';
    await expect(valueOf(admin.post('/system/setRealm', { realm: 'staff', resolvers }))).resolves.toBe(true);
  });
  afterAll(async () => {
    await application.stop();
    await slapd.remove();
  });

  it('shows its settings with their defaults, and its password to nobody', async () => {
    const { data } = await valueOf(admin.get('/system/getResolver', { resolver: 'staff_ldap' }));
    expect(Object.keys(data)).toEqual(
      (
        'LDAPURI LDAPBASE BINDDN BINDPW LOGINNAMEATTRIBUTE LDAPFILTER LDAPSEARCHFILTER USERINFO UIDTYPE EnforceTLS ' +
        'only_trusted_certs NOREFERRALS PROXY TIMEOUT SIZELIMIT'
      ).split(' '),
    );
    expect(data).toMatchObject({ BINDPW: '********', NOREFERRALS: 'True', PROXY: 'False', SIZELIMIT: '500' });
    expect(JSON.stringify(data)).not.toContain(READER.password);
  });

  it('brings users who log in with PIN and OTP', async () => {
    const enrolled = await admin.post('/admin/init', {
      type: 'hmac',
      user: 'anna',
      realm: 'staff',
      pin: 'pin',
      otpkey: RFC_KEY.toString('hex'),
    });
    expect(enrolled.body.result).toMatchObject({ status: true, value: true });
    const anna = { user: 'anna', realm: 'staff' };
    await expect(check({ ...anna, pass: `pin${RFC_OTPS[0]}` })).resolves.toMatchObject({ value: true });
    await expect(check({ ...anna, pass: `pin${RFC_OTPS[0]}` })).resolves.toMatchObject({ value: false });
    await expect(check({ user: 'anna@staff', pass: `pin${RFC_OTPS[1]}` })).resolves.toMatchObject({
      value: true,
    });
    await expect(check({ user: 'ann*', realm: 'staff', pass: `pin${RFC_OTPS[2]}` })).resolves.toMatchObject({
      value: false,
    });
  });

  it('lists its users, and tells that it works', async () => {
    const users = await valueOf(admin.get('/admin/userlist', { realm: 'staff', username: 'an*' }));
    expect(users).toMatchObject([{ username: 'anna', surname: 'Arndt', email: 'anna@example.test' }]);
    const tested = await valueOf(admin.post('/admin/testresolver', { name: 'staff_ldap' }));
    expect(tested).toMatchObject({ result: 'success' });
    expect(tested.desc).toHaveLength(2);
  });

  it.each([
    ['LDAPURI', 'http://127.0.0.1'],
    ['USERINFO', '{'],
    ['LDAPFILTER', '(uid=%s'],
    ['SIZELIMIT', 'many'],
  ])('is not saved with %s as %s', async (name, value) => {
    const { body } = await admin.post('/system/setResolver', {
      ...settings(),
      name: 'broken',
      [name]: value,
    });
    expect(body.result).toMatchObject({
      status: false,
      error: { message: expect.stringContaining("Unable to instantiate the resolver 'broken'") },
    });
  });

  it('is saved while its server is away', async () => {
    const away = { ...settings(), name: 'away', LDAPURI: 'ldap://127.0.0.1:1', BINDDN: '', BINDPW: '' };
    await expect(valueOf(admin.post('/system/setResolver', away))).resolves.toBe(true);
    await expect(valueOf(admin.post('/admin/testresolver', { name: 'away' }))).resolves.toMatchObject({
      result: 'error',
      desc: expect.stringMatching(/^Connection Error: /),
    });
  });
});
