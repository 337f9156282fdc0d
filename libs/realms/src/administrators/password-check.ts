/** Slow password hashes of local administrators (argon2id), checked off the event loop. */
export abstract class PasswordCheck {
  /** `false` for a hash of unknown format. @throws Unavailable when too many wait already */
  abstract verify(hash: string, password: string): Promise<boolean>;
  /** The work of a check without one: unknown names cost what known ones do. @throws Unavailable */
  abstract dummy(password: string): Promise<void>;
}
