import { Unavailable } from '@app/kernel';
import { AmbiguousUser, type ResolverDefinition, type UserRecord } from '@app/realms';

import { freePort } from '../../support/application/process.js';
import { BASE, LIMITED, READER, givenSlapd } from '../../support/servers/slapd.js';
import {
  CROWD,
  GUID,
  STRANGE_LOGINS,
  type LdapPeople,
  everybody,
  givenLdapPeople,
  ldapSuite,
  people,
} from './given-ldap-people.js';

ldapSuite('the LDAP resolver, with slapd', () => {
  let ldap: LdapPeople;
  const given: LdapPeople['resolver'] = (...how) => ldap.resolver(...how);
  const listed: LdapPeople['listed'] = (...what) => ldap.listed(...what);
  const loginsOf = (users: readonly UserRecord[]) => users.map(({ username }) => username).toSorted();
  beforeAll(async () => {
    ldap = await givenLdapPeople();
  });
  afterAll(() => ldap.remove());

  describe('looks a user up', () => {
    it('by login, with all fields', async () => {
      await expect(ldap.adapter.byLogin(given(), 'anna')).resolves.toEqual({
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
        await expect(ldap.adapter.byLogin(given(), login)).resolves.toBeNull();
      },
    );

    it.each(STRANGE_LOGINS.filter((login) => !login.startsWith(' ')))('by %j, literally', async (login) => {
      await expect(ldap.adapter.byLogin(given(), login)).resolves.toMatchObject({
        surname: 'Strange',
        username: login,
      });
    });

    it('refuses a login that several have', async () => {
      await expect(ldap.adapter.byLogin(given(), 'twin')).rejects.toThrow(AmbiguousUser);
    });

    it('takes entries with one user id for one person', async () => {
      const resolver = given({ UIDTYPE: 'employeeNumber' });
      await expect(ldap.adapter.byLogin(resolver, 'twin')).resolves.toMatchObject({ userId: '4713' });
    });

    it('by DN, also one that nobody has or that is none', async () => {
      const resolver = given();
      const found = await ldap.adapter.byId(resolver, `UID=Anna, ou=people, ${BASE}`);
      expect(found).toMatchObject({ userId: `UID=Anna, ou=people, ${BASE}`, username: 'anna' });
      await expect(ldap.adapter.byId(resolver, `uid=nobody,${BASE}`)).resolves.toBeNull();
      await expect(ldap.adapter.byId(resolver, 'no DN at all')).resolves.toBeNull();
    });

    it('by entryUUID', async () => {
      const resolver = given({ UIDTYPE: 'entryuuid' });
      const anna = await ldap.adapter.byLogin(resolver, 'anna');
      expect(anna?.userId).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      await expect(ldap.adapter.byId(resolver, anna?.userId ?? '')).resolves.toEqual(anna);
      await expect(ldap.adapter.byId(resolver, '*')).resolves.toBeNull();
      await expect(
        listed(resolver, { fields: { userid: anna?.userId ?? '' }, anyField: null }),
      ).resolves.toEqual([anna]);
    });

    it('by objectGUID, byte for byte', async () => {
      const resolver = given({ UIDTYPE: 'ObjectGUID', PROXY: 'True' });
      const anna = await ldap.adapter.byLogin(resolver, 'anna');
      expect(anna?.userId).toBe(GUID.toString('hex'));
      await expect(ldap.adapter.byId(resolver, GUID.toString('hex'))).resolves.toEqual(anna);
      await expect(ldap.adapter.byId(resolver, '00'.repeat(16))).resolves.toBeNull();
      // Bert has none, and so is nobody here.
      await expect(ldap.adapter.byLogin(resolver, 'bert')).resolves.toBeNull();
    });

    it('says that a server does not know <guid=…>, and not that there is no such user', async () => {
      const resolver = given({ UIDTYPE: 'objectGUID' });
      await expect(ldap.adapter.byId(resolver, GUID.toString('hex'))).rejects.toThrow(Unavailable);
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
      const one = await Promise.all(userIds.map((userId) => ldap.adapter.byId(resolver, userId)));
      const expected = userIds.flatMap((userId, place) => {
        const user = one[place];
        return user ? [[userId, user] as const] : [];
      });
      expect(expected.length).toBeGreaterThan(0);
      await expect(ldap.adapter.byIds(resolver, userIds)).resolves.toEqual(new Map(expected));
    });

    it('many at once, and misses none that a server cut off', async () => {
      const crowd = Array.from(
        { length: CROWD },
        (_, number) => `uid=crowd${String(number).padStart(3, '0')},ou=people,${BASE}`,
      );
      await expect(ldap.adapter.byIds(given(), crowd)).resolves.toMatchObject({ size: CROWD });
      const limited = given({ BINDDN: LIMITED.dn }, LIMITED.password);
      await expect(ldap.adapter.byIds(limited, crowd.slice(0, 20))).resolves.toMatchObject({ size: 20 });
      await expect(
        ldap.adapter.byIds(given({ LDAPBASE: `ou=gone,${BASE}` }), [`uid=anna,ou=gone,${BASE}`]),
      ).rejects.toThrow(Unavailable);
    });

    it('with the time in the filter, as Active Directory counts it', async () => {
      const resolver = given({ LDAPFILTER: '(&(sAMAccountName=%s)(accountExpires>=%(now)s))' });
      await expect(ldap.adapter.byLogin(resolver, 'anna')).resolves.toMatchObject({ username: 'anna' });
      await expect(ldap.adapter.byLogin(resolver, 'bert')).resolves.toBeNull();
    });

    it('and does not take a missing base for a missing user', async () => {
      await expect(ldap.adapter.byLogin(given({ LDAPBASE: `ou=gone,${BASE}` }), 'anna')).rejects.toThrow(
        Unavailable,
      );
    });
  });

  describe('lists users', () => {
    it('page by page, all of them, whatever SIZELIMIT is', async () => {
      const resolver = given({ SIZELIMIT: '80' });
      const sizes: number[] = [];
      for await (const page of ldap.adapter.search(resolver, {
        fields: { username: 'crowd*' },
        anyField: null,
      })) {
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
        for await (const page of ldap.adapter.search(resolver, everybody)) {
          expect(page.length).toBe(10);
          break;
        }
      }
      await expect(ldap.adapter.byLogin(resolver, 'anna')).resolves.not.toBeNull();
    });

    it('and gives what the server lets its account see', async () => {
      const resolver = given({ BINDDN: LIMITED.dn }, LIMITED.password);
      await expect(listed(resolver)).resolves.toHaveLength(10);
      await expect(ldap.adapter.test(resolver)).resolves.toMatchObject({ works: true, isTruncated: true });
    });
  });

  describe('checks a password', () => {
    const anna = { dn: `uid=anna,ou=people,${BASE}` };
    const check = async (resolver: ResolverDefinition, login: string, password: string) => {
      const user = await ldap.adapter.byLogin(resolver, login);
      if (!user) throw new Error(`no ${login}`);
      return ldap.adapter.hasPassword(resolver, user, password);
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
      const user = { ...((await ldap.adapter.byLogin(given(), 'anna')) as UserRecord), userId };
      await expect(ldap.adapter.hasPassword(given(), user, 'annas password')).resolves.toBe(false);
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
      expect(anna.dn).toBe((await ldap.adapter.byLogin(resolver, 'anna'))?.userId);
    });

    it('and fails when nobody answers', async () => {
      const resolver = given({ LDAPURI: `ldap://127.0.0.1:${await freePort()}` });
      const user = { userId: anna.dn, username: 'anna' } as UserRecord;
      await expect(ldap.adapter.hasPassword(resolver, user, 'annas password')).rejects.toThrow(Unavailable);
    });
  });

  describe('is tested', () => {
    it('and tells whom it lists, up to SIZELIMIT', async () => {
      const result = await ldap.adapter.test(given({ SIZELIMIT: '40' }));
      expect(result).toMatchObject({ works: true, isTruncated: true });
      expect(result.works && result.userIds.length).toBe(40);
      await expect(ldap.adapter.test(given({ LDAPSEARCHFILTER: '(uid=anna)' }))).resolves.toEqual({
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
      const result = await ldap.adapter.test(given(parameters));
      expect(result).toMatchObject({ works: false, reason: expect.stringContaining(reason) });
      expect(JSON.stringify(result)).not.toContain(READER.password);
    });

    it('and may be anonymous', async () => {
      const resolver = { ...given({ BINDDN: '', LDAPSEARCHFILTER: '(uid=anna)' }), secrets: {} };
      await expect(ldap.adapter.test(resolver)).resolves.toMatchObject({
        works: true,
        userIds: [expect.any(String)],
      });
    });
  });

  it('closes the connections of an old revision', async () => {
    const resolver = given();
    await ldap.adapter.byLogin(resolver, 'anna');
    const changed = {
      ...resolver,
      revision: 'changed',
      parameters: { ...resolver.parameters, LDAPBASE: 'dc=x' },
    };
    await expect(ldap.adapter.byLogin(changed, 'anna')).rejects.toThrow(Unavailable);
    await expect(ldap.adapter.byLogin(resolver, 'anna')).resolves.not.toBeNull();
  });
});
