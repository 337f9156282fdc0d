import type { ResolverDefinition, ResolverType, ResolverTypeDescription } from './resolver.js';
import type { UserRecord, UserSearch } from './user.js';

/** How a resolver's connection was found. */
export type ResolverTest =
  | {
      readonly works: true;
      /** Of the users that a listing gives, up to the resolver's limit. */
      readonly userIds: readonly string[];
      readonly isTruncated: boolean;
    }
  | { readonly works: false; readonly reason: string };

/**
 * The users behind resolvers of every type: passwd files, LDAP, SQL, managed users, local administrators.
 * Each method asks one resolver; a resolver that is away fails alone, and never as "no such user".
 */
export abstract class UserDirectory {
  /** `null` for a type that nobody knows. */
  abstract describe(type: ResolverType): ResolverTypeDescription | null;
  /** @throws Unavailable when the resolver does not answer; AmbiguousUser when it knows several of that login */
  abstract byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null>;
  /** @throws Unavailable when the resolver does not answer */
  abstract byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null>;
  /**
   * Those of these users that the resolver knows, by the ids that were asked for: a few questions to the resolver, however
   * many ids there are.
   * @throws Unavailable when the resolver does not answer, be it for one of them
   */
  abstract byIds(
    resolver: ResolverDefinition,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, UserRecord>>;
  /**
   * Lists users, some at a time as they come, in an order that stays the same.
   * @throws Unavailable when the resolver does not answer, also half-way
   */
  abstract search(resolver: ResolverDefinition, search: UserSearch): AsyncIterable<readonly UserRecord[]>;
  /**
   * Whether this is the user's password; `false` where a resolver cannot tell.
   * @throws Unavailable when the resolver does not answer
   */
  abstract hasPassword(resolver: ResolverDefinition, user: UserRecord, password: string): Promise<boolean>;
  /** Looks whether the settings make sense and lead somewhere, as far as the type can tell. @throws Invalid, Unavailable */
  abstract probe(resolver: ResolverDefinition): Promise<void>;
  /** Connects and lists users; `null` for types that have no such test. Never throws for what the resolver does. */
  abstract test(resolver: ResolverDefinition): Promise<ResolverTest | null>;
  /** What identifies the resolver's source: a passwd file's path. `''` where there is nothing to show. */
  abstract sourceOf(resolver: ResolverDefinition): string;
}
