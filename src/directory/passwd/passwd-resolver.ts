import { Invalid } from '@app/kernel';
import type { ResolverDefinition, UserRecord } from '@app/realms';

import type { ResolverAdapter } from '../resolver-directory.js';
import { PasswdFile } from './passwd-file.js';

/** Users of passwd files: parameter `fileName` (spec/system-api §4.2). Their passwords are not checked in this release. */
export class PasswdResolver implements ResolverAdapter {
  readonly #files = new Map<string, PasswdFile>();

  async byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null> {
    return this.#file(resolver).byLogin(login);
  }

  async byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null> {
    return this.#file(resolver).byId(userId);
  }

  async hasPassword(): Promise<boolean> {
    return false;
  }

  async probe(resolver: ResolverDefinition): Promise<void> {
    await this.#file(resolver).refresh();
  }

  sourceOf(resolver: ResolverDefinition): string {
    return resolver.parameters['fileName'] ?? '';
  }

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
