import type { AuditContext } from '@app/audit';

import { type TokenTarget, selectTokens } from '../select-tokens.js';
import type { TokenAdministration } from '../token-administration.js';
import { activeTokensNote, tokensInRecord } from './record.js';
import type { TokenRights } from './token-rights.js';

/** Enables or disables tokens (spec/admin-api §3.6, §3.7). */
export class SwitchTokens {
  constructor(private readonly administration: TokenAdministration) {}

  /** @returns how many tokens were selected @throws TokenDenied, UnknownToken, Unavailable */
  async execute(
    target: TokenTarget,
    active: boolean,
    rights: TokenRights,
    context: AuditContext,
  ): Promise<number> {
    return this.administration.change(context, async (tokens) => {
      const selected = await selectTokens(tokens, target, rights);
      await tokens.updateAll(selected, { active });
      const facts = {
        succeeded: selected.length > 0,
        ...tokensInRecord(selected),
        detail: await activeTokensNote(tokens),
      };
      return { result: selected.length, facts };
    });
  }
}
