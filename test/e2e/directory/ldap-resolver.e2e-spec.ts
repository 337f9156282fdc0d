import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Secret, Unavailable } from '@app/kernel';
import { AmbiguousUser, type ResolverDefinition, type UserRecord, type UserSearch } from '@app/realms';

import { LdapResolver } from '../../../src/directory/ldap/ldap-resolver.js';
import {
  BASE,
  HAS_SLAPD,
  LIMITED,
  READER,
  type Slapd,
  freePort,
  givenRelay,
  givenSilentServer,
  givenSlapd,
  personEntry,
} from '../../support/servers/slapd.js';
import { type TestAuthority, givenAuthority } from '../../support/servers/test-authority.js';

const CROWD = 300;
const STRANGE_LOGINS = ['a*b', 'paren(s)', 'back\\slash', 'jörg', ' )(uid=*', 'nul\0byte'];
const GUID = Buffer.from('00ff28295c2a0d0aefbbbf80c3287f01', 'hex');

const people = [
  personEntry('uid=anna', {
    uid: ['anna', 'aarndt'],
    sn: 'Arndt',
    cn: 'Anna Arndt',
    givenName: 'Anna',
    mail: 'anna@example.test',
    mobile: '+49101',
    telephoneNumber: '+49001',
    employeeNumber: '4711',
    title: 'Dr.',
    userPassword: 'annas password',
    objectClass: ['inetOrgPerson', 'adPerson'],
    objectGUID: GUID,
    sAMAccountName: 'anna',
    accountExpires: '9223372036854775807',
  }),
  personEntry('uid=bert', {
    uid: 'bert',
    sn: 'Brandt',
    userPassword: 'bärts pässwörd',
    employeeNumber: '4712',
    objectClass: ['inetOrgPerson', 'adPerson'],
    sAMAccountName: 'bert',
    // 1970.
    accountExpires: '116444736000000000',
  }),
  personEntry('cn=twin 1', { uid: 'twin', sn: 'One', cn: 'twin 1', employeeNumber: '4713' }),
  personEntry('cn=twin 2', { uid: 'twin', sn: 'Two', cn: 'twin 2', employeeNumber: '4713' }),
  ...STRANGE_LOGINS.map((uid, number) =>
    personEntry(`cn=strange ${number}`, { uid, sn: 'Strange', cn: `strange ${number}` }),
  ),
  ...Array.from({ length: CROWD }, (_, number) => {
    const uid = `crowd${String(number).padStart(3, '0')}`;
    return personEntry(`uid=${uid}`, { uid, sn: 'Crowd' });
  }),
].join('\n');

const PARAMETERS = {
  LDAPBASE: BASE,
  BINDDN: READER.dn,
  LOGINNAMEATTRIBUTE: 'uid',
  LDAPFILTER: '(&(uid=%s)(objectClass=inetOrgPerson))',
  LDAPSEARCHFILTER: '(uid=*)(objectClass=inetOrgPerson)',
  USERINFO: JSON.stringify({
    username: 'uid',
    phone: 'telephoneNumber',
    mobile: 'mobile',
    email: 'mail',
    surname: 'sn',
    givenname: 'givenName',
    title: 'title',
  }),
  EnforceTLS: 'False',
  TIMEOUT: '2',
};

const everybody: UserSearch = { fields: {}, anyField: null };
const ldapSuite = HAS_SLAPD ? describe : describe.skip;

