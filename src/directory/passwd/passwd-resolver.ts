import { Invalid } from '@app/kernel';
import type { ResolverDefinition, ResolverTypeDescription, UserRecord, UserSearch } from '@app/realms';

import { userMatcher } from '../match-users.js';
import type { ResolverAdapter } from '../resolver-adapter.js';
import { PasswdFile } from './passwd-file.js';

/** Users of passwd files: parameter `fileName` (spec/system-api §4.2). Their passwords are not checked in this release. */
export class PasswdResolver implements ResolverAdapter {
  readonly description: ResolverTypeDescription = {
    parameters: [
      {
        name: 'fileName',
        isRequired: true,
        isSecret: false,
        guardsSecrets: false,
        fallback: null,
        meaning: 'path of the passwd file',
      },
    ],
    userIdSource: () => '',
    isDefinable: true,
  };
  readonly #files = new Map<string, PasswdFile>();

  budgetOf(): null {
    return null;
  }

  async byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null> {
    return this.#file(resolver).byLogin(login);
  }

  async byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null> {
    return this.#file(resolver).byId(userId);
  }

  async *search(resolver: ResolverDefinition, search: UserSearch): AsyncGenerator<readonly UserRecord[]> {
    const users = await this.#file(resolver).all();
    yield users.filter(userMatcher(search));
  }

  async hasPassword(): Promise<boolean> {
    return false;
  }

  async probe(resolver: ResolverDefinition): Promise<void> {
    await this.#file(resolver).refresh();
  }

  async test(): Promise<null> {
    return null;
  }

  sourceOf(resolver: ResolverDefinition): string {
    return resolver.parameters['fileName'] ?? '';
  }

  async close(): Promise<void> {}

  #file(resolver: ResolverDefinition): PasswdFile {
    const path = this.sourceOf(resolver);
    if (path === '') throw new Invalid('fileName', 'a passwd resolver needs a fileName');
    let file = this.#files.get(path);
    if (!file) {
      file = new PasswdFile(path);
      this.#files.set(path, file);
    }
    return file;
  }
}
