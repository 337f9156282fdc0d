import type { AuditContext } from '@app/audit';

import { type TokenTarget, selectTokens } from '../select-tokens.js';
import type { TokenAdministration } from '../token-administration.js';
import type { ChangeTerms } from './change-terms.js';
import { tokensInRecord } from './record.js';

/** Sets failure counters to zero (spec/admin-api §3.9). */
export class ResetFailures {
  constructor(private readonly administration: TokenAdministration) {}

  /** @returns how many tokens were selected @throws TokenDenied, UnknownToken, Unavailable */
  async execute(target: TokenTarget, terms: ChangeTerms, context: AuditContext): Promise<number> {
    return this.administration.change(context, async (tokens) => {
      const selected = await selectTokens(tokens, target, terms);
      await tokens.updateAll(selected, { failures: 0 });
      const facts = {
        succeeded: selected.length > 0,
        ...tokensInRecord(selected),
      };
      return { result: selected.length, facts };
    });
  }
}
