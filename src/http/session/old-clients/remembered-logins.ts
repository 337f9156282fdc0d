import { createHmac, randomBytes } from 'node:crypto';

import type { Clock } from '@app/kernel';
import type { AuthenticatedAdministrator } from '@app/realms';

import type { BasicCredentials } from './basic-credentials.js';

const MEMORY_SECONDS = 60;
const MOST = 1000;

interface Remembered {
  readonly administrator: AuthenticatedAdministrator;
  readonly until: number;
}

/**
 * Successful logins of old clients, which send their credentials with every request: a slow hash each time would be too
 * much. Kept under an HMAC with a key of this process, never in the clear. Whether the account has changed since is for
 * the caller to find out, at each use.
 */
export class RememberedLogins {
  readonly #key = randomBytes(32);
  readonly #logins = new Map<string, Remembered>();

  constructor(private readonly clock: Clock) {}

  find(credentials: BasicCredentials): AuthenticatedAdministrator | null {
    const key = this.#keyOf(credentials);
    const login = this.#logins.get(key);
    const left = login ? login.until - this.clock.now().getTime() : 0;
    // More is left than there ever was: the clock was put back.
    if (login && left > 0 && left <= MEMORY_SECONDS * 1000) return login.administrator;
    this.#logins.delete(key);
    return null;
  }

  remember(credentials: BasicCredentials, administrator: AuthenticatedAdministrator): void {
    const key = this.#keyOf(credentials);
    this.#logins.delete(key);
    this.#logins.set(key, { administrator, until: this.clock.now().getTime() + MEMORY_SECONDS * 1000 });
    // A map keeps the order of insertion: the first is the oldest.
    const [oldest] = this.#logins.keys();
    if (this.#logins.size > MOST && oldest !== undefined) this.#logins.delete(oldest);
  }

  forget(credentials: BasicCredentials): void {
    this.#logins.delete(this.#keyOf(credentials));
  }

  /** A user name holds no colon here: it ends where the first one stands. */
  #keyOf({ username, password }: BasicCredentials): string {
    return createHmac('sha256', this.#key).update(`${username}:${password}`, 'utf8').digest('base64');
  }
}
