import type { Token } from './token.js';
import type { TokenTypeId } from './types/token-type.js';

/** Which tokens are gone through; the parts are ANDed, an absent part does not restrict. */
export interface TokenScan {
  readonly types: readonly TokenTypeId[];
  readonly realm?: string;
  readonly assigned?: boolean;
}

/** Tokens as they are stored, with their seeds, for what looks and changes nothing. Nothing is locked. */
export abstract class TokenStore {
  /** @returns `null` where no token has exactly this serial @throws Unavailable */
  abstract find(serial: string): Promise<Token | null>;
  /**
   * All tokens of a selection, some at a time: what is in memory does not grow with their number.
   * @throws Unavailable, also half-way
   */
  abstract batches(scan: TokenScan): AsyncIterable<readonly Token[]>;
  /** Those of the serials that a token has. @throws Unavailable */
  abstract taken(serials: readonly string[]): Promise<ReadonlySet<string>>;
}
