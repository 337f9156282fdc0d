import type { AuditContext } from '@app/audit';

import { type TokenTarget, selectTokens } from '../select-tokens.js';
import type { TokenAdministration } from '../token-administration.js';
import { tokensInRecord } from './record.js';
import type { TokenRights } from './token-rights.js';

/** Sets failure counters to zero (spec/admin-api §3.9). */
export class ResetFailures {
  constructor(private readonly administration: TokenAdministration) {}

  /** @returns how many tokens were selected @throws TokenDenied, UnknownToken, Unavailable */
  async execute(target: TokenTarget, rights: TokenRights, context: AuditContext): Promise<number> {
    return this.administration.change(context, async (tokens) => {
      const selected = await selectTokens(tokens, target, rights);
      await tokens.updateAll(selected, { failures: 0 });
      const facts = {
        succeeded: selected.length > 0,
        ...tokensInRecord(selected),
      };
      return { result: selected.length, facts };
    });
  }
}
