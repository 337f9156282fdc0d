import type { ResolverDefinition } from './configuration.js';
import type { UserRecord } from './user.js';

/**
 * The users behind resolvers of every type: the port to passwd files, and later LDAP, SQL and managed users.
 * Each method asks one resolver; a resolver that is away fails alone.
 */
export abstract class UserDirectory {
  /** @throws Unavailable when the resolver does not answer */
  abstract byLogin(resolver: ResolverDefinition, login: string): Promise<UserRecord | null>;
  /** @throws Unavailable when the resolver does not answer */
  abstract byId(resolver: ResolverDefinition, userId: string): Promise<UserRecord | null>;
  /**
   * Whether this is the user's password; `false` where a resolver cannot tell.
   * @throws Unavailable when the resolver does not answer
   */
  abstract hasPassword(resolver: ResolverDefinition, user: UserRecord, password: string): Promise<boolean>;
  /** Opens the resolver once, to see whether its settings work. @throws Invalid, Unavailable */
  abstract probe(resolver: ResolverDefinition): Promise<void>;
  /** What identifies the resolver's source: a passwd file's path. `''` where there is nothing to show. */
  abstract sourceOf(resolver: ResolverDefinition): string;
}
