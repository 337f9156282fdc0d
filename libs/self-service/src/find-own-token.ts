import type { RealmUser } from '@app/realms';
import { ForeignToken, type Token, type TokenStore, UnknownToken } from '@app/tokens';

/** A user's own token, by its whole serial. */
export class FindOwnToken {
  constructor(private readonly tokens: TokenStore) {}

  /** @throws UnknownToken, ForeignToken, Unavailable */
  async execute(serial: string, { references }: Pick<RealmUser, 'references'>): Promise<Token> {
    const token = await this.tokens.find(serial);
    if (!token) throw new UnknownToken(serial);
    const { owner } = token;
    const isTheirs = references.some(
      ({ resolver, userId }) => owner?.resolver === resolver && owner.userId === userId,
    );
    if (!isTheirs) throw new ForeignToken(serial);
    return token;
  }
}