ldapSuite('the LDAP resolver, with slapd', () => {
  let slapd: Slapd;
  let folder: string;
  let authority: TestAuthority;
  let adapter: LdapResolver;
  let revision = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-ldap-'));
    authority = await givenAuthority(folder);
    const pair = await authority.issue('server', 'IP:127.0.0.1,DNS:localhost');
    slapd = await givenSlapd({ ldif: people, tls: { ...pair, authority: authority.file } });
    adapter = new LdapResolver(authority.file);
  });
  afterAll(async () => {
    await adapter.close();
    await slapd.remove();
    await rm(folder, { recursive: true });
  });

  /** A resolver of its own, whose servers' state nobody else knows. */
  const given = (
    parameters: Readonly<Record<string, string>> = {},
    password = READER.password,
  ): ResolverDefinition => {
    revision++;
    return {
      name: `ldap${revision}`,
      type: 'ldap',
      parameters: { ...PARAMETERS, LDAPURI: slapd.uri, ...parameters },
      secrets: { BINDPW: Secret.fromText(password) },
      readonly: false,
      revision: String(revision),
    };
  };
  const listed = async (resolver: ResolverDefinition, search: UserSearch = everybody) => {
    const users: UserRecord[] = [];
    for await (const page of adapter.search(resolver, search)) users.push(...page);
    return users;
  };
  const loginsOf = (users: readonly UserRecord[]) => users.map(({ username }) => username).toSorted();

  describe('looks a user up', () => {
    it('by login, with all fields', async () => {
      await expect(adapter.byLogin(given(), 'anna')).resolves.toEqual({
        userId: `uid=anna,ou=people,${BASE}`,
        username: 'anna',
        description: '',
        email: 'anna@example.test',
        givenName: 'Anna',
        surname: 'Arndt',
        phone: '+49001',
        mobile: '+49101',
        attributes: { title: 'Dr.' },
      });
    });

    it.each(['nobody', '', '*', 'ann*', 'anna)(uid=*', '*)(objectClass=*', '\\2a', '\0'])(
      'and finds nobody by %j',
      async (login) => {
        await expect(adapter.byLogin(given(), login)).resolves.toBeNull();
      },
    );

    it.each(STRANGE_LOGINS.filter((login) => !login.startsWith(' ')))('by %j, literally', async (login) => {
      await expect(adapter.byLogin(given(), login)).resolves.toMatchObject({
        surname: 'Strange',
        username: login,
      });
    });

    it('refuses a login that several have', async () => {
      await expect(adapter.byLogin(given(), 'twin')).rejects.toThrow(AmbiguousUser);
    });

    it('takes entries with one user id for one person', async () => {
      const resolver = given({ UIDTYPE: 'employeeNumber' });
      await expect(adapter.byLogin(resolver, 'twin')).resolves.toMatchObject({ userId: '4713' });
    });

    it('by DN, also one that nobody has or that is none', async () => {
      const resolver = given();
      const found = await adapter.byId(resolver, `UID=Anna, ou=people, ${BASE}`);
      expect(found).toMatchObject({ userId: `UID=Anna, ou=people, ${BASE}`, username: 'anna' });
      await expect(adapter.byId(resolver, `uid=nobody,${BASE}`)).resolves.toBeNull();
      await expect(adapter.byId(resolver, 'no DN at all')).resolves.toBeNull();
    });

    it('by entryUUID', async () => {
      const resolver = given({ UIDTYPE: 'entryuuid' });
      const anna = await adapter.byLogin(resolver, 'anna');
      expect(anna?.userId).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      await expect(adapter.byId(resolver, anna?.userId ?? '')).resolves.toEqual(anna);
      await expect(adapter.byId(resolver, '*')).resolves.toBeNull();
      await expect(
        listed(resolver, { fields: { userid: anna?.userId ?? '' }, anyField: null }),
      ).resolves.toEqual([anna]);
    });

    it('by objectGUID, byte for byte', async () => {
      const resolver = given({ UIDTYPE: 'ObjectGUID', PROXY: 'True' });
      const anna = await adapter.byLogin(resolver, 'anna');
      expect(anna?.userId).toBe(GUID.toString('hex'));
      await expect(adapter.byId(resolver, GUID.toString('hex'))).resolves.toEqual(anna);
      await expect(adapter.byId(resolver, '00'.repeat(16))).resolves.toBeNull();
      // Bert has none, and so is nobody here.
      await expect(adapter.byLogin(resolver, 'bert')).resolves.toBeNull();
    });

    it('says that a server does not know <guid=…>, and not that there is no such user', async () => {
      const resolver = given({ UIDTYPE: 'objectGUID' });
      await expect(adapter.byId(resolver, GUID.toString('hex'))).rejects.toThrow(Unavailable);
    });

    it.each<[string, Record<string, string>, string[]]>([
      [
        'DN',
        {},
        [
          `uid=anna,ou=people,${BASE}`,
          `UID=Bert, ou=people, ${BASE}`,
          `cn=strange 1,ou=people,${BASE}`,
          `uid=nobody,ou=people,${BASE}`,
          `ou=people,dc=elsewhere`,
          'no DN at all',
          '',
        ],
      ],
      ['DN of a base further up', { LDAPBASE: `ou=people,${BASE}` }, [`uid=anna,ou=people,${BASE}`, BASE]],
      ['attribute', { UIDTYPE: 'employeeNumber' }, ['4711', '4713', '*', '0', '']],
      ['objectGUID', { UIDTYPE: 'objectGUID', PROXY: 'True' }, [GUID.toString('hex'), '00'.repeat(16), 'x']],
    ])('several by %s at once, as one by one', async (_title, parameters, userIds) => {
      const resolver = given(parameters);
      const one = await Promise.all(userIds.map((userId) => adapter.byId(resolver, userId)));
      const expected = userIds.flatMap((userId, place) => {
        const user = one[place];
        return user ? [[userId, user] as const] : [];
      });
      expect(expected.length).toBeGreaterThan(0);
      await expect(adapter.byIds(resolver, userIds)).resolves.toEqual(new Map(expected));
    });

    it('many at once, and misses none that a server cut off', async () => {
      const crowd = Array.from(
        { length: CROWD },
        (_, number) => `uid=crowd${String(number).padStart(3, '0')},ou=people,${BASE}`,
      );
      await expect(adapter.byIds(given(), crowd)).resolves.toMatchObject({ size: CROWD });
      const limited = given({ BINDDN: LIMITED.dn }, LIMITED.password);
      await expect(adapter.byIds(limited, crowd.slice(0, 20))).resolves.toMatchObject({ size: 20 });
      await expect(
        adapter.byIds(given({ LDAPBASE: `ou=gone,${BASE}` }), [`uid=anna,ou=gone,${BASE}`]),
      ).rejects.toThrow(Unavailable);
    });

    it('with the time in the filter, as Active Directory counts it', async () => {
      const resolver = given({ LDAPFILTER: '(&(sAMAccountName=%s)(accountExpires>=%(now)s))' });
      await expect(adapter.byLogin(resolver, 'anna')).resolves.toMatchObject({ username: 'anna' });
      await expect(adapter.byLogin(resolver, 'bert')).resolves.toBeNull();
    });

    it('and does not take a missing base for a missing user', async () => {
      await expect(adapter.byLogin(given({ LDAPBASE: `ou=gone,${BASE}` }), 'anna')).rejects.toThrow(
        Unavailable,
      );
    });
  });

  describe('lists users', () => {
    it('page by page, all of them, whatever SIZELIMIT is', async () => {
      const resolver = given({ SIZELIMIT: '80' });
      const sizes: number[] = [];
      for await (const page of adapter.search(resolver, { fields: { username: 'crowd*' }, anyField: null })) {
        sizes.push(page.length);
      }
      expect(sizes.length).toBe(CROWD / 20);
      expect(sizes.every((size) => size === 20)).toBe(true);
    });

    it.each<[Record<string, string>, string | null, string[]]>([
      [{ username: 'crowd00*' }, null, Array.from({ length: 10 }, (_, number) => `crowd00${number}`)],
      [{ username: '*nn*', surname: 'ARNDT' }, null, ['anna']],
      [{ username: 'a*b' }, null, ['a*b']],
      [{ surname: 'a*t' }, null, ['anna']],
      [{ username: '*)(uid=*' }, null, [' )(uid=*']],
      [{ username: 'anna', shoesize: '43' }, null, ['anna']],
      [{ userid: '*=BERT,*' }, null, ['bert']],
      [{ email: '*', surname: '*' }, 'ann*', ['anna']],
      [{}, '+49101', ['anna']],
      [{}, 'nothing like it', []],
    ])('by %j and %j', async (fields, anyField, logins) => {
      await expect(listed(given(), { fields, anyField }).then(loginsOf)).resolves.toEqual(logins);
    });

    it('frees the connection of somebody who does not read on', async () => {
      const resolver = given({ SIZELIMIT: '40' });
      for (let round = 0; round < 10; round++) {
        for await (const page of adapter.search(resolver, everybody)) {
          expect(page.length).toBe(10);
          break;
        }
      }
      await expect(adapter.byLogin(resolver, 'anna')).resolves.not.toBeNull();
    });

    it('and gives what the server lets its account see', async () => {
      const resolver = given({ BINDDN: LIMITED.dn }, LIMITED.password);
      await expect(listed(resolver)).resolves.toHaveLength(10);
      await expect(adapter.test(resolver)).resolves.toMatchObject({ works: true, isTruncated: true });
    });
  });

  describe('checks a password', () => {
    const anna = { dn: `uid=anna,ou=people,${BASE}` };
    const check = async (resolver: ResolverDefinition, login: string, password: string) => {
      const user = await adapter.byLogin(resolver, login);
      if (!user) throw new Error(`no ${login}`);
      return adapter.hasPassword(resolver, user, password);
    };

    it.each([
      ['anna', 'annas password', true],
      ['bert', 'bärts pässwörd', true],
      ['anna', 'bärts pässwörd', false],
      ['anna', 'annas password ', false],
      ['anna', '', false],
      ['crowd001', 'anything', false],
    ])('of %s: %j is %s', async (login, password, isRight) => {
      await expect(check(given(), login, password)).resolves.toBe(isRight);
      await expect(check(given({ UIDTYPE: 'entryUUID' }), login, password)).resolves.toBe(isRight);
    });

    it.each(['', 'EXTERNAL', 'PLAIN', 'nobody'])('never of %j, which is no DN', async (userId) => {
      const user = { ...((await adapter.byLogin(given(), 'anna')) as UserRecord), userId };
      await expect(adapter.hasPassword(given(), user, 'annas password')).resolves.toBe(false);
    });

    it('never without one, also where a server takes such a bind for a success', async () => {
      const tolerant = await givenSlapd({ ldif: people, allowsEmptyPasswords: true });
      try {
        const resolver = given({ LDAPURI: tolerant.uri });
        await expect(check(resolver, 'anna', '')).resolves.toBe(false);
        await expect(check(resolver, 'anna', 'annas password')).resolves.toBe(true);
      } finally {
        await tolerant.remove();
      }
    });

    it('and leaves the account of the service on the pooled connections', async () => {
      const resolver = given();
      for (let round = 0; round < 8; round++) {
        await expect(check(resolver, 'anna', round % 2 ? 'annas password' : 'wrong')).resolves.toBe(
          round % 2 === 1,
        );
      }
      await expect(listed(resolver).then((users) => users.length)).resolves.toBeGreaterThan(CROWD);
      expect(anna.dn).toBe((await adapter.byLogin(resolver, 'anna'))?.userId);
    });

    it('and fails when nobody answers', async () => {
      const resolver = given({ LDAPURI: `ldap://127.0.0.1:${await freePort()}` });
      const user = { userId: anna.dn, username: 'anna' } as UserRecord;
      await expect(adapter.hasPassword(resolver, user, 'annas password')).rejects.toThrow(Unavailable);
    });
  });

  describe('uses TLS', () => {
    const trusting = async (file: string, parameters: Readonly<Record<string, string>>) => {
      const other = new LdapResolver(file);
      try {
        return await other.test(given({ SIZELIMIT: '3', ...parameters }));
      } finally {
        await other.close();
      }
    };
    let strangerFile: string;
    beforeAll(async () => {
      strangerFile = (await givenAuthority(folder, 'stranger')).file;
    });

    it.each<[string, () => Readonly<Record<string, string>>]>([
      ['by StartTLS', () => ({ EnforceTLS: 'True' })],
      ['from the start', () => ({ LDAPURI: slapd.tlsUri })],
    ])('%s, with a server whose authority is trusted and no other', async (_title, parameters) => {
      await expect(trusting(authority.file, parameters())).resolves.toMatchObject({ works: true });
      const refusal = await trusting(strangerFile, parameters());
      expect(refusal).toMatchObject({ works: false, reason: expect.stringMatching(/certificate/) });
      await expect(
        trusting(strangerFile, { ...parameters(), only_trusted_certs: 'False' }),
      ).resolves.toMatchObject({ works: true });
      await expect(trusting(join(folder, 'missing.pem'), parameters())).resolves.toMatchObject({
        works: false,
      });
    });

    it('for logins, too', async () => {
      const resolver = given({ EnforceTLS: 'True' });
      const user = await adapter.byLogin(resolver, 'anna');
      if (!user) throw new Error('no anna');
      await expect(adapter.hasPassword(resolver, user, 'annas password')).resolves.toBe(true);
      await expect(adapter.hasPassword(resolver, user, 'wrong')).resolves.toBe(false);
    });

    it('and refuses a certificate for another name', async () => {
      const pair = await authority.issue('elsewhere', 'DNS:ldap.example.test');
      const elsewhere = await givenSlapd({ ldif: '', tls: { ...pair, authority: authority.file } });
      try {
        for (const LDAPURI of [elsewhere.uri, elsewhere.tlsUri]) {
          const refusal = await trusting(authority.file, { LDAPURI, EnforceTLS: 'True' });
          expect(refusal).toMatchObject({ works: false, reason: expect.stringMatching(/altnames/) });
        }
      } finally {
        await elsewhere.remove();
      }
    });

    it('or nothing: a server without it is not told the password', async () => {
      const plain = await givenSlapd({ ldif: people });
      try {
        const parameters = { LDAPURI: plain.uri };
        const refusal = await trusting(authority.file, { ...parameters, EnforceTLS: 'True' });
        expect(refusal).toMatchObject({ works: false, reason: expect.stringMatching(/refuses StartTLS/) });
        await expect(trusting(authority.file, parameters)).resolves.toMatchObject({ works: true });
      } finally {
        await plain.remove();
      }
    });
  });

  describe('has several servers', () => {
    it('and goes on with the next when the first is dead', async () => {
      const resolver = given({ LDAPURI: `ldap://127.0.0.1:${await freePort()}, ${slapd.uri}` });
      await expect(adapter.byLogin(resolver, 'anna')).resolves.not.toBeNull();
      await expect(listed(resolver, { fields: { username: 'anna' }, anyField: null })).resolves.toHaveLength(
        1,
      );
      await expect(adapter.test(resolver)).resolves.toMatchObject({ works: true });
    });

    it.each(['ldap:', 'ldaps:'])('and with the next when the first is silent, with %s', async (protocol) => {
      const silent = await givenSilentServer();
      try {
        const first = silent.uri.replace('ldap:', protocol);
        const resolver = given({ LDAPURI: `${first},${slapd.uri}`, TIMEOUT: '0.2' });
        const user = await adapter.byLogin(resolver, 'anna');
        if (!user) throw new Error('no anna');
        await expect(adapter.hasPassword(resolver, user, 'annas password')).resolves.toBe(true);
        await expect(adapter.hasPassword(resolver, user, 'wrong')).resolves.toBe(false);
      } finally {
        await silent.close();
      }
    });

    it('and is unavailable when none of them answers', async () => {
      const silent = await givenSilentServer();
      try {
        const LDAPURI = `${silent.uri},ldap://127.0.0.1:${await freePort()}`;
        const resolver = given({ LDAPURI, TIMEOUT: '0.2' });
        await expect(adapter.byLogin(resolver, 'anna')).rejects.toThrow(Unavailable);
        await expect(adapter.byId(resolver, `uid=anna,${BASE}`)).rejects.toThrow(Unavailable);
        await expect(listed(resolver)).rejects.toThrow(Unavailable);
        await expect(adapter.test(resolver)).resolves.toMatchObject({
          works: false,
          reason: expect.stringMatching(/^Connection Error: ldap:\/\/127\.0\.0\.1:\d+: no .* in time; /),
        });
      } finally {
        await silent.close();
      }
    });

    it.each([0, 30])('and with the next when the first breaks off after %d bytes', async (bytes) => {
      const relay = await givenRelay(slapd.port);
      try {
        const alone = given({ LDAPURI: relay.uri, TIMEOUT: '0.3', SIZELIMIT: '80' });
        const backed = given({ LDAPURI: `${relay.uri},${slapd.uri}`, TIMEOUT: '0.3' });
        for (const resolver of [alone, backed]) {
          await expect(adapter.byLogin(resolver, 'anna')).resolves.not.toBeNull();
        }
        const pages = adapter.search(alone, everybody);
        await expect(pages.next()).resolves.toMatchObject({ done: false });

        relay.cutAfter(bytes);
        await expect(pages.next()).rejects.toThrow(Unavailable);
        await expect(adapter.byLogin(alone, 'anna')).rejects.toThrow(Unavailable);
        await expect(adapter.byLogin(backed, 'anna')).resolves.not.toBeNull();

        relay.mend();
        await expect(adapter.byLogin(alone, 'anna')).resolves.not.toBeNull();
      } finally {
        await relay.close();
      }
    });

    it('and finds a server that was restarted again, with the connections that it has lost', async () => {
      const other = await givenSlapd({ ldif: people });
      try {
        const resolver = given({ LDAPURI: other.uri });
        await expect(adapter.byLogin(resolver, 'anna')).resolves.not.toBeNull();
        await other.stop();
        await expect(adapter.byLogin(resolver, 'anna')).rejects.toThrow(Unavailable);
        await other.start();
        await expect(adapter.byLogin(resolver, 'anna')).resolves.not.toBeNull();
      } finally {
        await other.remove();
      }
    });
  });

  describe('is tested', () => {
    it('and tells whom it lists, up to SIZELIMIT', async () => {
      const result = await adapter.test(given({ SIZELIMIT: '40' }));
      expect(result).toMatchObject({ works: true, isTruncated: true });
      expect(result.works && result.userIds.length).toBe(40);
      await expect(adapter.test(given({ LDAPSEARCHFILTER: '(uid=anna)' }))).resolves.toEqual({
        works: true,
        userIds: [`uid=anna,ou=people,${BASE}`],
        isTruncated: false,
      });
    });

    it.each<[string, Readonly<Record<string, string>>, string]>([
      ['the account is refused', { BINDDN: `cn=nobody,${BASE}` }, 'InvalidCredentialsError'],
      ['the base is missing', { LDAPBASE: `ou=gone,${BASE}` }, 'NoSuchObjectError'],
      ['a setting is wrong', { USERINFO: '{' }, 'USERINFO is no JSON'],
    ])('and tells when %s', async (_title, parameters, reason) => {
      const result = await adapter.test(given(parameters));
      expect(result).toMatchObject({ works: false, reason: expect.stringContaining(reason) });
      expect(JSON.stringify(result)).not.toContain(READER.password);
    });

    it('and may be anonymous', async () => {
      const resolver = { ...given({ BINDDN: '', LDAPSEARCHFILTER: '(uid=anna)' }), secrets: {} };
      await expect(adapter.test(resolver)).resolves.toMatchObject({
        works: true,
        userIds: [expect.any(String)],
      });
    });
  });

  it('closes the connections of an old revision', async () => {
    const resolver = given();
    await adapter.byLogin(resolver, 'anna');
    const changed = {
      ...resolver,
      revision: 'changed',
      parameters: { ...resolver.parameters, LDAPBASE: 'dc=x' },
    };
    await expect(adapter.byLogin(changed, 'anna')).rejects.toThrow(Unavailable);
    await expect(adapter.byLogin(resolver, 'anna')).resolves.not.toBeNull();
  });
});
