import type { PasswordCheck } from '@app/realms';

import { BoundedWork } from '../../outbound/bounded-work.js';
import { verifyCryptHash, verifyPasswordHash } from './verify-password-hash.js';

/** Half of what the thread pool has: administrators' own hashes, files and names need it too. */
const AT_A_TIME = 2;
const WAITING = 64;
const ARGON2 = '$argon2id$';
/** Longer ones are never hashed, so none can be right. */
const LONGEST_PASSWORD_BYTES = 4096;

/** Passwords of users whose hashes a directory holds. A few at a time, and none holds the event loop. */
export class DirectoryPasswords {
  readonly #work = new BoundedWork('password checks', AT_A_TIME, WAITING);

  /** @param argon2 checks the hashes of users that we keep ourselves */
  constructor(private readonly argon2: Pick<PasswordCheck, 'verify'>) {}

  /**
   * Any scheme of spec/system-api §4.5, and argon2id. A hash of no known scheme matches nothing.
   * @throws Unavailable when too many are waiting
   */
  async verify(hash: string, password: string): Promise<boolean> {
    if (Buffer.byteLength(password) > LONGEST_PASSWORD_BYTES) return false;
    if (hash.startsWith(ARGON2)) return this.argon2.verify(hash, password);
    return this.#work.run(() => verifyPasswordHash(hash, password));
  }

  /**
   * What passwd files hold (spec/system-api §4.2). A hash of no known scheme matches nothing.
   * @throws Unavailable when too many are waiting
   */
  async verifyCrypt(hash: string, password: string): Promise<boolean> {
    return this.#work.run(() => verifyCryptHash(hash, password));
  }
}
