import { Invalid } from '@app/kernel';
import {
  type ResolverDefinition,
  type ResolverTest,
  type ResolverType,
  type ResolverTypeDescription,
  UserDirectory,
  type UserRecord,
  type UserSearch,
} from '@app/realms';

import type { PasswordComparison, ResolverAdapter } from './resolver-adapter.js';

/** Passes each question on to the adapter of the resolver's type. A new type is a folder and a line where this is made. */
export class ResolverDirectory extends UserDirectory {
  readonly #adapters: ReadonlyMap<ResolverType, ResolverAdapter>;

  constructor(adapters: Readonly<Record<ResolverType, ResolverAdapter>>) {
    super();
    this.#adapters = new Map(Object.entries(adapters));
  }

  describe(type: ResolverType): ResolverTypeDescription | null {
    return this.#adapters.get(type)?.description ?? null;
  }

  budgetOf(resolver: ResolverDefinition): number | null {
    return this.#of(resolver).budgetOf(resolver);
  }

  async byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null> {
    return this.#of(resolver).byLogin(resolver, login);
  }

  async byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null> {
    return this.#of(resolver).byId(resolver, userId);
  }

  async byIds(
    resolver: ResolverDefinition,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, UserRecord>> {
    return this.#of(resolver).byIds(resolver, userIds);
  }

  search(resolver: ResolverDefinition, search: UserSearch): AsyncIterable<readonly UserRecord[]> {
    return this.#of(resolver).search(resolver, search);
  }

  async hasPassword(resolver: ResolverDefinition, user: UserRecord, password: string): Promise<boolean> {
    const answer = await this.askForPassword(resolver, user, password);
    return typeof answer === 'function' ? answer() : answer;
  }

  /** The part of `hasPassword` that the source has to answer. */
  async askForPassword(
    resolver: ResolverDefinition,
    user: UserRecord,
    password: string,
  ): Promise<boolean | PasswordComparison> {
    return this.#of(resolver).hasPassword(resolver, user, password);
  }

  async probe(resolver: ResolverDefinition): Promise<void> {
    await this.#of(resolver).probe(resolver);
  }

  async test(resolver: ResolverDefinition): Promise<ResolverTest | null> {
    return this.#of(resolver).test(resolver);
  }

  sourceOf(resolver: ResolverDefinition): string {
    return this.#adapters.get(resolver.type)?.sourceOf(resolver) ?? '';
  }

  /** Lets go of what is kept of resolvers that are gone. */
  retain(resolvers: ReadonlyMap<string, ResolverDefinition>): void {
    for (const adapter of this.#adapters.values()) adapter.retain(resolvers);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#adapters.values()].map((adapter) => adapter.close()));
  }

  #of({ type }: ResolverDefinition): ResolverAdapter {
    const adapter = this.#adapters.get(type);
    if (!adapter) throw new Invalid('type', `this release knows no resolvers of type ${type}`);
    return adapter;
  }
}
