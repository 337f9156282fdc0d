import type { PasswordHashes } from '@app/realms';
import { PasswordHasher } from '@app/tokens';
import { hash, verify } from '@node-rs/argon2';

import { BoundedWork } from '../outbound/bounded-work.js';

/** argon2id (RFC 9106) with 19 MiB, 2 passes, 1 lane; salt of 16 bytes. About 20 ms of one core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const PREFIX = '$argon2id$';

/** A storm of logins must not starve the thread pool that names and files need too. */
const AT_A_TIME = 4;
const WAITING = 64;

/** Password hashes of local administrators and password tokens: off the event loop, a few at a time. */
export class Argon2Passwords extends PasswordHasher implements PasswordHashes {
  readonly #work = new BoundedWork('password hashes', AT_A_TIME, WAITING);

  hash(password: string): Promise<string> {
    return this.#work.run(() => hash(password, COST));
  }

  async verify(passwordHash: string, password: string): Promise<boolean> {
    if (!passwordHash.startsWith(PREFIX)) return false;
    return this.#work.run(() => verify(passwordHash, password).catch(() => false));
  }

  /** Hashing costs what verifying does. */
  async dummy(password: string): Promise<void> {
    await this.hash(password);
  }
}
