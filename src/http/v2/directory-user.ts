import type { ListedUser } from '@app/realms';

import { resolverTypeName } from '../legacy/users/resolver-names.js';

/** A user as v2 shows them: `null` for what is empty (spec/admin-api §4.3). */
export function directoryUser({ resolver, user }: ListedUser) {
  return {
    // Numeric where an SQL resolver's are.
    userId: user.attributes?.['userid'] ?? user.userId,
    resolverClass: resolverTypeName(resolver),
    resolverName: resolver.name,
    username: user.username || null,
    surname: user.surname || null,
    givenName: user.givenName || null,
    email: user.email || null,
    mobile: user.mobile || null,
    phone: user.phone || null,
  };
}

export type DirectoryUser = ReturnType<typeof directoryUser>;
