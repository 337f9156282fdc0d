import { type ResolverDefinition, type ResolverType, UserDirectory, type UserRecord } from '@app/realms';

/** What one type of resolver does; `UserDirectory` says what each method promises. */
export interface ResolverAdapter {
  byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null>;
  byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null>;
  hasPassword(resolver: ResolverDefinition, user: UserRecord, password: string): Promise<boolean>;
  probe(resolver: ResolverDefinition): Promise<void>;
  sourceOf(resolver: ResolverDefinition): string;
}

/** Passes each question on to the adapter of the resolver's type. A new type is a folder and a line where this is made. */
export class ResolverDirectory extends UserDirectory {
  constructor(private readonly adapters: Readonly<Record<ResolverType, ResolverAdapter>>) {
    super();
  }

  byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null> {
    return this.adapters[resolver.type].byLogin(resolver, login);
  }

  byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null> {
    return this.adapters[resolver.type].byId(resolver, userId);
  }

  hasPassword(resolver: ResolverDefinition, user: UserRecord, password: string): Promise<boolean> {
    return this.adapters[resolver.type].hasPassword(resolver, user, password);
  }

  probe(resolver: ResolverDefinition): Promise<void> {
    return this.adapters[resolver.type].probe(resolver);
  }

  sourceOf(resolver: ResolverDefinition): string {
    return this.adapters[resolver.type].sourceOf(resolver);
  }
}
