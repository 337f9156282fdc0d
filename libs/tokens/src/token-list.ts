import { Invalid } from '@app/kernel';
import type { UserReference } from '@app/realms';

import type { Token } from './token.js';
import type { TokenTypeId } from './types/token-type.js';

export type TokenSortKey =
  | 'id'
  | 'serial'
  | 'type'
  | 'description'
  | 'active'
  | 'failures'
  | 'counter'
  | 'userId'
  | 'resolver'
  | 'createdAt'
  | 'lastMatchAt'
  | 'lastSuccessAt';

/** All parts are ANDed; an absent one does not restrict. */
export interface TokenFilter {
  /** Only tokens of these realms are seen, whatever else is asked for; `null`: all tokens. */
  readonly within: readonly string[] | null;
  /** Exact or with `*`. */
  readonly serial?: string;
  readonly active?: boolean;
  /** Substring of description, serial or user id; or the type, or the owner's resolver, is one of these. */
  readonly text?: {
    readonly contains: string;
    readonly types: readonly TokenTypeId[];
    readonly resolvers: readonly string[];
  };
  /** Names of realms the token is in; `'none'`: tokens in no realm. */
  readonly realms?: readonly string[] | 'none';
  readonly unassigned?: true;
  /** Tokens of any of these; none of them: no token. */
  readonly owners?: readonly OwnerSelection[];
  readonly userId?: string;
  readonly resolver?: string;
}

export interface OwnerSelection {
  readonly references: readonly UserReference[];
  /** All owners from these resolvers besides. */
  readonly resolvers?: readonly string[];
  /** Only tokens in one of these realms or in none at all; `null`: whatever realms they are in. */
  readonly realms: readonly string[] | null;
}

export interface TokenQuery extends TokenFilter {
  readonly sort: { readonly key: TokenSortKey; readonly descending: boolean };
}

export interface TokenPage {
  readonly offset: number;
  readonly limit: number;
}

/** A page is in memory as a whole; a list without pages is not. */
export const LARGEST_PAGE = 10_000;

export class PageTooLarge extends Invalid {
  override readonly code = 'token.page-too-large';
  constructor() {
    super(
      'pagesize',
      `the page has more than ${LARGEST_PAGE} tokens: ask for smaller pages, or for all without pages`,
    );
  }
}

export interface ListedToken extends Omit<
  Token,
  'secret' | 'pin' | 'userPin' | 'sharedSecret' | 'blockedUntil'
> {
  readonly lastMatchAt: Date | null;
  readonly lastSuccessAt: Date | null;
}

/** All tokens that match, as they were at one moment. */
export interface TokenReading {
  readonly total: number;
  /** In order; each is read when it is asked for, so that no more than one is in memory. To be read once. */
  readonly batches: AsyncIterable<readonly ListedToken[]>;
  /** Lets go of the database; to be called whether or not all was read. Any number of times. */
  close(): Promise<void>;
}

/** A resolver that some token's owner is from, be it defined or not any more. */
export interface OwnerResolver {
  readonly name: string;
  readonly type: string;
}

/**
 * Read-only lists for administrators: a bounded number of queries, whatever a page holds and however many tokens there are.
 * All methods throw Unavailable.
 */
export abstract class TokenList {
  /** @throws PageTooLarge */
  abstract find(
    query: TokenQuery & { readonly page: TokenPage },
  ): Promise<{ readonly tokens: readonly ListedToken[]; readonly total: number }>;
  /** All of them. @throws Occupied while too many long lists are read */
  abstract read(query: TokenQuery): Promise<TokenReading>;
  abstract count(filter: TokenFilter): Promise<number>;
  abstract ownerResolvers(): Promise<readonly OwnerResolver[]>;
  /**
   * Who owns tokens that match, each once, in an order that stays the same.
   * @param after the last one of the answer before; `null`: from the first one on
   */
  abstract owners(
    filter: TokenFilter,
    after: UserReference | null,
    limit: number,
  ): Promise<readonly UserReference[]>;
}
