import type { ConfigurationSnapshot, RealmUser, UserDirectory } from '@app/realms';

import type { Token, TokenOwner } from '../token.js';

/** Whose a token is, as the directory knows them now. */
export type Ownership =
  | { readonly kind: 'unassigned' }
  /** `realms`: those of the token, if it is in any, that have the owner's resolver. The user is of the first. */
  | { readonly kind: 'known'; readonly user: RealmUser; readonly realms: readonly string[] }
  /** The resolver is gone, or no longer knows the user. */
  | { readonly kind: 'orphaned'; readonly owner: TokenOwner };

export class FindTokenOwner {
  constructor(private readonly directory: UserDirectory) {}

  /** @throws Unavailable when the resolver does not answer */
  async execute(
    { owner, realms: inRealms }: Pick<Token, 'owner' | 'realms'>,
    configuration: ConfigurationSnapshot,
  ): Promise<Ownership> {
    if (!owner) return { kind: 'unassigned' };
    const { resolver: name, userId } = owner;
    const resolver = configuration.resolvers.get(name);
    const record = resolver && (await this.directory.byId(resolver, userId));
    if (!record) return { kind: 'orphaned', owner };
    const realms = [...configuration.realms.values()]
      .filter((realm) => realm.resolvers.includes(name))
      .map((realm) => realm.name)
      .filter((realm) => inRealms.length === 0 || inRealms.includes(realm));
    const user = {
      login: record.username,
      realm: realms[0] ?? '',
      references: [{ resolver: name, userId }],
      record,
    };
    return { kind: 'known', user, realms };
  }
}
