import type { PolicySubject } from '@app/policies';

import { type RealmUser, type UserRecord, userFields } from './user.js';

/** A user as policies look at them. */
export function policySubject({ login, realm, references, record }: RealmUser): PolicySubject {
  return {
    login: writtenAs(login, record),
    realm,
    resolvers: references.map(({ resolver }) => resolver),
    attributes: policyAttributes(record),
  };
}

/** A user's record by LinOTP's names of the fields; what the resolver does not know is not there. */
export function policyAttributes(record: UserRecord): Record<string, string> {
  const known = { ...record.attributes, ...userFields(record) };
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, value]) =>
      value === '' || value === null || value === undefined || typeof value === 'object'
        ? []
        : [[name, String(value)]],
    ),
  );
}

/** As the directory writes it: who logs in as `ANNA` is not to slip through what is said about `anna`. */
function writtenAs(login: string, { username }: UserRecord): string {
  return username.toLowerCase() === login.toLowerCase() ? username : login;
}
