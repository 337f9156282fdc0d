import type { PolicySubject } from '@app/policies';

import { type RealmUser, type UserRecord, userFields } from './user.js';

/** A user as policies look at them. */
export function policySubject(user: RealmUser): PolicySubject {
  return new UserSubject(user);
}

class UserSubject implements PolicySubject {
  readonly login: string;
  readonly realm: string;
  readonly resolvers: readonly string[];
  readonly #record: UserRecord;
  #attributes: Record<string, string> | undefined;

  constructor({ login, realm, references, record }: RealmUser) {
    this.login = writtenAs(login, record);
    this.realm = realm;
    this.resolvers = references.map(({ resolver }) => resolver);
    this.#record = record;
  }

  /** Made for the few policies that ask: every login has a subject. */
  get attributes(): Record<string, string> {
    return (this.#attributes ??= policyAttributes(this.#record));
  }
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

/** What directories take for the same name: whatever the case, accents and blanks. */
const NAMES = new Intl.Collator('und', { sensitivity: 'base' });

/**
 * As the directory writes it: who logs in as `ANNA`, `ánna` or `anna ` is not to slip through what is said about `anna`.
 * Another name of the same person, a mail address say, stays what policies know them by.
 */
function writtenAs(login: string, { username }: UserRecord): string {
  if (login === username) return login;
  return NAMES.compare(withoutBlanks(login), withoutBlanks(username)) === 0 ? username : login;
}

function withoutBlanks(text: string): string {
  return text.replaceAll(/\s+/g, '');
}
