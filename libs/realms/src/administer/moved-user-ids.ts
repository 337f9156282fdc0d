import type { ResolverDefinition } from '../resolver.js';
import type { UserDirectory } from '../user-directory.js';

const AT_A_TIME = 8;

/**
 * What the user ids of one resolver are in another: by login name. Users that either does not know are left out.
 * @throws Unavailable when a resolver does not answer: nobody is left out because of that
 */
export async function movedUserIds(
  directory: UserDirectory,
  userIds: readonly string[],
  from: ResolverDefinition,
  to: ResolverDefinition,
): Promise<ReadonlyMap<string, string>> {
  const moved = new Map<string, string>();
  const queue = userIds.values();
  const worker = async () => {
    for (const userId of queue) {
      const user = await directory.byId(from, userId);
      const found = user && (await directory.byLogin(to, user.username));
      if (found) moved.set(userId, found.userId);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return moved;
}
