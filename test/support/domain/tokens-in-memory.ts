import type { AuditContext, AuditFacts, Audited } from '@app/audit';
import type { UserReference } from '@app/realms';
import {
  AmbiguousToken,
  type MadeChallenge,
  type NewToken,
  type OwnedTokens,
  PLAIN_ATTRIBUTES,
  type ReportedCount,
  type Token,
  TokenAdministration,
  type TokenChanges,
  type TokenKind,
  type TokenSelection,
  type TokenTransaction,
  type TokenTypeId,
  UnknownToken,
  kindsOfRealms,
} from '@app/tokens';

/**
 * Tokens without a database, for the decisions of use cases. What it promises is kept as `TokenAdministration` states
 * it: all of a change or nothing. Patterns of serials are left to the real store.
 */
export class TokensInMemory extends TokenAdministration {
  #tokens: ReadonlyMap<number, Token>;
  readonly recorded: AuditFacts[] = [];
  readonly reported: ReportedCount[] = [];
  readonly asked: (MadeChallenge & { readonly serial: string })[] = [];

  constructor(
    tokens: readonly Token[] = [],
    private readonly now = new Date('2026-01-02T03:04:05Z'),
  ) {
    super();
    this.#tokens = new Map(tokens.map((token, place) => [place + 1, { ...token, id: place + 1 }]));
  }

  get tokens(): readonly Token[] {
    return [...this.#tokens.values()];
  }

  /** The one token there is, or the one of this serial. */
  token(serial?: string): Token {
    const found = this.tokens.filter((token) => serial === undefined || token.serial === serial);
    const [token] = found;
    if (!token || found.length > 1) throw new Error(`${found.length} tokens instead of one`);
    return token;
  }

  async change<T>(
    _context: AuditContext,
    work: (tokens: TokenTransaction) => Promise<Audited<T>>,
  ): Promise<T> {
    const transaction = new TransactionInMemory(new Map(this.#tokens), this.now);
    const { result, facts } = await work(transaction);
    this.#tokens = transaction.tokens;
    this.recorded.push(facts);
    this.reported.push(...transaction.reported);
    this.asked.push(...transaction.asked);
    return result;
  }
}

class TransactionInMemory implements TokenTransaction {
  readonly reported: ReportedCount[] = [];
  readonly asked: (MadeChallenge & { readonly serial: string })[] = [];

  constructor(
    readonly tokens: Map<number, Token>,
    readonly now: Date,
  ) {}

  async find({ serial, serials, owner }: TokenSelection): Promise<Token[]> {
    return [...this.tokens.values()].filter((token) => {
      if (serial !== undefined && token.serial !== serial) return false;
      if (serials && !serials.includes(token.serial)) return false;
      if (!owner) return true;
      const isOwned = owner.references.some(
        ({ resolver, userId }) => token.owner?.resolver === resolver && token.owner.userId === userId,
      );
      return isOwned && (token.realms.length === 0 || token.realms.includes(owner.realm));
    });
  }

  async get(serial: string): Promise<Token> {
    const [token, another] = await this.find({ serial });
    if (!token) throw new UnknownToken(serial);
    if (another) throw new AmbiguousToken(serial);
    return token;
  }

  async has(serial: string): Promise<boolean> {
    return (await this.find({ serial })).length > 0;
  }

  async insert(token: NewToken): Promise<Token> {
    const id = Math.max(0, ...this.tokens.keys()) + 1;
    const inserted = { ...PLAIN_ATTRIBUTES, ...token, id, revision: 1, createdAt: this.now, failures: 0 };
    this.tokens.set(id, inserted);
    return inserted;
  }

  async idsOf(serials: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const wanted = new Set(serials);
    const found = [...this.tokens.values()].filter(({ serial }) => wanted.has(serial));
    return new Map(found.map(({ serial, id }) => [serial, id]));
  }

  async lock(ids: readonly number[]): Promise<Token[]> {
    return ids.toSorted((one, other) => one - other).flatMap((id) => this.tokens.get(id) ?? []);
  }

  async insertAll(tokens: readonly NewToken[]): Promise<void> {
    for (const token of tokens) await this.insert(token);
  }

  async countOwnedEach(owners: readonly UserReference[]): Promise<readonly OwnedTokens[]> {
    const types = [...new Set([...this.tokens.values()].map(({ type }) => type))];
    const counts = await Promise.all(
      owners.flatMap((owner) =>
        types.map(async (type) => ({ ...owner, type, count: await this.countOwned([owner], type) })),
      ),
    );
    return counts.filter(({ count }) => count > 0);
  }

  async update(id: number, changes: TokenChanges): Promise<void> {
    const token = this.tokens.get(id);
    if (!token) throw new Error(`no token ${id}`);
    this.tokens.set(id, { ...token, ...changes, revision: token.revision + 1 });
  }

  async updateAll(tokens: readonly Token[], changes: TokenChanges): Promise<void> {
    for (const id of new Set(tokens.map((token) => token.id))) await this.update(id, changes);
  }

  async remove(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.tokens.delete(id);
  }

  async ask(token: Token, challenge: MadeChallenge): Promise<void> {
    this.asked.push({ serial: token.serial, ...challenge });
  }

  async closeChallenges(): Promise<void> {}

  async countOwned(owners: readonly UserReference[], type?: TokenTypeId): Promise<number> {
    return [...this.tokens.values()].filter(
      (token) =>
        (type === undefined || token.type === type) &&
        owners.some(
          ({ resolver, userId }) => token.owner?.resolver === resolver && token.owner.userId === userId,
        ),
    ).length;
  }

  async countActiveIn(realm: string): Promise<number> {
    return [...this.tokens.values()].filter(({ active, realms }) => active && realms.includes(realm)).length;
  }

  async kindsIn(realms: readonly string[]): Promise<readonly TokenKind[]> {
    const kinds = [...this.tokens.values()].map(({ realms: of, active, owner }) => ({
      realms: of,
      isActive: active,
      isAssigned: owner !== null,
      tokens: 1,
    }));
    return kindsOfRealms(kinds, realms);
  }

  async countHolders(realm: string): Promise<number> {
    const owners = [...this.tokens.values()]
      .filter(({ active, realms }) => active && (realm === '' ? realms.length === 0 : realms.includes(realm)))
      .flatMap(({ owner }) => (owner ? `${owner.resolver} ${owner.userId}` : []));
    return new Set(owners).size;
  }

  async report(counts: readonly ReportedCount[]): Promise<void> {
    this.reported.push(...counts);
  }

  async alone(): Promise<void> {}

  async countActive(): Promise<number> {
    return [...this.tokens.values()].filter((token) => token.active).length;
  }
}
