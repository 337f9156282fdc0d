import type { TokenKind } from './token-status.js';

/** Users of one resolver who own active tokens of a realm. */
export interface RealmHolders {
  /** `''`: of tokens in none. */
  readonly realm: string;
  readonly resolver: string;
  readonly users: number;
}

/**
 * How many tokens there are and how many people have some, without a look at each token. All methods throw Unavailable.
 */
export abstract class TokenCounts {
  /** All active ones but those that only forward logins. */
  abstract countActive(): Promise<number>;
  abstract kinds(): Promise<readonly TokenKind[]>;
  /** By realm and resolver; those without are left out. */
  abstract holders(realms: readonly string[]): Promise<readonly RealmHolders[]>;
  /** The same people, each once however many of the realms they have tokens in. */
  abstract countHolders(realms: readonly string[]): Promise<number>;
}
