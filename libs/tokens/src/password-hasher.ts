/** Slow password hashes (argon2id), computed off the event loop, a bounded number at a time. */
export abstract class PasswordHasher {
  /** @throws Unavailable when too many wait already */
  abstract hash(password: string): Promise<string>;
  /** `false` for a hash of unknown format. @throws Unavailable when too many wait already */
  abstract verify(hash: string, password: string): Promise<boolean>;
}
