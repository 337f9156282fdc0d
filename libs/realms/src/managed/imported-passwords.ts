/** Passwords as import files hold them. Imports wait for each other here, so that logins need not wait for them. */
export abstract class ImportedPasswords {
  /** Whether it is a hash of a kind that a login can be checked against. */
  abstract isHash(text: string): boolean;
  /** @throws Unavailable when too many wait already */
  abstract hash(password: string): Promise<string>;
  /** @throws Unavailable when too many wait already */
  abstract verify(hash: string, password: string): Promise<boolean>;
}
