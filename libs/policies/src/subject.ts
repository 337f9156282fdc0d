/** Whom a policy's user expressions are compared with (spec/policies §4.3). */
export interface PolicySubject {
  readonly login: string;
  /** `''`: not known; expressions with a realm do not match then. */
  readonly realm: string;
  /** Names of the resolvers that know the user. */
  readonly resolvers: readonly string[];
  /** The user's record by LinOTP's names of the fields; `null`: it could not be had, and may hold anything. */
  readonly attributes: Readonly<Record<string, string>> | null;
  /** Whom negated expressions are compared with, where they are to mean more than this. */
  readonly whole?: PolicySubject;
}

/** A login of which nothing else is known: expressions with realm, resolver or attributes do not match. */
export function loginOnly(login: string): PolicySubject {
  return { login, realm: '', resolvers: [], attributes: {} };
}
