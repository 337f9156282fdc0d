import type {
  ResolverDefinition,
  ResolverTest,
  ResolverTypeDescription,
  UserRecord,
  UserSearch,
} from '@app/realms';

export type PasswordComparison = () => Promise<boolean>;

/** What one type of resolver does; `UserDirectory` says what each method promises. */
export interface ResolverAdapter {
  readonly description: ResolverTypeDescription;
  /** The longest that one answer may take, in milliseconds; `null`: the directory's own limit. */
  budgetOf(resolver: ResolverDefinition): number | null;
  byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null>;
  byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null>;
  /** The directory asks for a bounded number at a time where it isolates the resolver; else for all at once. */
  byIds(resolver: ResolverDefinition, userIds: readonly string[]): Promise<ReadonlyMap<string, UserRecord>>;
  search(resolver: ResolverDefinition, search: UserSearch): AsyncIterable<readonly UserRecord[]>;
  /** Asks the source; where it only has a hash, the check that is left, which is work of this process, is given back. */
  hasPassword(
    resolver: ResolverDefinition,
    user: UserRecord,
    password: string,
  ): Promise<boolean | PasswordComparison>;
  probe(resolver: ResolverDefinition): Promise<void>;
  test(resolver: ResolverDefinition): Promise<ResolverTest | null>;
  sourceOf(resolver: ResolverDefinition): string;
  /** Lets go of what it keeps of any resolver but these. */
  retain(resolvers: ReadonlyMap<string, ResolverDefinition>): void;
  /** Closes connections. */
  close(): Promise<void>;
}
