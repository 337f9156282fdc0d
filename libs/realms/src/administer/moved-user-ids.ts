import { AmbiguousUser } from '../realms.errors.js';
import type { ResolverDefinition } from '../resolver.js';
import { someAtATime } from '../some-at-a-time.js';
import type { UserRecord } from '../user.js';
import type { UserDirectory } from '../user-directory.js';

/** So many questions wait for a directory's answer at a time. */
export const ASKED_AT_A_TIME = 8;

/**
 * What the user ids of one resolver are in another: by login name. Users that either does not know are left out, and
 * those whose login is several people's in the other.
 * @throws Unavailable when a resolver does not answer: nobody is left out because of that
 */
export async function movedUserIds(
  directory: UserDirectory,
  userIds: readonly string[],
  from: ResolverDefinition,
  to: ResolverDefinition,
): Promise<ReadonlyMap<string, string>> {
  const found = await someAtATime(userIds, ASKED_AT_A_TIME, async (userId) => {
    const user = await directory.byId(from, userId);
    return user && theOnlyOne(directory, to, user.username);
  });
  return new Map(
    userIds.flatMap((userId, place) => {
      const user = found[place];
      return user ? [[userId, user.userId] as const] : [];
    }),
  );
}

async function theOnlyOne(
  directory: UserDirectory,
  resolver: ResolverDefinition,
  login: string,
): Promise<UserRecord | null> {
  try {
    return await directory.byLogin(resolver, login);
  } catch (error) {
    if (error instanceof AmbiguousUser) return null;
    throw error;
  }
}
