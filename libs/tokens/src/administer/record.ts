import type { TokenTransaction } from '../token-administration.js';

/** What records of calls that may change the number of tokens end with (spec/admin-api §1.8). */
export async function activeTokensNote(tokens: TokenTransaction): Promise<string> {
  return `tokennum = ${await tokens.countActive()}`;
}
