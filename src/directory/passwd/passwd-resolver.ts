import { resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { Invalid } from '@app/kernel';
import type { ResolverDefinition, ResolverTypeDescription, UserRecord, UserSearch } from '@app/realms';

import { userMatcher } from '../match-users.js';
import type { DirectoryPasswords } from '../passwords/directory-passwords.js';
import type { ResolverAdapter } from '../resolver-adapter.js';
import { PasswdFile } from './passwd-file.js';

const ROOT = '%(here)s';
/** Users whose hash stands in another file, who have no password, or whose account is locked. */
const NO_HASH = /^$|^x$|^[*!]/;

/** Users of passwd files: parameter `fileName` (spec/system-api §4.2). */
export class PasswdResolver implements ResolverAdapter {
  readonly description: ResolverTypeDescription = {
    parameters: [
      {
        name: 'fileName',
        isRequired: true,
        isSecret: false,
        guardsSecrets: false,
        fallback: null,
        meaning:
          'path of the passwd file; %(here)s stands for the data folder, and a relative path is below it',
      },
    ],
    userIdSource: () => '',
    isDefinable: true,
  };
  readonly #files = new Map<string, PasswdFile>();
  /** A changed definition is a new object: paths need no clearing. */
  readonly #paths = new WeakMap<ResolverDefinition, string>();

  /** @param dataFolder what LinOTP's installations called ROOT_DIR */
  constructor(
    private readonly dataFolder: string,
    private readonly passwords: Pick<DirectoryPasswords, 'verifyCrypt'>,
  ) {}

  /** Nearly always from memory; the file's own limit holds where it is read. */
  budgetOf(): null {
    return null;
  }

  byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null> {
    return this.#file(resolver).byLogin(login);
  }

  byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null> {
    return this.#file(resolver).byId(userId);
  }

  byIds(resolver: ResolverDefinition, userIds: readonly string[]): Promise<ReadonlyMap<string, UserRecord>> {
    return this.#file(resolver).byIds(userIds);
  }

  async *search(resolver: ResolverDefinition, search: UserSearch): AsyncGenerator<readonly UserRecord[]> {
    const matches = userMatcher(search);
    for (const users of await this.#file(resolver).pages()) {
      yield users.filter(matches);
      // Logins need not wait for the end of a long file.
      await nextTurn();
    }
  }

  async hasPassword(resolver: ResolverDefinition, user: UserRecord, password: string): Promise<boolean> {
    const hash = await this.#file(resolver).passwordOf(user.username);
    return !NO_HASH.test(hash) && this.passwords.verifyCrypt(hash, password);
  }

  async probe(resolver: ResolverDefinition): Promise<void> {
    // What is only tried out is not kept.
    const path = this.#path(resolver);
    await (this.#files.get(path) ?? new PasswdFile(path)).refresh();
  }

  async test(): Promise<null> {
    return null;
  }

  sourceOf({ parameters }: ResolverDefinition): string {
    const fileName = parameters['fileName'] ?? '';
    return fileName === '' ? '' : resolve(this.dataFolder, fileName.replaceAll(ROOT, this.dataFolder));
  }

  retain(resolvers: ReadonlyMap<string, ResolverDefinition>): void {
    const paths = new Set([...resolvers.values()].map((resolver) => this.sourceOf(resolver)));
    for (const path of this.#files.keys()) if (!paths.has(path)) this.#files.delete(path);
  }

  async close(): Promise<void> {}

  #path(resolver: ResolverDefinition): string {
    const known = this.#paths.get(resolver);
    if (known !== undefined) return known;
    const path = this.sourceOf(resolver);
    if (path === '') throw new Invalid('fileName', 'a passwd resolver needs a fileName');
    this.#paths.set(resolver, path);
    return path;
  }

  /** Resolvers that name one file share it. */
  #file(resolver: ResolverDefinition): PasswdFile {
    const path = this.#path(resolver);
    let file = this.#files.get(path);
    if (!file) {
      file = new PasswdFile(path);
      this.#files.set(path, file);
    }
    return file;
  }
}
