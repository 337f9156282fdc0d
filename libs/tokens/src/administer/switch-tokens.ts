import type { AuditContext } from '@app/audit';
import type { ConfigurationSnapshot } from '@app/realms';

import { withdrawn } from '../types/paired/void-pairing.js';
import { type TokenTarget, selectTokens, uniqueTokens } from '../select-tokens.js';
import { type Token, changedInfo } from '../token.js';
import type { TokenAdministration, TokenTransaction } from '../token-administration.js';
import { stageIn } from '../types/paired/pairing.js';
import { tokenType } from '../types/registry.js';
import { countedChange } from '../report/report-change.js';
import type { ChangeTerms } from './change-terms.js';
import { EnrolmentPolicies } from './enrol/enrolment-policies.js';
import { tokensInRecord } from './record.js';
import { demandWithinRealmLimits } from './limits/token-limits.js';

/** Who takes part without being switched on, since an app is being paired with it, is invited no more. */
async function withdrawPairings(tokens: TokenTransaction, selected: readonly Token[]): Promise<void> {
  for (const token of uniqueTokens(selected)) {
    const { pairing } = tokenType(token.type);
    if (!pairing || stageIn(pairing, token) === 'complete') continue;
    await tokens.update(token.id, { info: changedInfo(token.info, withdrawn(pairing)) });
  }
}

/** Enables or disables tokens (spec/admin-api §3.6, §3.7). */
export class SwitchTokens {
  constructor(private readonly administration: TokenAdministration) {}

  /** @returns how many tokens were selected @throws TokenDenied, RealmTokensExceeded, UnreadableLimit, UnknownToken, Unavailable */
  async execute(
    target: TokenTarget,
    active: boolean,
    configuration: ConfigurationSnapshot,
    terms: ChangeTerms,
    context: AuditContext,
  ): Promise<number> {
    return this.administration.change(context, async (tokens) => {
      const selected = await selectTokens(tokens, target, terms);
      await tokens.updateAll(selected, { active });
      if (!active) await withdrawPairings(tokens, selected);
      if (active) {
        const enabled = selected.filter((token) => !token.active).map(({ realms }) => ({ active, realms }));
        const policies = new EnrolmentPolicies(configuration, null, context.client, tokens.now);
        await demandWithinRealmLimits(tokens, enabled, policies, terms.byOwner ? 'enable-own' : 'enable');
      }
      const facts = {
        succeeded: selected.length > 0,
        ...tokensInRecord(selected),
        detail: await countedChange(tokens, { touched: selected, configuration, context }),
      };
      return { result: selected.length, facts };
    });
  }
}
