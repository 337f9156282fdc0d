import type { RealmUser } from '@app/realms';
import { LARGEST_PAGE, type ListedToken, type TokenList } from '@app/tokens';

/** The tokens of a user, whatever realms they are in, the oldest first. */
export class OwnTokens {
  constructor(private readonly tokens: Pick<TokenList, 'find'>) {}

  /** @throws Unavailable */
  async execute(
    { references }: Pick<RealmUser, 'references'>,
    { onlyActive }: { readonly onlyActive: boolean },
  ): Promise<readonly ListedToken[]> {
    const { tokens } = await this.tokens.find({
      within: null,
      owners: [{ references, realms: null }],
      ...(onlyActive && { active: true }),
      sort: { key: 'id', descending: false },
      page: { offset: 0, limit: LARGEST_PAGE },
    });
    return tokens;
  }
}
