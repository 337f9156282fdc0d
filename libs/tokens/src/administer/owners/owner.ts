import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import type { TokenOwner } from '../../token.js';
import type { TokenOwnerFilter } from '../../token-administration.js';

/** The owner that is stored for a user: the first resolver, in search order, that knows them. */
export function ownerOf(user: RealmUser, configuration: ConfigurationSnapshot): TokenOwner | null {
  const reference = user.references[0];
  const resolver = reference && configuration.resolvers.get(reference.resolver);
  return resolver ? { ...reference, resolverType: resolver.type } : null;
}

export function tokensOf(user: RealmUser): TokenOwnerFilter {
  return { references: user.references, realm: user.realm };
}
