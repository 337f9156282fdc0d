import type { AuditContext } from '@app/audit';

import type { TokenUses, ValidityPeriod } from '../token.js';
import type { TokenAdministration } from '../token-administration.js';
import { tokensInRecord } from './record.js';
import type { TokenRights } from './token-rights.js';

/** When and how often tokens may be used; `null`: without that limit, absent: as it is. */
export type ValidityLimits = Partial<ValidityPeriod & Pick<TokenUses, 'maxAttempts' | 'maxSuccesses'>>;

/** Sets limits of several tokens, all or none (spec/admin-api §3.13). */
export class SetValidity {
  constructor(private readonly administration: TokenAdministration) {}

  /**
   * Serials without a token are passed over.
   * @param detail what the record says was asked for
   * @throws TokenDenied for one token that the rights do not reach, Unavailable
   */
  async execute(
    serials: readonly string[],
    { from, until, maxAttempts, maxSuccesses }: ValidityLimits,
    detail: string,
    rights: TokenRights,
    context: AuditContext,
  ): Promise<void> {
    rights.demandAnywhere(serials[0] ?? null);
    await this.administration.change(context, async (tokens) => {
      const selected = await tokens.find({ serials });
      for (const token of selected) {
        rights.demand(token);
        await tokens.update(token.id, {
          validity: {
            from: from === undefined ? token.validity.from : from,
            until: until === undefined ? token.validity.until : until,
          },
          uses: {
            ...token.uses,
            ...(maxAttempts !== undefined && { maxAttempts }),
            ...(maxSuccesses !== undefined && { maxSuccesses }),
          },
        });
      }
      const facts = {
        succeeded: true,
        ...tokensInRecord(selected),
        detail,
        info: 'set token validity',
      };
      return { result: undefined, facts };
    });
  }
}
