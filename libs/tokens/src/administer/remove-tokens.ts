import type { AuditContext } from '@app/audit';

import { uniqueTokens } from '../select-tokens.js';
import type { Token } from '../token.js';
import type { TokenAdministration, TokenOwnerFilter } from '../token-administration.js';
import { activeTokensNote, tokensInRecord } from './record.js';

/** Removes tokens for good, all or none (spec/admin-api §3.8). */
export class RemoveTokens {
  constructor(private readonly administration: TokenAdministration) {}

  /** @returns how many were removed @throws UnknownToken for any serial that does not exist, AmbiguousToken, Unavailable */
  async execute(
    serials: readonly string[],
    owner: TokenOwnerFilter | null,
    context: AuditContext,
  ): Promise<number> {
    return this.administration.change(context, async (tokens) => {
      const selected: Token[] = [];
      for (const serial of serials) selected.push(await tokens.get(serial));
      if (owner) selected.push(...(await tokens.find({ owner })));
      const removed = uniqueTokens(selected);
      await tokens.remove(removed.map((token) => token.id));
      const facts = {
        succeeded: removed.length > 0,
        ...tokensInRecord(removed),
        detail: await activeTokensNote(tokens),
      };
      return { result: removed.length, facts };
    });
  }
}
