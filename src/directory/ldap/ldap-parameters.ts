import type { ResolverParameter } from '@app/realms';

type Given = Pick<ResolverParameter, 'name' | 'meaning'> & Partial<ResolverParameter>;

/**
 * The settings of an LDAP resolver, in the order in which they are shown (spec/system-api §4.3). BINDDN and BINDPW
 * may be empty on purpose: an anonymous bind.
 */
export const LDAP_PARAMETERS: readonly ResolverParameter[] = [
  required({
    name: 'LDAPURI',
    guardsSecrets: true,
    meaning:
      'the servers, ldap:// or ldaps://, comma separated, in order of preference. One that fails is passed over for 30 seconds, longer if it goes on',
  }),
  required({ name: 'LDAPBASE', guardsSecrets: true, meaning: 'the DN below which users are' }),
  optional({
    name: 'BINDDN',
    guardsSecrets: true,
    fallback: '',
    meaning: 'the account that searches; empty: anonymous',
  }),
  required({ name: 'BINDPW', isSecret: true, meaning: 'its password; empty for an anonymous bind' }),
  required({
    name: 'LOGINNAMEATTRIBUTE',
    meaning: 'the attribute that holds the login: uid, sAMAccountName',
  }),
  required({
    name: 'LDAPFILTER',
    meaning: 'the filter that finds one user; %s stands for the login, %(now)s for the time',
  }),
  required({
    name: 'LDAPSEARCHFILTER',
    meaning:
      'the filter that lists users; several one after the other must all match; %(now)s stands for the time',
  }),
  required({ name: 'USERINFO', meaning: 'which attribute holds which field of a user, as a JSON object' }),
  optional({
    name: 'UIDTYPE',
    fallback: 'DN',
    meaning: 'what identifies a user: DN, entryUUID, objectGUID, or any attribute that never changes',
  }),
  optional({
    name: 'EnforceTLS',
    fallback: 'True',
    meaning: 'True: ldap:// is used with StartTLS or not at all; False: ldap:// is not encrypted',
  }),
  optional({
    name: 'only_trusted_certs',
    fallback: 'True',
    meaning:
      'True: a server needs a certificate for its name, of an authority in TWINLOCK_TLS_CA_FILE; False: any will do',
  }),
  optional({
    name: 'NOREFERRALS',
    fallback: 'True',
    meaning: 'kept for clients; this release follows no referrals, whatever it is',
  }),
  optional({
    name: 'PROXY',
    fallback: 'False',
    meaning: 'True: an objectGUID is looked up by a filter, for servers that do not know <guid=…>',
  }),
  optional({
    name: 'TIMEOUT',
    fallback: '-1',
    meaning:
      'seconds, network[;response]: until a connection can be used, and until an answer is there; in full, for each server. One number stands for both; -1: 5',
  }),
  optional({
    name: 'SIZELIMIT',
    fallback: '500',
    meaning: 'how many users a test lists, and a server that cannot page; four pages of a list are as long',
  }),
];

function required(given: Given): ResolverParameter {
  return { isRequired: true, isSecret: false, guardsSecrets: false, fallback: null, ...given };
}

function optional(given: Given & { readonly fallback: string }): ResolverParameter {
  return { isRequired: false, isSecret: false, guardsSecrets: false, ...given };
}
