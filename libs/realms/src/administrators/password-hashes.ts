import { PasswordCheck } from './password-check.js';

/** Slow password hashes of local administrators: made, and checked. */
export abstract class PasswordHashes extends PasswordCheck {
  /** @throws Unavailable when too many wait already */
  abstract hash(password: string): Promise<string>;
}
