import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Secret } from '@app/kernel';
import type { ResolverDefinition, UserRecord, UserSearch } from '@app/realms';

import { LdapResolver } from '../../../src/directory/ldap/ldap-resolver.js';
import { BASE, HAS_SLAPD, READER, type Slapd, givenSlapd, personEntry } from '../../support/servers/slapd.js';
import { type TestAuthority, givenAuthority } from '../../support/servers/test-authority.js';

export const CROWD = 300;
export const STRANGE_LOGINS = ['a*b', 'paren(s)', 'back\\slash', 'jörg', ' )(uid=*', 'nul\0byte'];
export const GUID = Buffer.from('00ff28295c2a0d0aefbbbf80c3287f01', 'hex');

export const people = [
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

export const everybody: UserSearch = { fields: {}, anyField: null };
/** Where slapd is installed. */
export const ldapSuite = HAS_SLAPD ? describe : describe.skip;

/** People in a slapd of its own, and the resolver that asks it. */
export interface LdapPeople {
  readonly slapd: Slapd;
  readonly folder: string;
  readonly authority: TestAuthority;
  readonly adapter: LdapResolver;
  /** A resolver of its own, whose servers' state nobody else knows. */
  resolver(parameters?: Readonly<Record<string, string>>, password?: string): ResolverDefinition;
  listed(resolver: ResolverDefinition, search?: UserSearch): Promise<UserRecord[]>;
  remove(): Promise<void>;
}

export async function givenLdapPeople(): Promise<LdapPeople> {
  const folder = await mkdtemp(join(tmpdir(), 'twinlock-ldap-'));
  const authority = await givenAuthority(folder);
  const pair = await authority.issue('server', 'IP:127.0.0.1,DNS:localhost');
  const slapd = await givenSlapd({ ldif: people, tls: { ...pair, authority: authority.file } });
  const adapter = new LdapResolver(authority.file);
  let revision = 0;
  return {
    slapd,
    folder,
    authority,
    adapter,
    resolver: (parameters = {}, password = READER.password) => {
      revision++;
      return {
        name: `ldap${revision}`,
        type: 'ldap',
        parameters: { ...PARAMETERS, LDAPURI: slapd.uri, ...parameters },
        secrets: { BINDPW: Secret.fromText(password) },
        readonly: false,
        revision: String(revision),
      };
    },
    listed: async (resolver, search = everybody) => {
      const users: UserRecord[] = [];
      for await (const page of adapter.search(resolver, search)) users.push(...page);
      return users;
    },
    remove: async () => {
      await adapter.close();
      await slapd.remove();
      await rm(folder, { recursive: true });
    },
  };
}
