import { ImportedPasswords } from '@app/realms';

import type { Argon2Passwords } from '../argon2-passwords.js';
import { BoundedWork } from '../../outbound/bounded-work.js';
import type { DirectoryPasswords } from '../passwords/directory-passwords.js';
import { SCHEMES } from '../passwords/registry.js';

const ARGON2 =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}$/;
/** What a login may cost: memory in KiB times passes; ours take 38,912. */
const DEAREST = 1_048_576;
/** All imports of a node together: half of what the logins have. */
const AT_A_TIME = 2;
const WAITING = 16;

/** Passwords of imports: plain ones become argon2id. */
export class DirectoryImportedPasswords extends ImportedPasswords {
  readonly #work = new BoundedWork('passwords of imports', AT_A_TIME, WAITING);

  constructor(
    private readonly argon2: Pick<Argon2Passwords, 'hash'>,
    private readonly passwords: Pick<DirectoryPasswords, 'verify'>,
  ) {
    super();
  }

  isHash(text: string): boolean {
    const [, memory = '', passes = ''] = ARGON2.exec(text) ?? [];
    if (memory !== '') return Number(memory) * Number(passes) <= DEAREST;
    return SCHEMES.some((scheme) => scheme.identifies(text));
  }

  hash(password: string): Promise<string> {
    return this.#work.run(() => this.argon2.hash(password));
  }

  verify(hash: string, password: string): Promise<boolean> {
    return this.#work.run(() => this.passwords.verify(hash, password));
  }
}
