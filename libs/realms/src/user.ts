/** A person as one resolver knows them. Empty text: the resolver has no such attribute. */
export interface UserRecord {
  readonly userId: string;
  readonly username: string;
  readonly description: string;
  readonly email: string;
  readonly givenName: string;
  readonly surname: string;
  readonly phone: string;
  readonly mobile: string;
  /** Further fields of the resolver's own, and those above whose values are no text there (a numeric `userid`). */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Which users are looked for. Patterns: `*` stands for any characters, case does not matter. */
export interface UserSearch {
  /** By field (`username`, `userid`, `email`, `givenname` …): all of them must match; unknown fields are passed over. */
  readonly fields: Readonly<Record<string, string>>;
  /** Any one field must match it, beside `fields`. */
  readonly anyField: string | null;
}

/** Whom a token belongs to: a user id within a resolver. */
export interface UserReference {
  readonly resolver: string;
  readonly userId: string;
}

/** A user found by login: the record, where it was found and in which realm. */
export interface RealmUser {
  readonly login: string;
  /** Lower case. */
  readonly realm: string;
  /** The same person (one user id) may be listed by several resolvers of the realm. */
  readonly references: readonly UserReference[];
  readonly record: UserRecord;
  /** Resolvers of the realm that did not answer: who has no token here may have one there. Absent: none. */
  readonly unanswered?: readonly string[];
}

/** A user's fields by the names that administrators use: in maps of resolvers, searches and policies (spec/system-api §4.1). */
export function userFields(user: UserRecord): Readonly<Record<string, string>> {
  const { username, userId, description, email, givenName, surname, phone, mobile } = user;
  return { username, userid: userId, description, email, givenname: givenName, surname, phone, mobile };
}
