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
export interface TokenQuery {
  /** Only tokens of these realms are seen, whatever else is asked for; `null`: all tokens. */
  readonly within: readonly string[] | null;
  /** Exact or with `*`. */
  readonly serial?: string;
  readonly active?: boolean;
  /** Substring, case-insensitive, of description, serial, user id or resolver; or the type is one of `types`. */
  readonly text?: { readonly contains: string; readonly types: readonly TokenTypeId[] };
  /** Names of realms the token is in; `'none'`: tokens in no realm. */
  readonly realms?: readonly string[] | 'none';
  readonly unassigned?: true;
  readonly owner?: {
    readonly references: readonly UserReference[];
    readonly realms: readonly string[] | null;
  };
  readonly userId?: string;
  readonly resolver?: string;
  readonly sort: { readonly key: TokenSortKey; readonly descending: boolean };
  /** Absent: all. */
  readonly page?: { readonly offset: number; readonly limit: number };
}

export interface ListedToken extends Omit<Token, 'secret' | 'pin' | 'userPin'> {
  readonly lastMatchAt: Date | null;
  readonly lastSuccessAt: Date | null;
}

/** Read-only lists for administrators: a bounded number of queries, whatever the page holds. */
export abstract class TokenList {
  /** @throws Unavailable */
  abstract find(
    query: TokenQuery,
  ): Promise<{ readonly tokens: readonly ListedToken[]; readonly total: number }>;
}
