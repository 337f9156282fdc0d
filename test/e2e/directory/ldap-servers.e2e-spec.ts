import { join } from 'node:path';

import { Unavailable } from '@app/kernel';

import { LdapResolver } from '../../../src/directory/ldap/ldap-resolver.js';
import { freePort } from '../../support/application/process.js';
import { BASE, givenRelay, givenSilentServer, givenSlapd } from '../../support/servers/slapd.js';
import { givenAuthority } from '../../support/servers/test-authority.js';
import { type LdapPeople, everybody, givenLdapPeople, ldapSuite, people } from './given-ldap-people.js';

ldapSuite('the LDAP resolver, with its servers,', () => {
  let ldap: LdapPeople;
  const given: LdapPeople['resolver'] = (...how) => ldap.resolver(...how);
  const listed: LdapPeople['listed'] = (...what) => ldap.listed(...what);
  beforeAll(async () => {
    ldap = await givenLdapPeople();
  });
  afterAll(() => ldap.remove());

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
      strangerFile = (await givenAuthority(ldap.folder, 'stranger')).file;
    });

    it.each<[string, () => Readonly<Record<string, string>>]>([
      ['by StartTLS', () => ({ EnforceTLS: 'True' })],
      ['from the start', () => ({ LDAPURI: ldap.slapd.tlsUri })],
    ])('%s, with a server whose authority is trusted and no other', async (_title, parameters) => {
      await expect(trusting(ldap.authority.file, parameters())).resolves.toMatchObject({ works: true });
      const refusal = await trusting(strangerFile, parameters());
      expect(refusal).toMatchObject({ works: false, reason: expect.stringMatching(/certificate/) });
      await expect(
        trusting(strangerFile, { ...parameters(), only_trusted_certs: 'False' }),
      ).resolves.toMatchObject({ works: true });
      await expect(trusting(join(ldap.folder, 'missing.pem'), parameters())).resolves.toMatchObject({
        works: false,
      });
    });

    it('for logins, too', async () => {
      const resolver = given({ EnforceTLS: 'True' });
      const user = await ldap.adapter.byLogin(resolver, 'anna');
      if (!user) throw new Error('no anna');
      await expect(ldap.adapter.hasPassword(resolver, user, 'annas password')).resolves.toBe(true);
      await expect(ldap.adapter.hasPassword(resolver, user, 'wrong')).resolves.toBe(false);
    });

    it('and refuses a certificate for another name', async () => {
      const pair = await ldap.authority.issue('elsewhere', 'DNS:ldap.example.test');
      const elsewhere = await givenSlapd({ ldif: '', tls: { ...pair, authority: ldap.authority.file } });
      try {
        for (const LDAPURI of [elsewhere.uri, elsewhere.tlsUri]) {
          const refusal = await trusting(ldap.authority.file, { LDAPURI, EnforceTLS: 'True' });
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
        const refusal = await trusting(ldap.authority.file, { ...parameters, EnforceTLS: 'True' });
        expect(refusal).toMatchObject({ works: false, reason: expect.stringMatching(/refuses StartTLS/) });
        await expect(trusting(ldap.authority.file, parameters)).resolves.toMatchObject({ works: true });
      } finally {
        await plain.remove();
      }
    });
  });

  describe('has several servers', () => {
    it('and goes on with the next when the first is dead', async () => {
      const resolver = given({ LDAPURI: `ldap://127.0.0.1:${await freePort()}, ${ldap.slapd.uri}` });
      await expect(ldap.adapter.byLogin(resolver, 'anna')).resolves.not.toBeNull();
      await expect(listed(resolver, { fields: { username: 'anna' }, anyField: null })).resolves.toHaveLength(
        1,
      );
      await expect(ldap.adapter.test(resolver)).resolves.toMatchObject({ works: true });
    });

    it.each(['ldap:', 'ldaps:'])('and with the next when the first is silent, with %s', async (protocol) => {
      const silent = await givenSilentServer();
      try {
        const first = silent.uri.replace('ldap:', protocol);
        const resolver = given({ LDAPURI: `${first},${ldap.slapd.uri}`, TIMEOUT: '0.2' });
        const user = await ldap.adapter.byLogin(resolver, 'anna');
        if (!user) throw new Error('no anna');
        await expect(ldap.adapter.hasPassword(resolver, user, 'annas password')).resolves.toBe(true);
        await expect(ldap.adapter.hasPassword(resolver, user, 'wrong')).resolves.toBe(false);
      } finally {
        await silent.close();
      }
    });

    it('and is unavailable when none of them answers', async () => {
      const silent = await givenSilentServer();
      try {
        const LDAPURI = `${silent.uri},ldap://127.0.0.1:${await freePort()}`;
        const resolver = given({ LDAPURI, TIMEOUT: '0.2' });
        await expect(ldap.adapter.byLogin(resolver, 'anna')).rejects.toThrow(Unavailable);
        await expect(ldap.adapter.byId(resolver, `uid=anna,${BASE}`)).rejects.toThrow(Unavailable);
        await expect(listed(resolver)).rejects.toThrow(Unavailable);
        await expect(ldap.adapter.test(resolver)).resolves.toMatchObject({
          works: false,
          reason: expect.stringMatching(/^Connection Error: ldap:\/\/127\.0\.0\.1:\d+: no .* in time; /),
        });
      } finally {
        await silent.close();
      }
    });

    it.each([0, 30])('and with the next when the first breaks off after %d bytes', async (bytes) => {
      const relay = await givenRelay(ldap.slapd.port);
      try {
        const alone = given({ LDAPURI: relay.uri, TIMEOUT: '0.3', SIZELIMIT: '80' });
        const backed = given({ LDAPURI: `${relay.uri},${ldap.slapd.uri}`, TIMEOUT: '0.3' });
        for (const resolver of [alone, backed]) {
          await expect(ldap.adapter.byLogin(resolver, 'anna')).resolves.not.toBeNull();
        }
        const pages = ldap.adapter.search(alone, everybody);
        await expect(pages.next()).resolves.toMatchObject({ done: false });

        relay.cutAfter(bytes);
        await expect(pages.next()).rejects.toThrow(Unavailable);
        await expect(ldap.adapter.byLogin(alone, 'anna')).rejects.toThrow(Unavailable);
        await expect(ldap.adapter.byLogin(backed, 'anna')).resolves.not.toBeNull();

        relay.mend();
        await expect(ldap.adapter.byLogin(alone, 'anna')).resolves.not.toBeNull();
      } finally {
        await relay.close();
      }
    });

    it('and finds a server that was restarted again, with the connections that it has lost', async () => {
      const other = await givenSlapd({ ldif: people });
      try {
        const resolver = given({ LDAPURI: other.uri });
        await expect(ldap.adapter.byLogin(resolver, 'anna')).resolves.not.toBeNull();
        await other.stop();
        await expect(ldap.adapter.byLogin(resolver, 'anna')).rejects.toThrow(Unavailable);
        await other.start();
        await expect(ldap.adapter.byLogin(resolver, 'anna')).resolves.not.toBeNull();
      } finally {
        await other.remove();
      }
    });
  });
});
