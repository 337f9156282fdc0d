import type { AuditContext } from '@app/audit';
import type { ConfigurationSnapshot } from '@app/realms';

import { countedChange } from '../report/report-change.js';
import { uniqueTokens } from '../select-tokens.js';
import type { Token } from '../token.js';
import type { TokenAdministration, TokenOwnerFilter } from '../token-administration.js';
import type { ChangeTerms } from './change-terms.js';
import { tokensInRecord } from './record.js';

/** Removes tokens for good, all or none (spec/admin-api §3.8). */
export class RemoveTokens {
  constructor(private readonly administration: TokenAdministration) {}

  /**
   * @returns how many were removed
   * @throws TokenDenied, UnknownToken for any serial that does not exist, AmbiguousToken, Unavailable
   */
  async execute(
    serials: readonly string[],
    owner: TokenOwnerFilter | null,
    configuration: ConfigurationSnapshot,
    terms: ChangeTerms,
    context: AuditContext,
  ): Promise<number> {
    terms.demandAnywhere(serials[0] ?? null);
    if (owner) terms.demandForUser(owner.realm);
    return this.administration.change(context, async (tokens) => {
      const selected: Token[] = [];
      for (const serial of serials) {
        const token = await tokens.get(serial);
        terms.demandInEach(token);
        selected.push(token);
      }
      for (const token of owner ? await tokens.find({ owner }) : []) {
        // Tokens without realm are the user's, whose realm was asked for.
        if (token.realms.length > 0) terms.demandInEach(token);
        selected.push(token);
      }
      const removed = uniqueTokens(selected);
      await tokens.remove(removed.map((token) => token.id));
      const facts = {
        succeeded: removed.length > 0,
        ...tokensInRecord(removed),
        detail: await countedChange(tokens, { touched: removed, configuration, context }),
      };
      return { result: removed.length, facts };
    });
  }
}
